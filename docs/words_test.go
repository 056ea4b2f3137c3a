package docs

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	for line, want := range map[string][][]string{
		"kubectl eso-infisical up \\\n--key K":               {{"kubectl", "eso-infisical", "up", "--key", "K"}},
		"a --x 'b c' \"d e\"f  g\\ h # not this":             {{"a", "--x", "b c", "d ef", "g h"}},
		"a -o json > before.json; b --since before.json":     {{"a", "-o", "json"}, {"b", "--since", "before.json"}},
		"pass show x | a --stdin && b || c":                  {{"pass", "show", "x"}, {"a", "--stdin"}, {"b"}, {"c"}},
		"INFISICAL_TOKEN=… a b=c":                            {{"a", "b=c"}},
		"export PATH=\"$PWD/bin:$PATH\"":                     {{"export", "PATH=$PWD/bin:$PATH"}},
		"source <(a completion bash)":                        {{"source"}, {"a", "completion", "bash"}},
		"eval \"$(a env)\"":                                  {{"eval", "$(a env)"}},
		"a --id $(cat id.txt) <new.txt":                      {{"a", "--id", "$(cat id.txt)"}},
		"a '' x":                                             {{"a", "", "x"}},
		"# only a comment":                                   nil,
		"a --schedule '*/30 * * * *' --set 'a[0].name=b' c#": {{"a", "--schedule", "*/30 * * * *", "--set", "a[0].name=b", "c#"}},
	} {
		got, err := Words(line)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", line, err, diff)
		}
	}
	for _, line := range []string{"a 'b", "a \"b", "a $(b", "a <(b"} {
		if got, err := Words(line); err == nil {
			t.Errorf("%s: %q", line, got)
		}
	}
}

func TestWhichWordsAreThePlugins(t *testing.T) {
	for _, words := range [][]string{{"kubectl", "eso-infisical", "doctor"}, {"kubectl-eso_infisical", "doctor"}} {
		if got, ok := OfPlugin(words); !ok || len(got) != 1 || got[0] != "doctor" {
			t.Errorf("%q: %q, %t", words, got, ok)
		}
	}
	for _, words := range [][]string{nil, {"kubectl"}, {"kubectl", "get"}, {"helm", "list"}} {
		if got, ok := OfPlugin(words); ok {
			t.Errorf("%q: %q", words, got)
		}
	}
}
