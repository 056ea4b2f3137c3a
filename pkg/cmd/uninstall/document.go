package uninstall

import (
	"fmt"
	"io"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/uninstall"
)

// Kinds of the documents.
const (
	planKind   = "UninstallPlan"
	resultKind = "UninstallResult"
)

// document is what the command prints: what was to be done, and what became of it.
type document struct {
	output.Header
	Plan *uninstall.Plan `json:"plan"`
	// Done is set when the plan was carried out to its end, Left what is still there of what was to go.
	Done bool             `json:"done"`
	Left []uninstall.Item `json:"left"`
}

func newDocument(plan *uninstall.Plan) *document {
	return &document{Header: output.NewHeader(resultKind), Plan: plan, Left: []uninstall.Item{}}
}

// text is the result for people.
func (d *document) text(w io.Writer, o *Options) error {
	if !d.Done {
		_, err := fmt.Fprintf(w, "release/%s unchanged: there is nothing to uninstall\n", o.Release)
		return err
	}
	if len(d.Left) > 0 {
		fmt.Fprintf(w, "release/%s is uninstalled but for what is left:\n", o.Release)
		for _, i := range d.Left {
			fmt.Fprintf(w, "  %s: %s\n", i, i.Reason)
		}
		return nil
	}
	fmt.Fprintf(w, "release/%s uninstalled: %s", o.Release, sum(d.Plan))
	return d.kept(w)
}

// sum says in one line what has gone.
func sum(p *uninstall.Plan) string {
	return fmt.Sprintf("%s and %s are gone\n", count(p.Count(), "custom resource"), count(len(p.Lost()), "Secret"))
}

func (d *document) kept(w io.Writer) error {
	definitions := 0
	for _, i := range d.Plan.Definitions {
		if i.Fate == uninstall.Kept {
			definitions++
		}
	}
	if definitions > 0 {
		fmt.Fprintf(w, "  kept: %s (uninstall --delete-crds deletes them)\n", count(definitions, "custom resource definition"))
	}
	stay := len(d.Plan.Secrets) - len(d.Plan.Lost())
	if stay > 0 {
		fmt.Fprintf(w, "  kept: %s that ESO has written\n", count(stay, "Secret"))
	}
	for _, items := range [][]uninstall.Item{d.Plan.Own, d.Plan.Namespaces} {
		for _, i := range items {
			if i.Fate == uninstall.Kept {
				fmt.Fprintf(w, "  kept: %s: %s\n", i, i.Reason)
			}
		}
	}
	return nil
}

// question sums the plan up for the one who decides.
func question(p *uninstall.Plan) string {
	text := fmt.Sprintf("Uninstall External Secrets Operator? %s go", count(p.Count(), "custom resource"))
	if lost := p.Lost(); len(lost) > 0 {
		pods := map[string]bool{}
		for _, s := range lost {
			for _, use := range s.UsedBy {
				for _, pod := range use.Pods {
					pods[s.Namespace+"/"+pod] = true
				}
			}
		}
		return text + fmt.Sprintf(", and %s with them; pods that use these: %d.", count(len(lost), "Secret"), len(pods))
	}
	return text + "; no Secret goes with them."
}

// count writes a number with its noun.
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(noun, "y"))
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
