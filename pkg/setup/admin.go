package setup

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// AdminAccess is somebody's right to administer machine identities: a token, or the universal auth of an admin's own identity.
type AdminAccess struct {
	Token string
	Pair  *infisical.UniversalAuth
}

// String keeps the token out of every log and message.
func (AdminAccess) String() string { return "[admin access]" }

// GoString does the same for %#v.
func (AdminAccess) GoString() string { return "[admin access]" }

// Administer opens a session for administration; call end when it is over. A token that was given is not revoked, since it is not ours.
func (r *Runner) Administer(ctx context.Context, access AdminAccess) (admin *identity.Admin, end func(), err error) {
	server, err := r.server(ctx)
	if err != nil {
		return nil, nil, err
	}
	return r.AdministerAt(ctx, server, access)
}

// AdministerAt does the same at another server than the desired one.
func (r *Runner) AdministerAt(ctx context.Context, server verify.Server, access AdminAccess) (admin *identity.Admin, end func(), err error) {
	client, err := r.Verifier.Client(server)
	if err != nil {
		return nil, nil, err
	}
	session := client.WithToken(access.Token)
	if access.Pair != nil {
		r.Progress("logging in to Infisical as administrator")
		if session, err = client.Login(ctx, *access.Pair); err != nil {
			return nil, nil, verify.Offering(cause.Wrap("log in to Infisical as administrator", err))
		}
	}
	return &identity.Admin{Session: session, Progress: r.Progress}, func() { verify.Close(ctx, session) }, nil
}

// Projects lists what somebody sees at the desired server, with one login, or with a token that was given. No cluster is needed.
func (r *Runner) Projects(ctx context.Context, access AdminAccess) ([]infisical.Project, error) {
	server := verify.Server{Host: r.Desired.Host, Via: r.Desired.Via}
	if r.CA != nil {
		server.CA = *r.CA
	}
	admin, end, err := r.AdministerAt(ctx, server, access)
	if err != nil {
		return nil, err
	}
	defer end()
	r.Progress("listing the projects")
	projects, err := admin.Session.Projects(ctx)
	return projects, cause.Wrap("list the projects", err)
}

// client makes a client for the desired server.
func (r *Runner) client(ctx context.Context) (*infisical.Client, error) {
	server, err := r.server(ctx)
	if err != nil {
		return nil, err
	}
	return r.Verifier.Client(server)
}

// Identity is the machine identity that is desired.
func (d *Desired) Identity() identity.Spec {
	spec := d.MachineIdentity
	spec.Project, spec.Environment, spec.Path = d.Project, d.Environment, d.Path
	return spec
}

// holder names this cluster's Secret to Infisical. The cluster is told from others by the UID of a namespace that every one has.
func (r *Runner) holder(ctx context.Context) (identity.Holder, error) {
	ref := r.Desired.Secret()
	h := identity.Holder{ClusterName: r.ClusterName, ClusterID: r.ClusterName, Namespace: ref.Namespace, Secret: ref.Name}
	id, err := kube.ClusterUID(ctx, r.Typed)
	switch {
	case err == nil:
		h.ClusterID = id
	case !apierrors.IsForbidden(err) && !apierrors.IsNotFound(err):
		return h, err
	}
	return h, nil // Without the right to read it, the name that the kubeconfig gives the cluster has to do.
}
