package file

import (
	"encoding/json"
	"reflect"
)

// schemaID is where the schema is known, as those of the reports are.
const schemaID = "https://eso-infisical.dev/schema/v1alpha1/setup.json"

// node is a part of a JSON schema, with its keys in the order in which people read them.
type node struct {
	Schema      string          `json:"$schema,omitempty"`
	ID          string          `json:"$id,omitempty"`
	Title       string          `json:"title,omitempty"`
	Description string          `json:"description,omitempty"`
	Type        string          `json:"type,omitempty"`
	Additional  *bool           `json:"additionalProperties,omitempty"`
	Required    []string        `json:"required,omitempty"`
	Properties  map[string]node `json:"properties,omitempty"`
	MinItems    int             `json:"minItems,omitempty"`
	Items       *node           `json:"items,omitempty"`
	Enum        []string        `json:"enum,omitempty"`
	Pattern     string          `json:"pattern,omitempty"`
	MinLength   int             `json:"minLength,omitempty"`
	Examples    []string        `json:"examples,omitempty"`
	AllOf       []node          `json:"allOf,omitempty"`
	Not         *node           `json:"not,omitempty"`
}

// Schema is the JSON schema of Setup files (draft 2020-12), for editors and for those who check files without this program.
func Schema() ([]byte, error) {
	root := object(reflect.TypeFor[Setup]())
	root.Schema, root.ID, root.Title = "https://json-schema.org/draft/2020-12/schema", schemaID, Kind
	root.Description = "What kubectl eso-infisical up -f reads: what a cluster is to have of External Secrets Operator and Infisical. It holds no secret."
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

func object(t reflect.Type) node {
	closed := false
	n := node{Type: "object", Additional: &closed, Properties: map[string]node{}}
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("yaml")
		if name == "" {
			continue
		}
		property := typed(f.Type, f.Tag)
		property.Description = f.Tag.Get("doc")
		n.Properties[name] = property
		if f.Tag.Get("required") != "" {
			n.Required = append(n.Required, name)
		}
	}
	for _, pair := range exclusive[t] {
		n.AllOf = append(n.AllOf, node{Not: &node{Required: pair}})
	}
	return n
}

// exclusive are fields of which there may be one.
var exclusive = map[reflect.Type][][]string{reflect.TypeFor[Store](): {{"clientID", "clientIDFile"}, {"caConfigMap", "caSecret"}}}

func typed(t reflect.Type, tag reflect.StructTag) node {
	switch t.Kind() {
	case reflect.Pointer:
		return typed(t.Elem(), tag)
	case reflect.Struct:
		return object(t)
	case reflect.Slice:
		items := typed(t.Elem(), tag)
		n := node{Type: "array", Items: &items}
		if tag.Get("required") != "" {
			n.MinItems = 1
		}
		return n
	case reflect.Bool:
		return node{Type: "boolean"}
	default:
		f := forms[tag.Get("form")]
		n := node{Type: "string", Enum: f.choices, Pattern: f.pattern}
		if len(f.choices) == 0 {
			n.MinLength = 1
		}
		if example := tag.Get("example"); example != "" && len(f.choices) == 0 {
			n.Examples = []string{example}
		}
		return n
	}
}
