package file

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	schema := compiled(t)
	for _, name := range []string{"least.yaml", "full.yaml"} {
		s, err := Parse("setup.yaml", []byte(sample(t, name)))
		if err != nil {
			t.Fatal(err)
		}
		written, err := s.Commented("setup.yaml")
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse("setup.yaml", written)
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		if diff := cmp.Diff(s, again, cmpopts.IgnoreUnexported(Setup{})); diff != "" {
			t.Error(diff)
		}
		if err := bySchema(t, schema, string(written)); err != nil {
			t.Error(err)
		}
	}
}

// TestWhatIsLeftOutCanBeSet removes the mark from one field after the other, groups with those in them, and reads the file.
func TestWhatIsLeftOutCanBeSet(t *testing.T) {
	s := &Setup{APIVersion: APIVersion, Kind: Kind, Infisical: Infisical{Host: "https://infisical.example.com", CAFile: "ca.crt"}, Test: Test{Namespace: "eso-test"},
		Operator: Operator{Namespace: "external-secrets", Chart: Chart{Version: "2.4.1"}}, Stores: []Store{{Project: "archon-platform"}}}
	text, err := s.Commented("setup.yaml")
	if err != nil {
		t.Fatal(err)
	}
	left := regexp.MustCompile(`(?m)^( *)#([a-zA-Z]+:)`)
	places := left.FindAllSubmatchIndex(text, -1)
	if len(places) < 20 {
		t.Fatalf("%d fields are left out", len(places))
	}
	for _, at := range places {
		one := string(text[:at[3]]) + string(text[at[4]:])
		if _, err := Parse("setup.yaml", []byte(one)); err != nil && string(text[at[4]:at[5]]) != "namespace:" {
			t.Errorf("%s %v", text[at[4]:at[5]], err)
		}
	}
}
