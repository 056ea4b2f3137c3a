package setup

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/authority"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// CAOrder says where a CA comes from.
type CAOrder struct {
	// Given is what a file holds; nil takes what the server presents, once its fingerprint has been confirmed.
	Given *trust.File
	// Fingerprint is that of a certificate to be taken from the server, as trust.Fingerprint has it, or empty: then Confirm asks.
	Fingerprint string
	Confirm     func(context.Context, Offer) (bool, error)
	// Proved means that the server has been seen to be trusted with what was given.
	Proved bool
	// LeaveStores does not wait for ESO's verdict on the stores that use the CA.
	LeaveStores bool
}

// AppliedCA says what ApplyCA did.
type AppliedCA struct {
	Source  eso.CASource
	Outcome kube.Outcome
	// Before and After are the certificates that the object holds.
	Before, After trust.Bundle
	// Adopted names the people's tools from whom the object was taken over.
	Adopted []string
	// VerifiedBy says who has looked at the servers in Hosts, which is empty if nobody has.
	VerifiedBy verify.Mode
	Hosts      []string
	Warnings   []trust.Warning
	// Stores are those that ESO has judged with the new CA.
	Stores []authority.Judged
	// NotNeeded means that nothing was written, since the system's certificates suffice.
	NotNeeded bool
}

// ApplyCA writes a CA as the object that the store refers to, once the servers have been seen to be trusted with it, and makes ESO look again
// at the stores that use it. A server that would not be trusted is a cause.Error, and nothing is changed.
func (r *Runner) ApplyCA(ctx context.Context, order CAOrder) (AppliedCA, error) {
	source, err := r.locateCA(ctx)
	if err != nil {
		return AppliedCA{}, err
	}
	out := AppliedCA{Source: source, Outcome: kube.Unchanged}
	servers, err := r.caServers(ctx, source)
	if err != nil {
		return out, err
	}
	held, err := authority.Read(ctx, r.Dynamic, source)
	if err != nil {
		return out, err
	}
	out.Before, out.After = held.Bundle, held.Bundle
	if err := r.requireCARights(ctx, source, held.Exists()); err != nil {
		return out, err
	}
	next, err := r.obtainCA(ctx, order, servers, &out)
	if err != nil || out.NotNeeded {
		return out, err
	}
	if !order.Proved {
		if err := r.proveCA(ctx, servers, next, &out); err != nil {
			return out, err
		}
	}
	if err := r.ensureNamespace(ctx, source.Namespace, nil); err != nil {
		return out, err
	}
	written, err := authority.Write(ctx, r.Dynamic, source, held, next, nil, r.Desired.ForceConflicts)
	if err != nil {
		return out, err
	}
	out.Outcome, out.Adopted, out.After = written.Outcome, written.Adopted, next
	if order.LeaveStores {
		return out, nil
	}
	return out, r.judgeStores(ctx, &out)
}

// obtainCA takes the CA from the file or from the server.
func (r *Runner) obtainCA(ctx context.Context, order CAOrder, servers []verify.Server, out *AppliedCA) (trust.Bundle, error) {
	if order.Given != nil {
		out.Warnings = append(out.Warnings, order.Given.Warnings...)
		return order.Given.Bundle, nil
	}
	if len(servers) == 0 {
		return trust.Bundle{}, &InputError{Problem: "there is no store in the cluster that names the server; say which one with --host"}
	}
	if len(servers) > 1 {
		return trust.Bundle{}, &InputError{Problem: "the stores lead to several servers; say which one with --host"}
	}
	return r.takeFrom(ctx, servers[0], order, out)
}

// takeFrom takes the CA that the server presents, or nothing where the system's certificates suffice.
func (r *Runner) takeFrom(ctx context.Context, server verify.Server, order CAOrder, out *AppliedCA) (trust.Bundle, error) {
	offer, err := r.offer(ctx, server)
	if err != nil {
		return trust.Bundle{}, err
	}
	if offer.systemSuffices && order.Fingerprint == "" {
		out.NotNeeded, out.Warnings, out.Hosts, out.VerifiedBy = true, offer.verdict.Warnings, []string{server.Host}, verify.Local
		return trust.Bundle{}, nil
	}
	offer.Before = out.Before
	out.Warnings = append(out.Warnings, offer.Warnings...)
	return offer.Taken, offer.accept(ctx, order)
}

// TakeCA takes the CA that the desired server presents, once the order's fingerprint or a person has said that it is the right one. It is empty
// where the system's certificates suffice, and then nobody is asked. No cluster is needed.
func (r *Runner) TakeCA(ctx context.Context, order CAOrder) (trust.Bundle, []trust.Warning, error) {
	var out AppliedCA
	bundle, err := r.takeFrom(ctx, verify.Server{Host: r.Desired.Host, Via: r.Desired.Via}, order, &out)
	return bundle, out.Warnings, err
}

// proveCA looks whether the servers are trusted with the bundle.
func (r *Runner) proveCA(ctx context.Context, servers []verify.Server, bundle trust.Bundle, out *AppliedCA) error {
	if r.Desired.Verify == verify.None {
		return nil
	}
	for _, server := range servers {
		if strings.HasPrefix(server.Host, "http://") {
			continue // there is nothing to trust
		}
		server.CA = bundle
		warnings, err := r.Verifier.Trust(ctx, r.Desired.Verify, server)
		if err != nil {
			return err
		}
		out.VerifiedBy, out.Hosts = r.Desired.Verify, append(out.Hosts, server.Host)
		out.Warnings = append(out.Warnings, warnings...)
	}
	return nil
}

// judgeStores makes ESO look again at the stores that use the CA, and says which of them are ready.
func (r *Runner) judgeStores(ctx context.Context, out *AppliedCA) error {
	using, err := r.unjudged(ctx, out.Source)
	if err != nil || len(using) == 0 {
		return err
	}
	r.Progress("waiting for ESO to judge the stores that use the CA")
	out.Stores = authority.Revalidate(ctx, r.Dynamic, using)
	return storesError(ctx, out.Stores)
}

// storesError is nil if all stores are ready.
func storesError(ctx context.Context, stores []authority.Judged) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var failed []error
	for _, s := range stores {
		if s.Err != nil {
			failed = append(failed, s.Err)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrStoresNotReady, errors.Join(failed...))
}

// Result is the short form, for who does more than this.
func (a AppliedCA) Result() Result {
	var names []string
	for _, c := range a.After.Certificates {
		names = append(names, trust.Describe(c))
	}
	return Result{Object: a.Object(), Outcome: a.Outcome, Detail: strings.Join(names, "; ")}
}

// Object is the object, as kubectl writes it: kind/name.
func (a AppliedCA) Object() string { return strings.ToLower(a.Source.Kind()) + "/" + a.Source.Name }
