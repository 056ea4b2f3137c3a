package file

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"

	"github.com/eso-infisical/kubectl-eso-infisical/docs"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/golden"
)

func storeType() reflect.Type { return reflect.TypeFor[Store]() }

// TestTheSchemaIsThatOfTheTypes holds docs/schema/setup.json to what the types say; with -update it writes it.
func TestTheSchemaIsThatOfTheTypes(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "../../../../docs/schema/setup.json", string(text))
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(schemaID, document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(schemaID)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func bySchema(t *testing.T, schema *jsonschema.Schema, content string) error {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON([]byte(content))
	if err != nil {
		return err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(document)
}

// TestExamplesInTheDocs holds the Setup files that the docs show to the parser and the schema.
func TestExamplesInTheDocs(t *testing.T) {
	pages, err := filepath.Glob("../../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	schema, found := compiled(t), 0
	for _, page := range append(pages, "../../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range docs.Blocks(string(text)) {
			shown := strings.Join(block.Lines, "\n")
			if !strings.Contains(shown, "\nkind: Setup\n") {
				continue
			}
			found++
			if _, err := Parse(filepath.Base(page), []byte(shown)); err != nil {
				t.Errorf("%s, in the block at line %d: %v", page, block.Line, err)
			}
			if err := bySchema(t, schema, shown); err != nil {
				t.Errorf("%s, line %d: %v", page, block.Line, err)
			}
		}
	}
	if found == 0 {
		t.Error("no page shows a Setup file")
	}
}

func TestTheSchemaAndTheParserTakeTheSame(t *testing.T) {
	schema := compiled(t)
	examples, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(examples) < 2 {
		t.Fatal(examples, err)
	}
	for _, name := range examples {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(name, content); err != nil {
			t.Error(err)
		}
		if err := bySchema(t, schema, string(content)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, line := range []string{"  enviroment: a\n", "  environment: 1\n", "  environment: ''\n", "  recursive: x\n", "  path: app\n", "  auth: x\n", "  secret: A b\n", "  namespace: a.b\n",
		"  clientSecret: a\n", "  clientID: a\n  clientIDFile: b\n", "  caConfigMap: a\n  caSecret: b\n", "operator: {timeout: soon}\n", "operator: {chart: x}\n", "operator: {values: {}}\n",
		"test: {namespace: A}\n", "- {}\n", "- project: A\n", "  allowNamespaces: a\n", "other: x\n"} {
		if got := problemsOf(t, sound+line); len(got) == 0 {
			t.Errorf("the parser takes %q", line)
		}
		if bySchema(t, schema, sound+line) == nil {
			t.Errorf("the schema takes %q", line)
		}
	}
}

// TestEachFieldIsExplained walks over all types.
func TestEachFieldIsExplained(t *testing.T) {
	var walk func(reflect.Type)
	walk = func(in reflect.Type) {
		for i := range in.NumField() {
			f := in.Field(i)
			if !f.IsExported() {
				continue
			}
			name, doc, at := f.Tag.Get("yaml"), f.Tag.Get("doc"), in.Name()+"."+f.Name
			if !nameForm.MatchString(name) || !strings.HasSuffix(doc, ".") {
				t.Errorf("%s: name %q, doc %q", at, name, doc)
			}
			of := f.Type
			for of.Kind() == reflect.Slice || of.Kind() == reflect.Pointer {
				of = of.Elem()
			}
			form, known := forms[f.Tag.Get("form")]
			switch of.Kind() {
			case reflect.Struct:
				walk(of)
			case reflect.String:
				if !known {
					t.Errorf("%s: form %q", at, f.Tag.Get("form"))
				}
				if example := f.Tag.Get("example"); len(form.choices) != 1 && form.problem(example) != "" {
					t.Errorf("%s: the example %q %s", at, example, form.problem(example))
				}
			}
		}
	}
	walk(reflect.TypeFor[Setup]())
}
