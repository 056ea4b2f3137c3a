package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// Finding is what is known of credentials that work.
type Finding struct {
	// From is who has tried them out.
	From Mode
	// Claims are what the login's token says; ESO does not tell them.
	Claims infisical.Claims
	// Keys is the number of secrets that the identity sees in the scope, -1 if unknown.
	Keys int
}

// offer is added to a failure to reach Infisical from here.
const offer = "; if only the cluster reaches it, use --via service/NAME.NAMESPACE[:PORT]"

// local logs in once and lists once.
func (v *Verifier) local(ctx context.Context, s Server, auth infisical.UniversalAuth, scope infisical.Scope) (Finding, error) {
	client, err := v.Client(s)
	if err != nil {
		return Finding{}, err
	}
	v.Progress("logging in to Infisical once")
	session, err := client.Login(ctx, auth)
	if err != nil {
		return Finding{}, offering(cause.Wrap("verify the credentials", err))
	}
	defer Close(ctx, session)
	keys, err := See(ctx, session, scope)
	return Finding{From: Local, Claims: session.Claims(), Keys: keys}, cause.Wrap("verify the credentials", err)
}

// Close revokes the session's token. One that is not revoked ends by itself, so that a failure is no reason to fail anything else.
func Close(ctx context.Context, session *infisical.Session) {
	_ = session.Close(context.WithoutCancel(ctx))
}

// See lists the scope and returns how many secrets the session sees there. Where it sees none it makes sure that the scope exists: old
// servers answer an unknown environment or folder with an empty list.
func See(ctx context.Context, session *infisical.Session, scope infisical.Scope) (int, error) {
	secrets, err := session.Secrets(ctx, scope)
	if err != nil || len(secrets) > 0 {
		return len(secrets), session.Meant(ctx, scope.ProjectSlug, err)
	}
	project, err := session.Project(ctx, scope.ProjectSlug)
	if err != nil {
		return 0, err
	}
	if err := KnownEnvironment(project, scope.EnvironmentSlug); err != nil {
		return 0, err
	}
	return 0, knownPath(ctx, session, project, scope)
}

// KnownEnvironment fails for a slug that the project does not have, and names the one that is meant.
func KnownEnvironment(project infisical.Project, slug string) error {
	var slugs []string
	for _, e := range project.Environments {
		if e.Slug == slug {
			return nil
		}
		if strings.EqualFold(e.Name, slug) || strings.EqualFold(e.Slug, slug) {
			return unknownEnvironment(slug, fmt.Sprintf("use the environment %s: Infisical shows the name %s, the slug is '%s'", e.Slug, e.Name, e.Slug))
		}
		slugs = append(slugs, e.Slug)
	}
	return unknownEnvironment(slug, "use one of the project's environments: "+strings.Join(slugs, ", "))
}

func unknownEnvironment(slug, fix string) error {
	return &cause.Error{Tried: "look for environment " + slug, Cause: cause.Cause{Code: cause.EnvironmentUnknown,
		Summary: "the project has no environment with the slug '" + slug + "'", Fix: fix}}
}

// knownPath walks down from the root, which is the only way on all servers to tell a missing folder from an empty one. What the session
// may not look at counts as there.
func knownPath(ctx context.Context, session *infisical.Session, project infisical.Project, scope infisical.Scope) error {
	parent := "/"
	for _, segment := range strings.Split(strings.Trim(scope.Path, "/"), "/") {
		if segment == "" {
			continue
		}
		folders, err := session.Folders(ctx, project.ID, scope.EnvironmentSlug, parent)
		if err != nil {
			return nil
		}
		if !slices.Contains(folders, segment) {
			return &cause.Error{Tried: "look for folder " + scope.Path, Cause: cause.Cause{Code: cause.PathUnknown,
				Summary: fmt.Sprintf("environment %s has no folder %s in %s", scope.EnvironmentSlug, segment, parent),
				Fix:     "use a path whose folders exist (upper and lower case count)" + among(folders)}}
		}
		parent = strings.TrimSuffix(parent, "/") + "/" + segment
	}
	return nil
}

func among(folders []string) string {
	if len(folders) == 0 {
		return "; there is none there"
	}
	return ": there is " + strings.Join(folders, ", ")
}

// offering adds what Offering does, and that ESO may look in place of this program.
func offering(err error) error {
	var named *cause.Error
	err = Offering(err)
	if errors.As(err, &named) && strings.HasSuffix(named.Cause.Fix, offer) {
		named.Cause.Fix += " or --verify=cluster"
	}
	return err
}

// Offering adds to a failure to connect what can be done about it: the other way to Infisical, which all commands have that call it, or another CA.
func Offering(err error) error {
	var away *infisical.UnreachableError
	var named *cause.Error
	if !errors.As(err, &away) || !errors.As(err, &named) {
		return err
	}
	switch named.Cause.Code {
	case cause.HostUnknown, cause.ConnectionRefused, cause.TimedOut:
		named.Cause.Fix += offer
	case cause.UnknownAuthority, cause.RenewedAuthority, cause.IncompleteChain:
		named.Cause.Fix += "; bootstrap, identity and up take it with --ca-file FILE, too"
	}
	return err
}
