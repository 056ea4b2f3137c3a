package file

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
)

// width is that of a comment's lines, in characters.
const width = 100

// header opens what Commented writes.
const header = `# What this cluster is to have of External Secrets Operator and Infisical:
#   kubectl eso-infisical up -f %s
# It holds names and paths, and never a secret, so that it can be kept in version control. Paths start from this file.
# Where no space follows the #, a field is left out: remove the # to set it.
`

// Commented writes the file with what each field is for, and those that are left out as comments. name is the file's.
func (s *Setup) Commented(name string) ([]byte, error) {
	w := &writer{explain: true}
	fmt.Fprintf(&w.out, header, name)
	if err := w.fields(reflect.ValueOf(s).Elem(), "", false); err != nil {
		return nil, fmt.Errorf("write the Setup file: %w", err)
	}
	return w.out.Bytes(), nil
}

// writer writes fields. If it is to explain, it also says what they are for and which ones are left out.
type writer struct {
	out     bytes.Buffer
	explain bool
}

// fields writes the fields of a struct, which may be left out as a whole.
func (w *writer) fields(v reflect.Value, indent string, left bool) error {
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name := tag.Get("yaml")
		absent := left || v.Field(i).IsZero()
		if name == "" || absent && !w.explain {
			continue
		}
		if indent == "" {
			w.out.WriteString("\n")
		}
		w.comment(indent, tag.Get("doc"))
		if err := w.field(v.Field(i), name, tag, indent, absent); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) field(v reflect.Value, name string, tag reflect.StructTag, indent string, absent bool) error {
	switch {
	case v.Kind() == reflect.Struct:
		w.line(indent, name+":", absent)
		return w.fields(v, indent+"  ", absent)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		w.line(indent, name+":", false)
		return w.structs(v)
	case absent:
		return w.scalar(indent, name, example(v.Type(), tag), true)
	case v.Kind() == reflect.Pointer:
		return w.scalar(indent, name, v.Elem().Interface(), false)
	}
	return w.scalar(indent, name, v.Interface(), false)
}

// structs writes a list of them, of which the first one explains the fields.
func (w *writer) structs(v reflect.Value) error {
	for i := range v.Len() {
		one := &writer{explain: w.explain && i == 0}
		if err := one.fields(v.Index(i), "  ", false); err != nil {
			return err
		}
		w.out.Write(dashed(one.out.Bytes()))
	}
	return nil
}

// dashed makes fields an element of a list: a dash stands before the first line that is no comment.
func dashed(fields []byte) []byte {
	lines := strings.SplitAfter(string(fields), "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, "  #") {
			lines[i] = "- " + line[2:]
			break
		}
		lines[i] = line[2:]
	}
	return []byte(strings.Join(lines, ""))
}

// example is the value that may stand in a field which is left out.
func example(t reflect.Type, tag reflect.StructTag) any {
	text := tag.Get("example")
	switch t.Kind() {
	case reflect.Slice:
		return []string{text}
	case reflect.Bool, reflect.Pointer:
		return text == "true"
	}
	return text
}

func (w *writer) scalar(indent, name string, value any, absent bool) error {
	if list, isList := value.([]string); isList {
		value = inline(list)
	}
	text, err := yaml.Marshal(map[string]any{name: value})
	if err != nil {
		return err
	}
	w.line(indent, strings.TrimSuffix(string(text), "\n"), absent)
	return nil
}

// inline is the list in one line.
func inline(list []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, text := range list {
		element := &yaml.Node{}
		element.SetString(text)
		n.Content = append(n.Content, element)
	}
	return n
}

func (w *writer) line(indent, text string, absent bool) {
	if absent {
		indent += "#"
	}
	w.out.WriteString(indent + text + "\n")
}

func (w *writer) comment(indent, text string) {
	if !w.explain {
		return
	}
	for line := range strings.SplitSeq(prose.Style{Width: width}.Wrap(len(indent)+2, text), "\n") {
		w.out.WriteString(indent + "# " + strings.TrimSpace(line) + "\n")
	}
}
