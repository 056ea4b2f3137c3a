package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// Admin administers machine identities with somebody's right to do so.
type Admin struct {
	Session *infisical.Session
	// Progress receives one line whenever something is about to be done.
	Progress func(string)
}

// Find looks for the identity. Names are not unique in Infisical: one that says that this program made it for the project comes first,
// and where several remain, the error names them. It reports false where there is none. Who made what it finds is for recognize to say.
func (a *Admin) Find(ctx context.Context, project infisical.Project, spec Spec) (infisical.Identity, bool, error) {
	all, err := a.visible(ctx, project)
	if err != nil {
		return infisical.Identity{}, false, err
	}
	found := matching(all, spec)
	switch {
	case len(found) > 1:
		return infisical.Identity{}, false, ambiguous(spec, found)
	case len(found) == 1:
		return found[0], true, nil
	case spec.ID != "":
		return infisical.Identity{}, false, &cause.Error{Tried: "find the machine identity", Cause: cause.Cause{Code: "EI323",
			Summary: "there is no machine identity with the ID " + spec.ID, Fix: "copy the ID from the identity's page in Infisical, or leave --identity-id out"}}
	}
	return infisical.Identity{}, false, nil
}

func (a *Admin) project(ctx context.Context, spec Spec) (infisical.Project, error) {
	project, err := a.Session.Project(ctx, spec.Project)
	return project, cause.Wrap("look up project "+spec.Project, a.Session.Meant(ctx, spec.Project, err))
}

// ClientID is the one that the identity logs in with, or empty if there is no such identity yet or it has no universal auth. It fails for
// an identity that Ensure would not take.
func (a *Admin) ClientID(ctx context.Context, spec Spec) (string, error) {
	project, err := a.project(ctx, spec)
	if err != nil {
		return "", err
	}
	found, ok, err := a.Find(ctx, project, spec)
	if err != nil || !ok {
		return "", err
	}
	if err := a.recognize(ctx, spec, found); err != nil {
		return "", err
	}
	config, err := a.universal(ctx, found.ID)
	if err != nil || config == nil {
		return "", err
	}
	return config.ClientID, nil
}

// matching picks what is meant: the ID that was given; what this program made, also if somebody has renamed it; whatever has the name.
func matching(all []infisical.Identity, spec Spec) []infisical.Identity {
	pick := func(wanted func(infisical.Identity) bool) []infisical.Identity {
		return slices.DeleteFunc(slices.Clone(all), func(i infisical.Identity) bool { return !wanted(i) })
	}
	if spec.ID != "" {
		return pick(func(i infisical.Identity) bool { return i.ID == spec.ID })
	}
	for _, meant := range []func(infisical.Identity) bool{
		func(i infisical.Identity) bool { return spec.made(i) && i.Name == spec.name() },
		spec.made,
		func(i infisical.Identity) bool { return i.ID == spec.Remembered },
	} {
		if found := pick(meant); len(found) > 0 {
			return found
		}
	}
	return pick(func(i infisical.Identity) bool { return i.Name == spec.name() })
}

func ambiguous(spec Spec, found []infisical.Identity) error {
	var ids []string
	for _, i := range found {
		ids = append(ids, i.ID)
	}
	return &cause.Error{Tried: "find the machine identity " + spec.name(), Cause: cause.Cause{Code: "EI322",
		Summary: fmt.Sprintf("Infisical has %d machine identities of that name: %s", len(found), strings.Join(ids, ", ")),
		Fix:     "say which one with --identity-id ID, or delete the others in Infisical"}}
}

// visible lists the identities of the organisation and of the project, as far as the session may. Without any right to look, nothing
// may be created either: there might be one already.
func (a *Admin) visible(ctx context.Context, project infisical.Project) ([]infisical.Identity, error) {
	organization, denied := a.Session.Identities(ctx, project.OrganizationID)
	if denied != nil && !isDenied(denied) {
		return nil, cause.Wrap("list the organisation's machine identities", denied)
	}
	scoped, err := a.Session.ProjectIdentities(ctx, project.ID)
	switch {
	case errors.Is(err, infisical.ErrUnsupported), isDenied(err):
		if denied != nil {
			return nil, cause.Wrap("list the organisation's machine identities", denied)
		}
		scoped = nil
	case err != nil:
		return nil, cause.Wrap("list the project's machine identities", err)
	}
	return slices.Concat(organization, scoped), nil
}

// isDenied reports a missing right to administer, as opposed to a failure.
func isDenied(err error) bool {
	c, ok := cause.Of(err)
	return ok && (c.Code == cause.ManagementDenied || c.Code == cause.PrivilegeBoundary)
}
