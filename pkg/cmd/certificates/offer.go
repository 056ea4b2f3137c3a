// Package certificates shows CA certificates, and what has become of them, to people and to programs. apply-ca and rotate ca share it.
package certificates

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/ui"
)

// Confirm shows what a server presents and asks a person whether it is to be trusted. Where nobody can be asked, the error holds the
// fingerprints, to be compared and given.
func Confirm(f *clients.Factory) func(context.Context, setup.Offer) (bool, error) {
	return func(ctx context.Context, o setup.Offer) (bool, error) {
		defer f.Progress.Pause()()
		taken := o.Taken.Certificates[0]
		question := fmt.Sprintf("Trust %s, SHA-256 %s?", trust.Name(taken), trust.Fingerprint(taken))
		var shown strings.Builder
		show(&shown, o)
		// What is asked about comes first, so that it is seen whoever answers.
		yes, err := ui.Confirm(ctx, f.Streams.In, f.Streams.ErrOut, shown.String()+question)
		if errors.Is(err, ui.ErrNoTerminal) {
			return false, &setup.InputError{Problem: "nobody is there to confirm what the server presents; compare the fingerprint with what whoever runs the " +
				"server says, and give it with --fingerprint\n" + strings.TrimRight(shown.String(), "\n")}
		}
		return yes, err
	}
}

// show writes the chain, and which of it would be trusted.
func show(w io.Writer, o setup.Offer) {
	fmt.Fprintf(w, "%s presents:\n", o.Host)
	for i, c := range o.Chain {
		mark := ""
		if o.Taken.Contains(c) {
			mark = "   <- would be trusted"
		}
		fmt.Fprintf(w, "  %d  subject  %s%s\n     issuer   %s\n     valid    %s to %s\n     SHA-256  %s\n",
			i+1, trust.Name(c), mark, c.Issuer, stamp(c.NotBefore), stamp(c.NotAfter), trust.Fingerprint(c))
	}
	for _, c := range o.Before.Certificates {
		same := "replaced"
		if o.Taken.Contains(c) {
			same = "the same"
		}
		fmt.Fprintf(w, "the cluster trusts now (%s): %s, SHA-256 %s\n", same, trust.Name(c), trust.Fingerprint(c))
	}
	for _, warning := range o.Warnings {
		fmt.Fprintf(w, "warning: %s\n", warning.Text)
	}
}
