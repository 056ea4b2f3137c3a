package file

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// field is a place in the file: its path, as in stores[0].project, and the form that its text must have.
type field struct{ path, form string }

func (f field) below(name, form string) field {
	if f.path == "" {
		return field{name, form}
	}
	return field{f.path + "." + name, form}
}

func (f field) String() string {
	if f.path == "" {
		return "the file"
	}
	return f.path
}

// decoder reads nodes into the types of this package, which bound how deep it goes, and notes where everything is.
type decoder struct {
	lines    map[string]int
	problems problems
}

func (d *decoder) value(node *yaml.Node, into reflect.Value, at field) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	d.lines[at.path] = node.Line
	if node.ShortTag() == "!!null" {
		d.problems.add(node.Line, at.path, "%s is empty; give it a value, or leave it out", at)
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.value(node, into.Elem(), at)
	case reflect.Struct:
		d.fields(node, into, at)
	case reflect.Slice:
		d.list(node, into, at)
	case reflect.Bool:
		if node.Kind != yaml.ScalarNode || node.ShortTag() != "!!bool" {
			d.mistaken(node, at, "true or false")
			return
		}
		into.SetBool(strings.EqualFold(node.Value, "true"))
	default:
		d.text(node, into, at)
	}
}

func (d *decoder) text(node *yaml.Node, into reflect.Value, at field) {
	if node.Kind != yaml.ScalarNode || node.ShortTag() != "!!str" {
		d.mistaken(node, at, "a text")
		return
	}
	if problem := forms[at.form].problem(node.Value); problem != "" {
		d.problems.add(node.Line, at.path, "%s %s", at, problem)
		return
	}
	into.SetString(node.Value)
}

func (d *decoder) list(node *yaml.Node, into reflect.Value, at field) {
	if node.Kind != yaml.SequenceNode {
		d.mistaken(node, at, "a list")
		return
	}
	for i, element := range node.Content {
		value := reflect.New(into.Type().Elem()).Elem()
		d.value(element, value, field{fmt.Sprintf("%s[%d]", at.path, i), at.form})
		into.Set(reflect.Append(into, value))
	}
}

func (d *decoder) fields(node *yaml.Node, into reflect.Value, at field) {
	if node.Kind != yaml.MappingNode {
		d.mistaken(node, at, "fields")
		return
	}
	known := fieldsOf(into.Type())
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		index, found := known[key.Value]
		switch {
		case seen[key.Value] > 0:
			d.problems.add(key.Line, at.path, "%s is there twice; the first is in line %d", at.below(key.Value, ""), seen[key.Value])
		case key.Kind != yaml.ScalarNode || !found:
			d.unknown(key, value, into.Type(), at)
		default:
			tag := into.Type().Field(index).Tag
			d.value(value, into.Field(index), at.below(key.Value, tag.Get("form")))
		}
		seen[key.Value] = key.Line
	}
	for i := range into.NumField() {
		tag := into.Type().Field(i).Tag
		if name := tag.Get("yaml"); tag.Get("required") != "" && seen[name] == 0 {
			d.problems.add(node.Line, at.below(name, "").path, "%s is missing%s", at.below(name, ""), asIn(name, tag))
		}
	}
}

// asIn shows how the field is written.
func asIn(name string, tag reflect.StructTag) string {
	if example := tag.Get("example"); example != "" {
		return ", as in " + name + ": " + example
	}
	return ""
}

// fieldsOf are the indices of the struct's fields by their names in the file.
func fieldsOf(t reflect.Type) map[string]int {
	names := map[string]int{}
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" {
			names[name] = i
		}
	}
	return names
}

// mistaken says which type was expected, and which is there.
func (d *decoder) mistaken(node *yaml.Node, at field, want string) {
	is := map[string]string{"!!str": "a text", "!!int": "a number", "!!float": "a number", "!!bool": "true or false", "!!seq": "a list", "!!map": "fields",
		"!!timestamp": "a date", "!!binary": "binary"}[node.ShortTag()]
	if is == "" {
		is = "something else"
	}
	hint := ""
	if want == "a text" && node.Kind == yaml.ScalarNode {
		hint = "; put it in quotes"
	}
	if strings.HasSuffix(at.path, ".chart") && node.Kind == yaml.ScalarNode {
		hint = "; write what --chart takes as chart.name"
	}
	d.problems.add(node.Line, at.path, "%s must be %s, and this is %s%s", at, want, is, hint)
}

// unknown says that there is no such field, and which one was probably meant.
func (d *decoder) unknown(key, value *yaml.Node, in reflect.Type, at field) {
	name := at.below(legible(key), "").String()
	switch {
	case key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge":
		d.problems.add(key.Line, at.path, "merge keys (<<) are not read; write the fields out")
		return
	case key.Kind != yaml.ScalarNode:
		d.problems.add(key.Line, at.path, "in %s, a field's name must be a text", at)
		return
	}
	if refusal := secretField(key.Value, value); refusal != "" {
		d.problems.add(key.Line, name, "%s %s", name, refusal)
		return
	}
	d.problems.add(key.Line, name, "unknown field %s%s", name, meant(key.Value, in))
}

// legible is the key as it may be shown: what is no name might be a secret that has lost its field.
func legible(key *yaml.Node) string {
	if key.Kind != yaml.ScalarNode || len(key.Value) > 40 || !nameForm.MatchString(key.Value) || looksSecret(key.Value) {
		return "…"
	}
	return key.Value
}

// meant names the field that was probably meant: of just that name, wherever in the file it is, or else the nearest one there. Where there is none,
// it lists what there is.
func meant(name string, in reflect.Type) string {
	var here []string
	for i := range in.NumField() {
		if known := in.Field(i).Tag.Get("yaml"); known != "" {
			here = append(here, known)
		}
	}
	for _, known := range here {
		if strings.EqualFold(known, name) {
			return "; did you mean " + known + "?"
		}
	}
	if elsewhere := find(name, reflect.TypeFor[Setup](), ""); elsewhere != "" {
		return "; did you mean " + elsewhere + "?"
	}
	if near := cause.Nearest(name, here); len(near) > 0 {
		return "; did you mean " + near[0] + "?"
	}
	return "; there is " + strings.Join(here, ", ")
}

// find is the path of the field of that name, wherever it is, or empty.
func find(name string, in reflect.Type, path string) string {
	for i := range in.NumField() {
		known := in.Field(i).Tag.Get("yaml")
		switch t := in.Field(i).Type; {
		case known == "":
		case strings.EqualFold(known, name):
			return path + known
		case t.Kind() == reflect.Struct:
			if below := find(name, t, path+known+"."); below != "" {
				return below
			}
		case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
			if below := find(name, t.Elem(), path+known+"[]."); below != "" {
				return below
			}
		}
	}
	return ""
}
