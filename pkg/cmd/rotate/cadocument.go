package rotate

import (
	"fmt"
	"io"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/authority"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/certificates"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// caKind is the kind of the document.
const caKind = "CertificateAuthorityRotation"

// caDocument is what "rotate ca" prints.
type caDocument struct {
	output.Header
	Object certificates.Object `json:"object"`
	// Phase is overlap, rotated or unchanged.
	Phase        string                     `json:"phase"`
	Certificates []certificates.Certificate `json:"certificates"`
	// Next is what a person has to do, or empty.
	Next     string               `json:"next,omitempty"`
	Adopted  []string             `json:"takenOverFrom,omitempty"`
	Warnings []trust.Warning      `json:"warnings,omitempty"`
	Stores   []certificates.Store `json:"stores"`
}

func newCADocument(r setup.RotatedCA) *caDocument {
	d := &caDocument{Header: output.NewHeader(caKind), Object: certificates.ObjectOf(r.Source), Phase: string(r.Phase), Certificates: certificates.Changes(r.Before, r.After),
		Adopted: r.Adopted, Warnings: r.Warnings, Stores: certificates.Stores(r.Stores)}
	if r.Phase == authority.Overlap {
		d.Next = "let the server present a certificate of the new CA, then run kubectl eso-infisical rotate ca again, or do now with --watch"
	}
	return d
}

// meaning says the phase in words.
func (d *caDocument) meaning() string {
	switch authority.Phase(d.Phase) {
	case authority.Overlap:
		return "old and new CA are both trusted; the server still presents a certificate of the old one"
	case authority.Rotated:
		return "the server presents a certificate of the new CA, which alone is trusted"
	}
	return "the CA that was given is in place already, alone, and the server is trusted with it"
}

// write shows it to people.
func (d *caDocument) write(w io.Writer) error {
	line := fmt.Sprintf("%s/%s %s: %s", strings.ToLower(d.Object.Kind), d.Object.Name, d.Phase, d.meaning())
	if from := certificates.Adopted(d.Adopted); from != "" {
		line += "; " + from
	}
	fmt.Fprintln(w, line)
	certificates.WriteChanges(w, d.Certificates)
	certificates.WriteStores(w, d.Stores)
	if d.Next != "" {
		fmt.Fprintln(w, "  next: "+d.Next)
	}
	return nil
}
