package applyca

import (
	"fmt"
	"io"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/certificates"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// kind of the document.
const kind = "CertificateAuthority"

// document is what "apply-ca" prints.
type document struct {
	output.Header
	Object       certificates.Object        `json:"object"`
	Outcome      string                     `json:"outcome"`
	Certificates []certificates.Certificate `json:"certificates"`
	// VerifiedBy is local or cluster, and Hosts those that were looked at; both are empty if nobody has looked.
	VerifiedBy string               `json:"verifiedBy,omitempty"`
	Hosts      []string             `json:"hosts,omitempty"`
	NotNeeded  bool                 `json:"notNeeded"`
	Adopted    []string             `json:"takenOverFrom,omitempty"`
	Warnings   []trust.Warning      `json:"warnings,omitempty"`
	Stores     []certificates.Store `json:"stores"`

	short setup.Result
}

func newDocument(a setup.AppliedCA) *document {
	d := &document{Header: output.NewHeader(kind), Object: certificates.ObjectOf(a.Source), Outcome: string(a.Outcome), Certificates: certificates.Changes(a.Before, a.After),
		Hosts: a.Hosts, NotNeeded: a.NotNeeded, Adopted: a.Adopted, Warnings: a.Warnings, Stores: certificates.Stores(a.Stores), short: a.Result()}
	if len(a.Hosts) > 0 {
		d.VerifiedBy = string(a.VerifiedBy)
	}
	return d
}

// write shows it to people.
func (d *document) write(w io.Writer) error {
	if d.NotNeeded {
		_, err := fmt.Fprintf(w, "%s %s: no CA is needed for %s, the certificates of this machine's system suffice\n", d.short.Object, d.Outcome, strings.Join(d.Hosts, ", "))
		return err
	}
	fmt.Fprintln(w, strings.Join(append([]string{d.short.String()}, nonEmpty(certificates.Adopted(d.Adopted))...), "; "))
	certificates.WriteChanges(w, d.Certificates)
	fmt.Fprintln(w, "  "+d.verification())
	certificates.WriteStores(w, d.Stores)
	return nil
}

func (d *document) verification() string {
	hosts := strings.Join(d.Hosts, ", ")
	switch {
	case len(d.Hosts) == 0:
		return "not verified: nobody has looked whether the server is trusted with it (--host says where the server is)"
	case d.VerifiedBy == string(verify.Cluster):
		return "verified by ESO from inside the cluster: it trusts " + hosts
	}
	return "verified: name, chain and dates of " + hosts + " hold with it"
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
