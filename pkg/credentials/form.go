package credentials

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

var (
	uuid   = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	secret = regexp.MustCompile(`^[0-9a-f]{64}$`)
	// variable is what a shell, a template or a batch file would have replaced.
	variable = regexp.MustCompile(`\$\{?[A-Za-z_]|\{\{|\}\}|^%[A-Za-z_]+%$`)
	// assignment begins with a name that is no part of a value; base64's padding ends one.
	assignment = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]*[=:]+[^=]`)
	escape     = regexp.MustCompile(`%[0-9a-fA-F]{2}`)
	token      = regexp.MustCompile(`^(eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*|st\..+)$`)
)

func isUUID(value string) bool    { return uuid.MatchString(value) }
func isSecret(value string) bool  { return secret.MatchString(value) }
func isToken(value string) bool   { return token.MatchString(value) }
func isEscaped(value string) bool { return escape.MatchString(value) }

// placeholders are what examples and templates have where a value belongs, without their separators.
var placeholders = []string{"redacted", "changeme", "replaceme", "placeholder", "todo", "tbd", "fixme", "none", "null", "nil", "undefined", "example",
	"secret", "password", "clientid", "clientsecret", "value", "dummy", "hiddenbyinfisical", "id", "uuid", "token"}

// exampleID is what messages of this program and many a manual show in the place of a client ID, and exampleDigits what is counted up
// in others.
const (
	exampleID     = "01234567-89ab-cdef-0123-456789abcdef"
	exampleDigits = "0123456789abcdef"
)

// isExample reports whether the value's digits are counted up, as nobody's are by chance.
func isExample(plain string) bool {
	return strings.Trim(plain, exampleDigits) == "" && strings.HasPrefix(strings.TrimPrefix(plain, "0"), "12345678") &&
		(isSecret(plain) || len(plain) == len(exampleID)-4)
}

func isPlaceholder(value string) bool {
	plain := strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "", "[", "", "]", "", "(", "", ")", "").Replace(value))
	switch {
	case strings.ContainsAny(value, "<>"), strings.HasSuffix(value, "…"), strings.HasSuffix(value, "..."), variable.MatchString(value):
		return true
	case isExample(plain), slices.Contains(placeholders, plain), strings.HasPrefix(plain, "your"), strings.HasPrefix(plain, "enter"):
		return true
	}
	return oneCharacter(value) || oneCharacter(plain)
}

// oneCharacter reports whether the value is of one character alone, as in ****** or xxxx-xxxx.
func oneCharacter(value string) bool {
	return value != "" && strings.Trim(value, value[:1]) == ""
}

// isQuoted finds a quote at either end: a copy may have lost the other.
func isQuoted(value string) bool {
	const quotes = "'\"`"
	return strings.Trim(value, quotes) != value
}

func isAssignment(value string) bool {
	if isEncoded(value) {
		return false
	}
	return assignment.MatchString(value)
}

// isEncoded reports whether the value is base64, once or twice, of a client ID or a client secret.
func isEncoded(value string) bool {
	for range 2 {
		decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(value), "="))
		if err != nil {
			return false
		}
		value = strings.TrimSpace(string(decoded))
		if isUUID(value) || isSecret(value) {
			return true
		}
	}
	return false
}

// LooksSecret reports whether the value has the form of a client secret or of an access token, so that it must not be shown or kept.
func LooksSecret(value string) bool { return isSecret(value) || isToken(value) }
