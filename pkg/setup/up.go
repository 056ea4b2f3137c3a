package setup

import (
	"context"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// Inputs are what the runbook's user brings along. What is nil is taken from the cluster.
type Inputs struct {
	Credentials *infisical.UniversalAuth
	CA          *trust.Bundle
	// Ask gets the credentials from a person. It is called when they are neither given nor in the cluster; nil asks nobody.
	Ask func(context.Context) (infisical.UniversalAuth, error)

	// finding is set once the credentials have been seen to work.
	finding *verify.Finding
	// proved is set once the server has been seen to be trusted with the CA.
	proved bool
}

// Step is one part of the runbook.
type Step struct {
	// Name is the command that does this step alone.
	Name string
	Run  func(context.Context) (Result, error)
}

// Check looks whether everything is at hand, and asks for what is not, before anything is changed.
func (r *Runner) Check(ctx context.Context, in *Inputs) error {
	if err := r.Remember(ctx); err != nil {
		return err
	}
	if r.Desired.Key == "" {
		return &InputError{Problem: "say which secret of Infisical proves the setup: --key NAME"}
	}
	r.CA = in.CA
	if err := r.obtain(ctx, in); err != nil || r.Desired.Verify == verify.Cluster {
		return err // ESO, which verifies from inside the cluster, may not be there yet.
	}
	if in.Credentials == nil {
		return r.checkCA(ctx, in)
	}
	finding, err := r.verify(ctx, *in.Credentials)
	in.finding = &finding
	in.proved = err == nil && r.Desired.Verify == verify.Local
	return err
}

// checkCA sees that the server is trusted with the CA that was given.
func (r *Runner) checkCA(ctx context.Context, in *Inputs) error {
	if in.CA == nil {
		return nil
	}
	err := r.proveCA(ctx, []verify.Server{{Host: r.Desired.Host, Via: r.Desired.Via}}, *in.CA, &AppliedCA{})
	in.proved = err == nil && r.Desired.Verify != verify.None
	return err
}

// obtain asks for the credentials if they are neither given nor in the cluster.
func (r *Runner) obtain(ctx context.Context, in *Inputs) error {
	if in.Credentials != nil || r.Desired.Auth == eso.KubernetesAuth {
		return nil // With Kubernetes Auth nobody needs a client secret.
	}
	has, err := r.HasCredentials(ctx)
	if err != nil || has {
		return err
	}
	if in.Ask == nil {
		return &InputError{Problem: NoCredentials}
	}
	auth, err := in.Ask(ctx)
	if err == nil {
		in.Credentials = &auth
	}
	return err
}

// Steps are the whole runbook in order. Each one does only what is not right yet. Call Check first.
func (r *Runner) Steps(in Inputs) []Step {
	proved := false
	return []Step{
		{"install", r.Install},
		{"bootstrap", func(ctx context.Context) (Result, error) {
			switch {
			case in.Credentials == nil:
				return kept("secret/" + r.Desired.secret().Name), nil
			case in.finding != nil:
				return r.Keep(ctx, *in.Credentials, *in.finding)
			}
			return r.Bootstrap(ctx, *in.Credentials)
		}},
		{"apply-ca", func(ctx context.Context) (Result, error) {
			if in.CA == nil {
				source := r.Desired.caSource()
				return kept(strings.ToLower(source.Kind()) + "/" + source.Name), nil
			}
			// apply-store makes ESO look at the store, which may be what is wrong yet.
			applied, err := r.ApplyCA(ctx, CAOrder{Given: &trust.File{Bundle: *in.CA}, Proved: in.proved, LeaveStores: true})
			return applied.Result(), err
		}},
		{"apply-store", func(ctx context.Context) (Result, error) {
			applied, err := r.ApplyStore(ctx)
			if !applied.Outcome.Altered() {
				applied.Notes = nil // They have been told when it was written.
			}
			return applied.Result, err
		}},
		{"test", func(ctx context.Context) (result Result, err error) {
			result, proved, err = r.testUnlessProved(ctx)
			return result, err
		}},
		{"cleanup", func(ctx context.Context) (Result, error) {
			result, err := r.Cleanup(ctx, false)
			if err != nil || !proved {
				return result, err
			}
			return result, r.RecordProof(ctx)
		}},
	}
}

func kept(object string) Result {
	return Result{Object: object, Outcome: kube.Unchanged, Detail: "none given, the cluster's own is kept"}
}
