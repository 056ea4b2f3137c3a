package architecture

import (
	"slices"
	"strings"
	"testing"
)

// layers says which packages of ours each package may import. What is not named here may be imported by nobody but cmd.
var layers = map[string][]string{
	"pkg/cause":         {},
	"pkg/catalogue":     {"pkg/cause"},
	"pkg/trust":         {"pkg/cause"},
	"pkg/infisical":     {"pkg/cause"},
	"pkg/prose":         {},
	"pkg/ui":            {"pkg/prose"},
	"pkg/kube":          {"pkg/cause"},
	"pkg/helm":          {"pkg/kube"},
	"pkg/esoversion":    {},
	"pkg/crds":          {"pkg/kube"},
	"pkg/preflight":     {"pkg/kube", "pkg/cause", "pkg/helm", "pkg/eso", "pkg/esoversion"},
	"pkg/eso":           {"pkg/kube", "pkg/cause"},
	"pkg/upgrade":       {"pkg/cause", "pkg/kube", "pkg/helm", "pkg/eso", "pkg/crds", "pkg/preflight"},
	"pkg/credentials":   {"pkg/cause", "pkg/infisical", "pkg/kube", "pkg/eso"},
	"pkg/identity":      {"pkg/cause", "pkg/infisical"},
	"pkg/verify":        {"pkg/cause", "pkg/infisical", "pkg/trust", "pkg/kube", "pkg/eso"},
	"pkg/authority":     {"pkg/cause", "pkg/trust", "pkg/kube", "pkg/eso", "pkg/verify"},
	"pkg/rotation":      {"pkg/cause", "pkg/infisical", "pkg/kube", "pkg/eso", "pkg/credentials", "pkg/identity", "pkg/verify"},
	"pkg/proof":         {"pkg/cause", "pkg/infisical", "pkg/kube", "pkg/eso", "pkg/verify"},
	"pkg/setup":         {"pkg/proof", "pkg/kube", "pkg/cause", "pkg/trust", "pkg/infisical", "pkg/helm", "pkg/eso", "pkg/credentials", "pkg/identity", "pkg/verify", "pkg/rotation", "pkg/preflight", "pkg/esoversion", "pkg/authority"},
	"pkg/runbook":       {"pkg/kube", "pkg/cause", "pkg/helm", "pkg/eso", "pkg/verify", "pkg/setup"},
	"pkg/setup/file":    {"pkg/prose", "pkg/kube", "pkg/infisical", "pkg/helm", "pkg/eso", "pkg/credentials", "pkg/verify", "pkg/cause", "pkg/setup"},
	"pkg/status":        {"pkg/prose", "pkg/kube", "pkg/cause", "pkg/trust", "pkg/eso"},
	"pkg/uninstall":     {"pkg/kube", "pkg/cause", "pkg/helm", "pkg/eso", "pkg/credentials"},
	"pkg/repair":        {"pkg/kube", "pkg/cause", "pkg/helm", "pkg/eso", "pkg/crds"},
	"pkg/export":        nil,
	"pkg/doctor":        {"pkg/kube", "pkg/cause", "pkg/catalogue", "pkg/helm"},
	"pkg/doctor/checks": {"pkg/kube", "pkg/cause", "pkg/trust", "pkg/infisical", "pkg/helm", "pkg/eso", "pkg/esoversion", "pkg/credentials", "pkg/verify", "pkg/doctor"},
	"pkg/doctor/bundle": {"pkg/doctor"},
	"pkg/doctor/mend":   {"pkg/kube", "pkg/cause", "pkg/infisical", "pkg/eso", "pkg/proof", "pkg/repair", "pkg/doctor"},
	"pkg/doctor/record": {"pkg/cause", "pkg/doctor"},
	"pkg/doctor/render": {"pkg/prose", "pkg/cause", "pkg/catalogue", "pkg/doctor"},
}

func TestArrowsPointDownwards(t *testing.T) {
	for _, p := range list(t, "./pkg/...") {
		path := ours(p.ImportPath)
		if under(path, "pkg/cmd") || under(path, "pkg/internal") {
			continue
		}
		allowed, known := layers[path]
		if !known {
			t.Errorf("%s has no place in the layers; give it one", path)
		}
		for _, imported := range p.Imports {
			if below := ours(imported); below != "" && !slices.Contains(allowed, below) {
				t.Errorf("%s imports %s, against the arrows", path, below)
			}
		}
	}
}

func TestACommandDoesNotImportAnother(t *testing.T) {
	shared := []string{"pkg/cmd/clients", "pkg/cmd/flags", "pkg/cmd/output", "pkg/cmd/certificates"}
	for _, p := range list(t, "./pkg/cmd/...") {
		path := ours(p.ImportPath)
		if path == "pkg/cmd" {
			continue
		}
		for _, imported := range p.Imports {
			if other := ours(imported); under(other, "pkg/cmd") && !slices.Contains(shared, other) {
				t.Errorf("%s imports %s", path, other)
			}
		}
	}
}

func TestForeignImportsHaveOneHome(t *testing.T) {
	homes := []struct {
		name    string
		foreign func(string) bool
		homes   []string
	}{
		{"Helm", func(p string) bool { return under(p, "helm.sh/helm") }, []string{"pkg/helm"}},
		{"the terminal", func(p string) bool { return p == "golang.org/x/term" }, []string{"pkg/ui", "cmd"}},
		{"cobra", func(p string) bool { return p == "github.com/spf13/cobra" }, []string{"pkg/cmd"}},
		{"kubectl's commands", func(p string) bool { return under(p, "k8s.io/kubectl/pkg/cmd") }, nil},
		{"the terminal's package", func(p string) bool { return ours(p) == "pkg/ui" }, []string{"pkg/cmd"}},
		{"the commands", func(p string) bool { return under(ours(p), "pkg/cmd") }, []string{"pkg/cmd", "cmd"}},
		{"HTTP", func(p string) bool { return p == "net/http" }, []string{"pkg/infisical", "pkg/kube", "pkg/trust", "pkg/helm", "pkg/internal"}},
	}
	for _, p := range list(t, "./cmd/...", "./pkg/...") {
		path := ours(p.ImportPath)
		for _, imported := range p.Imports {
			for _, h := range homes {
				atHome := slices.ContainsFunc(h.homes, func(home string) bool { return under(path, home) })
				if h.foreign(imported) && !atHome {
					t.Errorf("%s imports %s; %s may be imported below %v only", path, imported, h.name, h.homes)
				}
			}
		}
	}
}

func TestNoTestHelperReachesTheProgram(t *testing.T) {
	helpers := []string{"fake", "testing", "ktesting", "httptest", "iotest", "fstest", "quick"}
	// Helm's own action package brings these two along.
	tolerated := []string{"helm.sh/helm/v3/pkg/kube/fake", "k8s.io/client-go/testing"}
	for _, p := range list(t, "-deps", "./cmd/...") {
		path := p.ImportPath
		isHelper := slices.Contains(helpers, path[strings.LastIndex(path, "/")+1:]) || under(ours(path), "pkg/internal")
		if isHelper && !slices.Contains(tolerated, path) {
			t.Errorf("%s is for tests and is part of the program", path)
		}
	}
}
