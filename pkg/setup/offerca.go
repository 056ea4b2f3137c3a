package setup

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// Offer is what a server presents, of which a person is to say whether it is the right one.
type Offer struct {
	Host string
	// Chain is all that the server presents, Taken what would be trusted of it, Before what the cluster trusts now.
	Chain         []*x509.Certificate
	Taken, Before trust.Bundle
	Warnings      []trust.Warning

	verdict        trust.Verdict
	systemSuffices bool
}

// offer fetches the server's chain. What cannot be trusted of it is an error that says what to do.
func (r *Runner) offer(ctx context.Context, server verify.Server) (Offer, error) {
	if strings.HasPrefix(server.Host, "http://") {
		return Offer{}, &InputError{Problem: "at " + server.Host + " nothing is encrypted, so that there is no certificate to fetch"}
	}
	r.Progress("looking at the certificate of " + server.Host)
	presented, err := r.Verifier.Look(ctx, server)
	if err != nil {
		return Offer{}, err
	}
	o := Offer{Host: server.Host, Chain: presented.Chain, verdict: presented.Judge(trust.Bundle{}, trust.SystemPool(), time.Now())}
	// That the chain does not end at a bundle says nothing as long as there is none.
	o.verdict.Warnings = slices.DeleteFunc(o.verdict.Warnings, func(w trust.Warning) bool { return w.Kind == trust.BundleUnused })
	o.systemSuffices = o.verdict.SystemSuffices
	o.Taken, o.Warnings, err = presented.Candidate(time.Now())
	var refused *trust.FileError
	if errors.As(err, &refused) {
		if o.systemSuffices {
			return o, nil
		}
		return o, unusable(server.Host, refused)
	}
	return o, err
}

// unusable names what is wrong with the chain that a server presents.
func unusable(host string, refused *trust.FileError) error {
	c := cause.Cause{Code: cause.IncompleteChain, Summary: "what the server presents cannot be trusted as it is", Fix: "get the CA certificate from whoever runs the server, and give it with --ca-file"}
	if refused.Problem == trust.Expired || refused.Problem == trust.NotYetValid {
		c.Code = cause.CertificateDates
	}
	return &cause.Error{Tried: "take the CA from " + host, Cause: c, Err: refused}
}

// accept lets the fingerprint or a person decide.
func (o Offer) accept(ctx context.Context, order CAOrder) error {
	if order.Fingerprint == "" {
		yes, err := order.Confirm(ctx, o)
		if err == nil && !yes {
			err = fmt.Errorf("the server's CA was %w", ErrDeclined)
		}
		return err
	}
	var seen []string
	for _, c := range o.Taken.Certificates {
		if trust.Fingerprint(c) == order.Fingerprint {
			return nil
		}
		seen = append(seen, trust.Fingerprint(c)+" ("+trust.Name(c)+")")
	}
	refusal := cause.Cause{Code: "EI419", Summary: "the fingerprint is not that of the CA which the server presents", Fix: "compare it with what whoever runs the server says. " +
		"If theirs is the one that you gave, somebody stands between you and the server"}
	for _, c := range o.Chain {
		if trust.Fingerprint(c) == order.Fingerprint {
			refusal.Summary = "the fingerprint is that of the server's own certificate or of a lower CA, and not of the CA that would be trusted"
			refusal.Fix = "give the fingerprint of the CA, once you have compared it"
		}
	}
	return &cause.Error{Tried: "take the CA from " + o.Host, Cause: refusal, Err: errors.New("given " + order.Fingerprint + "; would be trusted: " + strings.Join(seen, ", "))}
}
