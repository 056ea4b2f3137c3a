package install

import (
	"fmt"
	"io"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/preflight"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

const kind = "InstallResult"

// result is what an install did, or would do.
type result struct {
	output.Header
	DryRun    string `json:"dryRun,omitempty"`
	Release   string `json:"release"`
	Namespace string `json:"namespace"`
	// Outcome is created, changed or unchanged.
	Outcome  string `json:"outcome,omitempty"`
	Chart    string `json:"chartVersion,omitempty"`
	Version  string `json:"version,omitempty"`
	Revision int    `json:"revision,omitempty"`
	// Waited says that ESO was seen to run.
	Waited   bool                `json:"waited"`
	Adopted  []string            `json:"adopted,omitempty"`
	Findings []preflight.Finding `json:"findings,omitempty"`
	Objects  []plannedObject     `json:"objects,omitempty"`
	Images   []string            `json:"images,omitempty"`
}

// plannedObject is one of the chart's in a dry run.
type plannedObject struct {
	Object  string `json:"object"`
	Outcome string `json:"outcome"`
	// Note says why it was refused or could not be tried.
	Note string `json:"note,omitempty"`
}

// imageList is the document of --list-images.
type imageList struct {
	output.Header
	Chart             string   `json:"chartVersion,omitempty"`
	KubernetesVersion string   `json:"kubernetesVersion,omitempty"`
	Images            []string `json:"images"`
}

func (l *imageList) text(w io.Writer) error {
	for _, image := range l.Images {
		if _, err := fmt.Fprintln(w, image); err != nil {
			return err
		}
	}
	return nil
}

func (o *Options) newResult(d setup.Desired, made setup.Installation) *result {
	doc := &result{Header: output.NewHeader(kind), Release: d.Release, Namespace: d.Namespace, Outcome: string(made.Outcome), Waited: d.Wait,
		Chart: made.Release.ChartVersion, Version: made.Release.AppVersion, Revision: made.Release.Revision, Adopted: made.Adopted, Findings: made.Findings}
	if o.DryRun != dryRunNone {
		doc.DryRun, doc.Outcome, doc.Waited = string(o.DryRun), "", false
	}
	return doc
}

// addTrials adds what the API server said to each object, and reports whether it refused one.
func (r *result) addTrials(trials []setup.Trial) (refused bool) {
	for _, t := range trials {
		planned := plannedObject{Object: t.Object, Outcome: string(t.Outcome), Note: t.Untried}
		if t.Err != nil {
			refused = true
			planned.Outcome, planned.Note = "refused", t.Err.Error()
		}
		r.Objects = append(r.Objects, planned)
	}
	return refused
}

func (r *result) text(w io.Writer) error {
	if r.DryRun == "" {
		_, err := fmt.Fprintf(w, "release/%s %s: External Secrets Operator %s in namespace %s\n", r.Release, r.Outcome, r.Version, r.Namespace)
		return err
	}
	for _, o := range r.Objects {
		line := o.Object + " " + o.Outcome
		if o.Note != "" {
			line += " (" + o.Note + ")"
		}
		fmt.Fprintln(w, line)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(w, "%s: %s\n", f.Severity, f)
	}
	_, err := fmt.Fprintf(w, "%d objects for release %s in namespace %s (dry run, %s)\n", len(r.Objects), r.Release, r.Namespace, r.DryRun)
	return err
}
