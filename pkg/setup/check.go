package setup

import (
	"context"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// Inputs are what the runbook's user brings along for a store. What is nil is taken from the cluster.
type Inputs struct {
	Credentials *infisical.UniversalAuth
	CA          *trust.Bundle
	// Ask gets the credentials from a person. It is called when they are neither given nor in the cluster; nil asks nobody.
	Ask func(context.Context) (infisical.UniversalAuth, error)
}

// Checked are inputs that have been looked at.
type Checked struct {
	Inputs
	// Finding is what has been found out about the credentials; nil for nothing.
	Finding *verify.Finding
	// Trusted means that the server has been seen to be trusted with the CA.
	Trusted bool
}

// Gather looks whether the credentials are at hand, and asks for them if they are neither given nor in the cluster. With Kubernetes Auth nobody
// has any: the cluster must hold the identity's ID.
func (r *Runner) Gather(ctx context.Context, in Inputs) (Inputs, error) {
	if r.Desired.Auth == eso.KubernetesAuth {
		in.Credentials = nil
		_, err := r.identityID(ctx, r.Desired.Secret())
		if err != nil && !apierrors.IsForbidden(err) {
			err = &cause.Error{Tried: "look for the machine identity of Kubernetes Auth", Err: err, Cause: cause.Cause{Code: "EI301",
				Summary: "the cluster does not hold the identity's ID, which the store refers to", Fix: "make the identity first: kubectl eso-infisical identity create --auth kubernetes"}}
		}
		return in, err
	}
	if in.Credentials != nil {
		return in, nil
	}
	has, err := r.HasCredentials(ctx)
	if err != nil || has {
		return in, err
	}
	if in.Ask == nil {
		return in, &InputError{Problem: NoCredentials}
	}
	auth, err := in.Ask(ctx)
	if err == nil {
		in.Credentials = &auth
	}
	return in, err
}

// Check sees that what was given works, before anything is changed. It logs in to Infisical once at most.
func (r *Runner) Check(ctx context.Context, in Inputs) (Checked, error) {
	c := Checked{Inputs: in}
	if r.CA = in.CA; r.CA != nil {
		r.Desired.CA = r.Desired.Authority()
	}
	if r.Desired.Verify == verify.Cluster {
		return c, nil // ESO, which verifies from inside the cluster, may not be there yet.
	}
	if c.Credentials == nil {
		return c, r.checkCA(ctx, &c)
	}
	finding, err := r.verify(ctx, *c.Credentials)
	c.Finding = &finding
	c.Trusted = err == nil && r.Desired.Verify == verify.Local
	return c, err
}

// checkCA sees that the server is trusted with the CA that was given.
func (r *Runner) checkCA(ctx context.Context, c *Checked) error {
	if c.CA == nil {
		return nil
	}
	err := r.proveCA(ctx, []verify.Server{{Host: r.Desired.Host, Via: r.Desired.Via}}, *c.CA, &AppliedCA{})
	c.Trusted = err == nil && r.Desired.Verify != verify.None
	return err
}

// BringCredentials writes the credentials that were given, and leaves alone those in the cluster if none were.
func (r *Runner) BringCredentials(ctx context.Context, c Checked) (Result, error) {
	switch {
	case c.Credentials == nil:
		return r.keptCredentials(), nil
	case c.Finding != nil:
		return r.Keep(ctx, *c.Credentials, *c.Finding)
	}
	return r.Bootstrap(ctx, *c.Credentials)
}

// BringCA writes the CA that was given, and leaves alone the one in the cluster if none was. That ESO looks at the store with it is left to
// ApplyStore: the store may be what is wrong yet.
func (r *Runner) BringCA(ctx context.Context, c Checked) (Result, error) {
	if c.CA == nil {
		return r.keptCA(), nil
	}
	applied, err := r.ApplyCA(ctx, CAOrder{Given: &trust.File{Bundle: *c.CA}, Proved: c.Trusted, LeaveStores: true})
	return applied.Result(), err
}

func (r *Runner) keptCredentials() Result { return kept("secret/" + r.Desired.Secret().Name) }

func (r *Runner) keptCA() Result {
	source := r.Desired.Authority()
	return kept(strings.ToLower(source.Kind()) + "/" + source.Name)
}

func kept(object string) Result {
	return Result{Object: object, Outcome: kube.Unchanged, Detail: "none given, the cluster's own is kept"}
}
