package render

import (
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// newFix takes the finding's own words, and the catalogue's where it has none, with the namespace filled in.
func newFix(f doctor.Finding, namespace string) *Fix {
	entry, _ := catalogue.Find(f.Code())
	fix := &Fix{Text: f.Cause.Fix, Command: f.Command}
	if fix.Text == "" {
		fix.Text = entry.Fix
	}
	if fix.Command == "" {
		fix.Command = strings.ReplaceAll(entry.Command, "-n NAMESPACE ", "-n "+namespace+" ")
	}
	return fix
}

// extra is the fix's command where its text does not contain it already.
func (f Fix) extra() string {
	if strings.Contains(f.Text, f.Command) {
		return ""
	}
	return f.Command
}
