package setup

import (
	"context"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// server is the desired Infisical with the CA that was given, or else the one that the cluster holds for ESO.
func (r *Runner) server(ctx context.Context) (verify.Server, error) {
	s := verify.Server{Host: r.Desired.Host, Via: r.Desired.Via}
	if err := r.Desired.checkSchemeOf(r.Desired.Host); err != nil {
		return s, err // the host may be a store's
	}
	if r.CA != nil {
		s.CA = *r.CA
		return s, nil
	}
	source, err := r.existingCA(ctx)
	if err != nil {
		return s, err
	}
	s.CA, err = r.heldCA(ctx, source)
	return s, err
}

// serverOf is the Infisical of an existing store, verified with what the store trusts.
func (r *Runner) serverOf(ctx context.Context, store eso.Store) (verify.Server, error) {
	if err := r.Desired.checkSchemeOf(store.Host); err != nil {
		return verify.Server{}, err
	}
	ca, err := r.heldCA(ctx, store.CA)
	return verify.Server{Host: store.Host, CA: ca, Via: r.Desired.Via}, err
}

// scope is the place in Infisical that the desired store reads.
func (d *Desired) scope() infisical.Scope {
	return infisical.Scope{ProjectSlug: d.Project, EnvironmentSlug: d.Environment, Path: d.Path, ExpandReferences: true}
}

// verify tries the pair out in the desired way, before anything is written.
func (r *Runner) verify(ctx context.Context, auth infisical.UniversalAuth) (verify.Finding, error) {
	if r.Desired.Verify == verify.None {
		return r.Verifier.Credentials(ctx, verify.None, verify.Server{}, auth, infisical.Scope{})
	}
	server, err := r.server(ctx)
	if err != nil {
		return verify.Finding{}, err
	}
	return r.Verifier.Credentials(ctx, r.Desired.Verify, server, auth, r.Desired.scope())
}
