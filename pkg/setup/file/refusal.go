package file

import (
	"reflect"
	"strings"
)

// Refusal says what is wrong with a text as the value of a field, without repeating it, or is empty. path is the field's without an index, as in
// stores.project.
func Refusal(path, text string) string {
	in := reflect.TypeFor[Setup]()
	for name := range strings.SplitSeq(path, ".") {
		if in.Kind() == reflect.Slice {
			in = in.Elem()
		}
		index, found := fieldsOf(in)[name]
		if !found {
			return "is no field"
		}
		if f := in.Field(index); f.Type.Kind() == reflect.String {
			return forms[f.Tag.Get("form")].problem(text)
		}
		in = in.Field(index).Type
	}
	return "is made of fields"
}
