package identity

import (
	"context"
	"fmt"
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// State is a machine identity as Infisical has it.
type State struct {
	Project  infisical.Project
	Identity infisical.Identity
	// Universal is nil where universal auth is not attached, Kubernetes likewise.
	Universal  *infisical.UniversalAuthConfig
	Kubernetes *infisical.KubernetesAuth
	// Secrets are the client secrets that are not revoked.
	Secrets []infisical.ClientSecret
	// Roles are those in the project, Privileges what comes on top of them.
	Roles      []string
	Privileges []infisical.Privilege
}

// Ensured is the outcome of Ensure: the state, what was done to reach it, and what a person should know of it.
type Ensured struct {
	State
	Changes, Notes []string
}

// Ensure finds the identity or creates it, attaches the way to log in and grants what it is to read. What is there already stays as it
// is, so that a run which was killed is completed by the next. An identity of that name that somebody else made is taken only where its ID
// was given.
func (a *Admin) Ensure(ctx context.Context, spec Spec) (Ensured, error) {
	project, err := a.project(ctx, spec)
	if err != nil {
		return Ensured{}, err
	}
	e := &Ensured{State: State{Project: project}}
	for _, step := range []func(context.Context, Spec, *Ensured) error{a.ensureIdentity, a.ensureAuth, a.ensureRole, a.ensurePrivilege} {
		if err := step(ctx, spec, e); err != nil {
			return *e, err
		}
	}
	return *e, nil
}

func (e *Ensured) did(format string, args ...any) {
	e.Changes = append(e.Changes, fmt.Sprintf(format, args...))
}

func (a *Admin) ensureIdentity(ctx context.Context, spec Spec, e *Ensured) error {
	found, ok, err := a.Find(ctx, e.Project, spec)
	if err != nil {
		return err
	}
	if ok {
		e.Identity = found
		if found.Name != spec.name() && spec.ID == "" {
			e.Notes = append(e.Notes, fmt.Sprintf("the identity is called %s in Infisical by now; it was made as %s", found.Name, spec.name()))
		}
		return a.recognize(ctx, spec, found)
	}
	a.Progress("creating the machine identity " + spec.name())
	wanted := infisical.NewIdentity{Name: spec.name(), OrganizationID: e.Project.OrganizationID, Metadata: spec.metadata()}
	e.Identity, err = a.Session.CreateIdentity(ctx, wanted)
	if isDenied(err) {
		// Without rights in the organisation, newer servers still let a project's admin have identities of the project's own.
		scoped := wanted
		scoped.ProjectID, scoped.Roles = e.Project.ID, []string{spec.role()}
		if i, inProject := a.Session.CreateIdentity(ctx, scoped); inProject == nil {
			e.Identity, err = i, nil
		}
	}
	if err != nil {
		return cause.Wrap("create the machine identity "+spec.name(), err)
	}
	e.did("identity %s created", spec.name())
	return nil
}

func (a *Admin) ensureAuth(ctx context.Context, spec Spec, e *Ensured) error {
	if spec.KubernetesAuth != nil {
		return a.ensureKubernetesAuth(ctx, *spec.KubernetesAuth, e)
	}
	config, attached, err := a.Session.UniversalAuthConfig(ctx, e.Identity.ID)
	if err != nil {
		return cause.Wrap("read the identity's universal auth", err)
	}
	if !attached {
		a.Progress("attaching universal auth")
		wanted := infisical.UniversalAuthConfig{AccessTokenTTL: TokenTTL, AccessTokenMaxTTL: TokenMaxTTL}
		if config, err = a.Session.AttachUniversalAuth(ctx, e.Identity.ID, wanted); err != nil {
			return cause.Wrap("attach universal auth to identity "+e.Identity.Name, err)
		}
		e.did("universal auth attached")
	}
	if config.AccessTokenUses > 0 {
		e.Notes = append(e.Notes, "the identity's access tokens have a limit of uses; ESO needs several for each sync")
	}
	e.Universal = &config
	return nil
}

func (a *Admin) ensureRole(ctx context.Context, spec Spec, e *Ensured) error {
	member, ok, err := a.Session.Membership(ctx, e.Project.ID, e.Identity.ID)
	if err != nil {
		return cause.Wrap("read the identity's membership in project "+spec.Project, err)
	}
	if !ok && e.Identity.ProjectID == "" { // one of the project's own has its role since it was made
		a.Progress("adding the identity to project " + spec.Project)
		if err := a.Session.AddMembership(ctx, e.Project.ID, e.Identity.ID, spec.role()); err != nil {
			return cause.Wrap("add the identity to project "+spec.Project, err)
		}
		e.did("added to project %s with the role %s", spec.Project, spec.role())
		member.Roles = []string{spec.role()}
	}
	e.Roles = member.Roles
	if spec.EnvironmentOnly && !slices.Equal(e.Roles, []string{NoAccess}) {
		e.Notes = append(e.Notes, fmt.Sprintf("the identity has the role %v in the project, which --environment-only does not take away; "+
			"a viewer sees every environment", e.Roles))
	}
	return nil
}

func (a *Admin) ensurePrivilege(ctx context.Context, spec Spec, e *Ensured) error {
	if !spec.EnvironmentOnly {
		return nil
	}
	held, err := a.Session.Privileges(ctx, e.Project, e.Identity.ID)
	if err != nil {
		return cause.Wrap("read the identity's privileges", err)
	}
	wanted := spec.privilege()
	e.Privileges = held
	if slices.ContainsFunc(held, func(p infisical.Privilege) bool { return p.Slug == wanted.Slug }) {
		return nil
	}
	a.Progress("granting environment " + spec.Environment + ", path " + spec.Path)
	if err := a.Session.AddPrivilege(ctx, e.Project, e.Identity.ID, wanted); err != nil {
		return cause.Wrap("let the identity read environment "+spec.Environment, err)
	}
	e.did("may read environment %s from path %s on", spec.Environment, spec.Path)
	e.Privileges = append(e.Privileges, wanted)
	return nil
}
