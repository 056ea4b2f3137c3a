package helm

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMergeValues(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "values.yaml")
	write(t, file, []byte("replicaCount: 1\nwebhook: {port: 1, create: true}\nlist: [a, b]\n"))
	plain := filepath.Join(dir, "text")
	write(t, plain, []byte("from a file"))
	got, err := Values{Files: []string{file, "-"}, Stdin: strings.NewReader("webhook: {port: 2}\nlist: [c]\n"),
		JSON: []string{`json={"a":1}`}, Set: []string{"replicaCount=3", "crds.annotations=null"}, SetString: []string{"tag=3"}, SetFile: []string{"note=" + plain}}.Merge()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"replicaCount": int64(3), "webhook": map[string]any{"port": float64(2), "create": true}, "list": []any{"c"},
		"json": map[string]any{"a": float64(1)}, "crds": map[string]any{"annotations": nil}, "tag": "3", "note": "from a file"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsShowNoValue(t *testing.T) {
	dir, canary := t.TempDir(), "canary-5f2a"
	scalar := filepath.Join(dir, "scalar.yaml")
	write(t, scalar, []byte(canary+"\n"))
	broken := filepath.Join(dir, "broken.yaml")
	write(t, broken, []byte("a: b\n"+canary+": [\n"))
	tests := map[string]struct {
		values Values
		text   string
	}{
		"--set":               {Values{Set: []string{"a.b=1,c"}}, `"a.b"`},
		"a key that was lost": {Values{Set: []string{canary}}, "--set: "},
		"--set-json":          {Values{JSON: []string{`a.b={"x": "` + canary + `"`}}, `--set-json: what is given for "a.b"`},
		"--set-string":        {Values{SetString: []string{"a[x]=" + canary}}, "--set-string"},
		"a scalar":            {Values{Files: []string{scalar}}, "not YAML of keys and values"},
		"broken YAML":         {Values{Files: []string{broken}}, "see line"},
		"no such file":        {Values{Files: []string{filepath.Join(dir, "none")}}, "no such file"},
		"--set-file":          {Values{SetFile: []string{"a=" + filepath.Join(dir, "none")}}, "no such file"},
		"no stdin":            {Values{Files: []string{"-"}}, "no standard input"},
		"value for a key":     {Values{Set: []string{"a=1", "a.b=" + canary}}, "--set"},
	}
	for name, tt := range tests {
		_, err := tt.values.Merge()
		if err == nil || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOverlayLeavesItsInputsAlone(t *testing.T) {
	under := map[string]any{"crds": map[string]any{"annotations": map[string]any{"ours": "1"}}}
	over := map[string]any{"crds": map[string]any{"annotations": map[string]any{"theirs": "2"}}}
	want := map[string]any{"crds": map[string]any{"annotations": map[string]any{"ours": "1", "theirs": "2"}}}
	if diff := cmp.Diff(want, Overlay(under, over)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"crds": map[string]any{"annotations": map[string]any{"ours": "1"}}}, under); diff != "" {
		t.Error(diff)
	}
}

func TestGiven(t *testing.T) {
	if (Values{}).Given() || !(Values{SetFile: []string{"a=b"}}).Given() {
		t.Error("whether values are given is not known")
	}
}
