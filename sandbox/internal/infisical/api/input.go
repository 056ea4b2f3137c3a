package api

import (
	"math"
	"net/http"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// input are the fields of a body, and what is found wrong with them while they are read. Where issues were found, the
// values that were read mean nothing.
type input struct {
	fields map[string]any
	at     []string // where the fields are in the body
	issues *[]issue
}

// readInput reads a body that has to be an object.
func readInput(r *http.Request) (input, *store.Failure) {
	body, failure := readBody(r)
	if failure != nil {
		return input{}, failure
	}
	object, is := body.(map[string]any)
	if !is {
		return input{}, invalid(wrongType("object", jsonType(body)))
	}
	return input{fields: object, issues: &[]issue{}}, nil
}

// readQuery reads the parameters of a call as the fields of a body.
func readQuery(r *http.Request) input {
	fields := map[string]any{}
	for name, values := range r.URL.Query() {
		fields[name] = values[0]
	}
	return input{fields: fields, issues: &[]issue{}}
}

// failure is what was found so far, or nil.
func (in input) failure() *store.Failure {
	if len(*in.issues) == 0 {
		return nil
	}
	return invalid(*in.issues...)
}

func (in input) report(found issue) { *in.issues = append(*in.issues, found) }

func (in input) path(name string) []string { return append(append([]string{}, in.at...), name) }

func (in input) has(name string) bool {
	_, is := in.fields[name]
	return is
}

// text is a field that has to be there, without white space around it.
func (in input) text(name string) string {
	if !in.has(name) {
		in.report(wrongType("string", "undefined", in.path(name)...))
		return ""
	}
	text, is := in.fields[name].(string)
	if !is {
		in.report(wrongType("string", jsonType(in.fields[name]), in.path(name)...))
	}
	return strings.TrimSpace(text)
}

// filled is a text of at least one character.
func (in input) filled(name string) string {
	text := in.text(name)
	if _, is := in.fields[name].(string); is && text == "" {
		in.report(tooShort(1, in.path(name)...))
	}
	return text
}

// verbatim is a text with all its white space, or nil where it is not given.
func (in input) verbatim(name string) *string {
	if !in.has(name) {
		return nil
	}
	text, is := in.fields[name].(string)
	if !is {
		in.report(wrongType("string", jsonType(in.fields[name]), in.path(name)...))
	}
	return &text
}

// textOr is a text that may be missing.
func (in input) textOr(name, preset string) string {
	if !in.has(name) {
		return preset
	}
	return in.text(name)
}

// optionalText is nil where the field is missing or null.
func (in input) optionalText(name string) *string {
	if value, is := in.fields[name]; !is || value == nil {
		return nil
	}
	text := in.text(name)
	return &text
}

// integer is a whole number between two bounds.
func (in input) integer(name string, preset, minimum, maximum int) int {
	value, is := in.fields[name]
	if !is {
		return preset
	}
	number, isNumber := value.(float64)
	switch {
	case !isNumber:
		in.report(wrongType("number", jsonType(value), in.path(name)...))
	case number != math.Trunc(number):
		in.report(wrongType("integer", "float", in.path(name)...))
	case number < float64(minimum):
		in.report(tooSmall(minimum, in.path(name)...))
	case number > float64(maximum):
		in.report(tooBig(maximum, in.path(name)...))
	default:
		return int(number)
	}
	return preset
}

func (in input) boolean(name string, preset bool) bool {
	value, is := in.fields[name]
	if !is {
		return preset
	}
	flag, isFlag := value.(bool)
	if !isFlag {
		in.report(wrongType("boolean", jsonType(value), in.path(name)...))
	}
	return flag
}

// option is one of several texts.
func (in input) option(name, preset string, options ...string) string {
	text := in.textOr(name, preset)
	for _, option := range options {
		if text == option {
			return text
		}
	}
	in.report(notAnOption(text, options, in.path(name)...))
	return preset
}

// object is nil where the field is missing.
func (in input) object(name string) *input {
	value, is := in.fields[name]
	if !is {
		return nil
	}
	fields, isObject := value.(map[string]any)
	if !isObject {
		in.report(wrongType("object", jsonType(value), in.path(name)...))
	}
	return &input{fields: fields, at: in.path(name), issues: in.issues}
}

// objects are the items of a list of objects; nil where the field is missing.
func (in input) objects(name string) []input {
	value, is := in.fields[name]
	if !is {
		return nil
	}
	list, isList := value.([]any)
	if !isList {
		in.report(wrongType("array", jsonType(value), in.path(name)...))
	}
	items := []input{}
	for _, item := range list {
		fields, isObject := item.(map[string]any)
		if !isObject {
			in.report(wrongType("object", jsonType(item), in.path(name)...))
		}
		items = append(items, input{fields: fields, at: in.path(name), issues: in.issues})
	}
	return items
}
