package applystore

import (
	"fmt"
	"io"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// kind of the document.
const kind = "StoreResult"

type document struct {
	output.Header
	Store        *store   `json:"store,omitempty"`
	Outcome      string   `json:"outcome,omitempty"`
	DryRun       bool     `json:"dryRun"`
	PlaceChecked bool     `json:"placeChecked"`
	Diff         string   `json:"diff,omitempty"`
	Notes        []string `json:"notes"`
}

type store struct {
	Kind              string `json:"kind"`
	Namespace         string `json:"namespace,omitempty"`
	Name              string `json:"name"`
	Host              string `json:"host"`
	Project           string `json:"project"`
	Environment       string `json:"environment"`
	Path              string `json:"path"`
	Auth              string `json:"auth"`
	Recursive         bool   `json:"recursive"`
	ExpandReferences  bool   `json:"expandReferences"`
	Organization      string `json:"organization,omitempty"`
	OpenToAll         bool   `json:"openToAllNamespaces"`
	CredentialsSecret string `json:"credentialsSecret"`
}

func (o *Options) document(r setup.StoreResult) *document {
	d := &document{Header: output.NewHeader(kind), Outcome: string(r.Outcome), DryRun: o.DryRun.Only(), PlaceChecked: r.Checked,
		Diff: r.Changes, Notes: append([]string{}, r.Notes...)}
	if s := r.Store; s.Name != "" {
		d.Store = &store{Kind: s.Kind(), Namespace: s.Namespace, Name: s.Name, Host: s.Host, Project: s.Project, Environment: s.Environment, Path: s.Path,
			Auth: string(s.Auth), Recursive: s.Recursive, ExpandReferences: !s.NoExpand, Organization: s.Organization, OpenToAll: s.Open(),
			CredentialsSecret: s.Credentials.Namespace + "/" + s.Credentials.Name}
	}
	return d
}

// print writes the result. What a real run has changed is told beside it; with a dry run it is the result.
func (o *Options) print(r setup.StoreResult, err error) error {
	if err == nil && !o.Output.Document() {
		o.Factory.Note(r.Notes...)
		if r.Changes != "" && !o.DryRun.Only() && r.Outcome != "created" {
			fmt.Fprint(o.Factory.Streams.ErrOut, r.Changes)
		}
	}
	return output.Write(o.Factory.Streams.Out, o.Output, kind, o.document(r), err, func(w io.Writer) error {
		if o.DryRun.Only() {
			fmt.Fprint(w, r.Changes)
		}
		_, err := fmt.Fprintf(w, "%s %s%s: %s\n", r.Object, r.Outcome, o.DryRun.Note(), r.Detail)
		return err
	})
}
