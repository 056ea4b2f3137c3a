package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Selector picks codes: one of them, such as EI412, or a layer, such as EI4xx.
type Selector string

var (
	codeForm  = regexp.MustCompile(`^EI[1-9][0-9]{2}$`)
	layerForm = regexp.MustCompile(`^EI[1-9]XX$`)
	digits    = regexp.MustCompile(`^[0-9][0-9X]{2}$`)
)

// Normal writes a code or a layer as it is written here: ei412 and 412 are EI412.
func Normal(text string) cause.Code {
	text = strings.ToUpper(strings.TrimSpace(text))
	if digits.MatchString(text) {
		text = "EI" + text
	}
	return cause.Code(text)
}

// UnknownError says that text is no code of the catalogue, and which are close to it.
type UnknownError struct {
	Text string
	Near []cause.Code
}

func (e *UnknownError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("%q is no code of this program: codes are EI and three digits, such as EI412", e.Text)
	}
	near := make([]string, len(e.Near))
	for i, code := range e.Near {
		near[i] = string(code)
	}
	return fmt.Sprintf("%q is no code of this program; close to it: %s", e.Text, strings.Join(near, ", "))
}

// ParseSelector reads a code or a layer. The error is an *UnknownError.
func ParseSelector(text string) (Selector, error) {
	code := Normal(text)
	if layerForm.MatchString(string(code)) {
		return Selector(code), nil
	}
	if _, known := Find(code); !known {
		return "", &UnknownError{Text: text, Near: Near(text)}
	}
	return Selector(code), nil
}

// Matches reports whether the code is among those that the selector picks.
func (s Selector) Matches(code cause.Code) bool {
	if layer, found := strings.CutSuffix(string(s), "XX"); found {
		return strings.HasPrefix(string(code), layer)
	}
	return string(s) == string(code)
}

// nearest is how many codes are offered for one that is not known.
const nearest = 5

// Near are the codes that differ from the text in one character or in the order of two, in the order of codes. Where there is none, they are
// those that begin alike.
func Near(text string) []cause.Code {
	code := string(Normal(text))
	var close, alike []cause.Code
	for _, e := range All() {
		switch known := string(e.Code); {
		case oneOff(known, code):
			close = append(close, e.Code)
		case len(code) >= 4 && strings.HasPrefix(known, code[:4]):
			alike = append(alike, e.Code)
		}
	}
	if len(close) == 0 {
		close = alike
	}
	return close[:min(len(close), nearest)]
}

// oneOff reports whether a mistake of one key leads from one word to the other.
func oneOff(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	at := 0
	for at < len(b) && a[at] == b[at] {
		at++
	}
	switch {
	case len(a) == len(b)+1:
		return a[at+1:] == b[at:]
	case len(a) != len(b) || at == len(b):
		return false
	case a[at+1:] == b[at+1:]:
		return true
	}
	return at+1 < len(a) && a[at] == b[at+1] && a[at+1] == b[at] && a[at+2:] == b[at+2:]
}

// Codes are the codes of all entries.
func Codes() []cause.Code {
	var codes []cause.Code
	for _, e := range All() {
		codes = append(codes, e.Code)
	}
	return slices.Clip(codes)
}
