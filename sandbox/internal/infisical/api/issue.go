package api

import (
	"fmt"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// issue is one finding of the server's request validation. The members of each kind are in the server's order.
type issue any

type typeIssue struct {
	Code     string   `json:"code"`
	Expected string   `json:"expected"`
	Received string   `json:"received"`
	Path     []string `json:"path"`
	Message  string   `json:"message"`
}

type optionIssue struct {
	Received string   `json:"received"`
	Code     string   `json:"code"`
	Options  []string `json:"options"`
	Path     []string `json:"path"`
	Message  string   `json:"message"`
}

type smallIssue struct {
	Code      string   `json:"code"`
	Minimum   int      `json:"minimum"`
	Type      string   `json:"type"`
	Inclusive bool     `json:"inclusive"`
	Exact     bool     `json:"exact"`
	Message   string   `json:"message"`
	Path      []string `json:"path"`
}

type bigIssue struct {
	Code      string   `json:"code"`
	Maximum   int      `json:"maximum"`
	Type      string   `json:"type"`
	Inclusive bool     `json:"inclusive"`
	Exact     bool     `json:"exact"`
	Message   string   `json:"message"`
	Path      []string `json:"path"`
}

type customIssue struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Path    []string `json:"path"`
}

func wrongType(expected, received string, path ...string) issue {
	message := "Expected " + expected + ", received " + received
	if received == "undefined" {
		message = "Required"
	}
	return typeIssue{"invalid_type", expected, received, append([]string{}, path...), message}
}

func notAnOption(received string, options []string, path ...string) issue {
	message := fmt.Sprintf("Invalid enum value. Expected '%s', received '%s'", strings.Join(options, "' | '"), received)
	return optionIssue{received, "invalid_enum_value", options, path, message}
}

func tooSmall(minimum int, path ...string) issue {
	return smallIssue{"too_small", minimum, "number", true, false, fmt.Sprintf("Number must be greater than or equal to %d", minimum), path}
}

func tooShort(minimum int, path ...string) issue {
	return smallIssue{"too_small", minimum, "string", true, false, fmt.Sprintf("String must contain at least %d character(s)", minimum), path}
}

func tooBig(maximum int, path ...string) issue {
	return bigIssue{"too_big", maximum, "number", true, false, fmt.Sprintf("Number must be less than or equal to %d", maximum), path}
}

func tooLong(maximum int, path ...string) issue {
	return bigIssue{"too_big", maximum, "string", true, false, fmt.Sprintf("String must contain at most %d character(s)", maximum), path}
}

func breaksRule(message string, path ...string) issue {
	return customIssue{"custom", message, path}
}

// invalid is the failure of a request that does not pass validation.
func invalid(issues ...issue) *store.Failure {
	return &store.Failure{Cause: store.Invalid, Details: issues}
}
