// Package credentials knows the pair that a machine identity logs in with: what people paste in its place, how the cluster keeps it in a
// Secret, and what is recorded of it there.
package credentials

import (
	"strings"
	"unicode"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// Problem says what a value is in place of what it should be. It never quotes the value.
type Problem struct {
	// Field is "client ID" or "client secret", Text the rest of the sentence.
	Field, Text string
}

func (p *Problem) Error() string { return "the " + p.Field + " " + p.Text }

// Inspection is a pair that may be one.
type Inspection struct {
	// Pair is without the white space around it.
	Pair infisical.UniversalAuth
	// Notes are what is unusual of it, in whole sentences.
	Notes []string
}

const (
	clientID     = "client ID"
	clientSecret = "client secret"
)

// Inspect finds what cannot be a machine identity's pair before a login is spent on it: three that fail lock the identity. What it
// refuses is a *Problem.
func Inspect(pair infisical.UniversalAuth) (Inspection, error) {
	pair.ClientID, pair.ClientSecret = strings.TrimSpace(pair.ClientID), strings.TrimSpace(pair.ClientSecret)
	for _, v := range []struct{ field, value string }{{clientID, pair.ClientID}, {clientSecret, pair.ClientSecret}} {
		if text := oddity(v.value); text != "" {
			return Inspection{}, &Problem{v.field, text}
		}
	}
	if err := match(pair); err != nil {
		return Inspection{}, err
	}
	out := Inspection{Pair: pair}
	if !isSecret(pair.ClientSecret) {
		out.Notes = []string{"The client secret is not of 64 hexadecimal digits, as those of Infisical are."}
	}
	return out, nil
}

// oddity says what neither a client ID nor a client secret is, or nothing.
func oddity(value string) string {
	switch {
	case value == "":
		return "is empty"
	case isPlaceholder(value):
		return "is a placeholder; put the real value in its place"
	case isQuoted(value):
		return "is in quotes; give it without them"
	case strings.ContainsFunc(value, invisible):
		return "holds white space, control or invisible characters inside; it was copied wrongly"
	case isAssignment(value):
		return "comes with its name before it; give the value alone"
	case isToken(value):
		return "is a token, not one of the pair that an identity's universal auth shows"
	case isEscaped(value):
		return "is URL-encoded; give it as Infisical shows it"
	case isEncoded(value):
		return "is base64 of the value; give the value itself"
	}
	return ""
}

// match judges the two by what they are to each other.
func match(pair infisical.UniversalAuth) error {
	switch {
	case pair.ClientID == pair.ClientSecret:
		return &Problem{clientSecret, "is the same as the client ID"}
	case isSecret(pair.ClientID) && isUUID(pair.ClientSecret):
		return &Problem{clientID, "and the client secret are swapped"}
	case isSecret(pair.ClientID):
		return &Problem{clientID, "is a client secret; the ID is a UUID, such as " + exampleID}
	case !isUUID(pair.ClientID):
		return &Problem{clientID, "is not a UUID, such as " + exampleID + "; copy it from the identity's universal auth in Infisical"}
	case isUUID(pair.ClientSecret):
		return &Problem{clientSecret, "is an ID; the secret is shown once, when it is created"}
	}
	return nil
}

// invisible reports white space, control characters, and marks such as the byte order mark with which some editors begin a file.
func invisible(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }
