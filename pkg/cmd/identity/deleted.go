package identity

import (
	"cmp"
	"fmt"
	"io"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

const deletedKind = "DeletedIdentity"

// deleted is what "identity delete" prints.
type deleted struct {
	output.Header
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Outcome is deleted, or unchanged where the identity was gone already.
	Outcome string `json:"outcome"`
	// Removed are the objects in the cluster that went with it.
	Removed []string `json:"removed"`
}

func newDeleted(d setup.DeletedIdentity) *deleted {
	return &deleted{Header: output.NewHeader(deletedKind), ID: d.ID, Name: d.Name, Outcome: string(d.Outcome), Removed: append([]string{}, d.Removed...)}
}

func (d *deleted) text(w io.Writer) error {
	what := "deleted: its credentials work nowhere any more"
	if d.Outcome == string(kube.Unchanged) {
		what = "was deleted before"
	}
	fmt.Fprintf(w, "identity/%s %s\n", cmp.Or(d.Name, d.ID), what)
	for _, object := range d.Removed {
		fmt.Fprintf(w, "%s deleted\n", object)
	}
	return nil
}
