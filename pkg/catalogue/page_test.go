package catalogue

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/codes anew")

const folder = "../../docs/codes"

func TestPagesAreUpToDate(t *testing.T) {
	pages := map[string]string{"README.md": Index()}
	for _, e := range All() {
		pages[string(e.Code)+".md"] = e.Page()
	}
	if *update {
		rewrite(t, pages)
	}
	present, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range present {
		if _, known := pages[file.Name()]; !known {
			t.Errorf("docs/codes/%s is of no code; run go generate ./pkg/catalogue", file.Name())
		}
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || string(got) != want {
			t.Errorf("docs/codes/%s is missing or out of date (%v); run go generate ./pkg/catalogue", name, err)
		}
	}
}

func rewrite(t *testing.T, pages map[string]string) {
	t.Helper()
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPage(t *testing.T) {
	page := Entry{Code: "EI401", Title: "the fact holds", Severity: Error, Why: "Because.", Fix: "Do it.", Command: "do it --with FILE",
		After: nil, Links: []string{"https://h"}}.Page()
	for _, text := range []string{"# EI401: the fact holds\n", "Layer 4, TLS and CA", "Because.", "Do it.", "```\ndo it --with FILE\n```", "filled in", "<https://h>"} {
		if !strings.Contains(page, text) {
			t.Errorf("%q is missing in %s", text, page)
		}
	}
	page = Entry{Code: "EI220", Command: "do it", After: Codes()[:1]}.Page()
	if strings.Contains(page, "filled in") || strings.Contains(page, "## More") || !strings.Contains(page, "- [EI101](EI101.md): the kubeconfig leads to a cluster") {
		t.Errorf("page: %s", page)
	}
}
