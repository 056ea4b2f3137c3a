package file

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const head = "apiVersion: eso-infisical.dev/v1alpha1\nkind: Setup\n"

// sound is a file in which one line can be replaced; its stores begin in line 6.
const sound = head + "infisical:\n  host: https://infisical.example.com\nstores:\n- project: one\n"

// problemsOf are those of the content, each as text with its line.
func problemsOf(t *testing.T, content string) []string {
	t.Helper()
	_, err := Parse("setup.yaml", []byte(content))
	if err == nil {
		return nil
	}
	var refused *Error
	if !errors.As(err, &refused) || len(refused.Problems) == 0 || refused.File != "setup.yaml" {
		t.Fatalf("%T: %v", err, err)
	}
	var texts []string
	for _, p := range refused.Problems {
		texts = append(texts, p.String())
	}
	return texts
}

func TestAFieldThatDoesNotExist(t *testing.T) {
	tests := map[string]string{
		sound + "  enviroment: prod\n":                      "line 7: unknown field stores[0].enviroment; did you mean environment?",
		sound + "  env: prod\n":                             "line 7: unknown field stores[0].env; did you mean environment?",
		sound + "  client-id: x\n":                          "line 7: unknown field stores[0].client-id; did you mean clientID?",
		sound + "  caFile: ca.crt\n":                        "line 7: unknown field stores[0].caFile; did you mean infisical.caFile?",
		sound + "host: https://a.example.com\n":             "line 7: unknown field host; did you mean infisical.host?",
		sound + "operator:\n  chart:\n    verzion: 2.4.1\n": "line 9: unknown field operator.chart.verzion; did you mean version?",
		sound + "test:\n  wibble: 1\n":                      "line 8: unknown field test.wibble; there is namespace",
		sound + "  Project: two\n":                          "line 7: unknown field stores[0].Project; did you mean project?",
		sound + "  <<: {path: /}\n":                         "line 7: merge keys (<<) are not read; write the fields out",
		sound + "  ? [a]\n  : b\n":                          "line 7: in stores[0], a field's name must be a text",
	}
	for content, want := range tests {
		if got := problemsOf(t, content); len(got) != 1 || got[0] != want {
			t.Errorf("%q\n got %q\nwant %q", content, got, want)
		}
	}
}

func TestAValueOfTheWrongTypeOrForm(t *testing.T) {
	tests := map[string]string{
		"  environment: [prod]\n":               "line 7: stores[0].environment must be a text, and this is a list",
		"  environment: 1\n":                    "line 7: stores[0].environment must be a text, and this is a number; put it in quotes",
		"  environment:\n":                      "line 7: stores[0].environment is empty; give it a value, or leave it out",
		"  environment: ''\n":                   "line 7: stores[0].environment is empty; give it a value, or leave it out",
		"  environment: |\n    a\n    b\n":      "line 7: stores[0].environment must be one line",
		"  recursive: 'yes'\n":                  "line 7: stores[0].recursive must be true or false, and this is a text",
		"  allowNamespaces: a\n":                "line 7: stores[0].allowNamespaces must be a list, and this is a text",
		"  allowNamespaces: [a, 5]\n":           "line 7: stores[0].allowNamespaces[1] must be a text, and this is a number; put it in quotes",
		"  secret: {clientId: x}\n":             "line 7: stores[0].secret must be a text, and this is fields",
		"  secret: A_b\n":                       "line 7: stores[0].secret must be a name of lower-case letters, digits, - and .",
		"  namespace: a.b\n":                    "line 7: stores[0].namespace must be a name of lower-case letters, digits and -, of at most 63",
		"  path: app\n":                         "line 7: stores[0].path must begin with a slash, as in /app",
		"  auth: aws\n":                         "line 7: stores[0].auth must be universal or kubernetes",
		"  clientSecretFile: '-'\n":             "line 7: stores[0].clientSecretFile must be a file; standard input is named on the command line alone",
		"  clientSecretFile: ~/s\n":             "line 7: stores[0].clientSecretFile must be a path in full: no shell replaces the ~ in it",
		"  allowNamespaceSelector: a in b\n":    "line 7: stores[0].allowNamespaceSelector must select labels, as in team=a or 'stage in (test,prod)'",
		"test: prod\n":                          "line 7: test must be fields, and this is a text",
		"operator: {timeout: soon}\n":           "line 7: operator.timeout must be a time, as in 90s or 3m",
		"operator: {chart: ./chart}\n":          "line 7: operator.chart must be fields, and this is a text; write what --chart takes as chart.name",
		"operator: {chart: {name: a/b}}\n":      "line 7: operator.chart.name must be a name in the repository, an oci:// reference, or a path that begins with ./, ../ or /",
		"operator: {chart: {digest: sha256}}\n": "line 7: operator.chart.digest must be sha256: and 64 digits, as sha256sum writes them",
	}
	for line, want := range tests {
		if got := problemsOf(t, sound+line); len(got) != 1 || got[0] != want {
			t.Errorf("%q\n got %q\nwant %q", line, got, want)
		}
	}
}

func TestTheFileAsAWhole(t *testing.T) {
	tests := map[string]string{
		"":                              "line 1: the file is empty; kubectl eso-infisical init writes one",
		"# nothing\n":                   "line 1: the file is empty; kubectl eso-infisical init writes one",
		"- a\n":                         "line 1: a Setup file is made of fields, and begins with apiVersion: eso-infisical.dev/v1alpha1",
		sound + "---\na: b\n":           "line 7: a second document begins here; a Setup file holds one, with all stores in it",
		sound + "stores: []\n":          "line 7: stores is there twice; the first is in line 5",
		sound + "  project: two\n":      "line 7: stores[0].project is there twice; the first is in line 6",
		sound + "\tx: y\n":              "line 7: this is not YAML: it is indented by a tab; use spaces",
		"a: [b\nc: d\n":                 "line 1: this is not YAML: ",
		"a: *b\n":                       "line 1: this is not YAML: the alias stands for nothing; its anchor must come first",
		"a: \x00\n":                     "line 1: this is no text in UTF-8",
		"a: b\nc: \xff\n":               "line 2: this is no text in UTF-8",
		"apiVersion: v1\nkind: Setup\n": "line 1: apiVersion is not one that this version reads; it reads apiVersion: eso-infisical.dev/v1alpha1",
		"apiVersion: eso-infisical.dev/v1alpha1\nkind: Pod\n": "line 2: kind is not one that this version reads; it reads kind: Setup",
		"kind: Setup\n":                                             "line 1: apiVersion is missing; a Setup file begins with apiVersion: eso-infisical.dev/v1alpha1 and kind: Setup",
		head + "stores:\n- project: a\n":                            "line 1: infisical is missing",
		head + "infisical: {}\nstores:\n- project: a\n":             "line 3: infisical.host is missing, as in host: https://infisical.example.com",
		head + "infisical: {host: https://a.example}\nstores: []\n": "line 4: stores must have one store at least",
		strings.Repeat("# more\n", limit/7+1) + sound:               "line 1: no Setup file is larger than",
	}
	for content, want := range tests {
		if got := problemsOf(t, content); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%.60q\n got %q\nwant %q", content, got, want)
		}
	}
}

func TestAllThatIsWrongIsToldAtOnceByLine(t *testing.T) {
	_, err := Parse("setup.yaml", []byte(head+"infisical: {hots: a, host: b}\nstores:\n- {}\n- project: X Y\n"))
	want := "read setup.yaml: 4 things are wrong:\n" +
		"  line 3: unknown field infisical.hots; did you mean host?\n" +
		"  line 3: infisical.host must be an address without user and query, https://HOST[:PORT]\n" +
		"  line 5: stores[0].project is missing, as in project: archon-platform\n" +
		"  line 6: stores[1].project must be a slug, of lower-case letters, digits, - and _; Infisical shows names, and the slug in the project's settings"
	if err == nil || err.Error() != want {
		t.Errorf("error = %v", err)
	}
	_, err = Parse(Stdin, []byte(head+"infisical: {host: https://a.example}\nstores:\n"+strings.Repeat("- {}\n", 20)))
	if err == nil || !strings.HasPrefix(err.Error(), "read the Setup file on standard input: 20 things") || !strings.HasSuffix(err.Error(), "and 8 more") {
		t.Errorf("error = %v", err)
	}
}

func TestAliasesAreReadAndMayNotGoAstray(t *testing.T) {
	s, err := Parse("setup.yaml", []byte(sound+"  allowNamespaces: &both [a, b]\n- project: two\n  allowNamespaces: *both\n"))
	if err != nil || len(s.Stores[1].AllowNamespaces) != 2 {
		t.Errorf("%v, %v", s, err)
	}
	for _, content := range []string{head + "infisical: &x {host: *x}\nstores: [{project: a}]\n", head + "infisical: {host: https://a.example}\nstores: &s [*s, *s]\n"} {
		if got := problemsOf(t, content); len(got) == 0 {
			t.Errorf("%q is taken", content)
		}
	}
}

func TestLoad(t *testing.T) {
	name := filepath.Join(t.TempDir(), "setup.yaml")
	if _, err := Load(name, nil); err == nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error = %v", err)
	}
	if err := os.WriteFile(name, []byte(sound), 0o600); err != nil {
		t.Fatal(err)
	}
	for from, stdin := range map[string]string{name: "", Stdin: sound} {
		if s, err := Load(from, strings.NewReader(stdin)); err != nil || s.Stores[0].Project != "one" {
			t.Errorf("%s: %v", from, err)
		}
	}
}
