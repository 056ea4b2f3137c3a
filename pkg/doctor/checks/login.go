package checks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// visit is what came of the one login of a run: whether it succeeded, and what the identity sees. It holds no secret's value.
type visit struct {
	// Store is the one whose credentials were used, or empty where there was none to try.
	Store doctor.Object
	// Login is the finding about the login itself.
	Login doctor.Finding
	// Entered means that it succeeded; the rest is known only then.
	Entered bool
	// Place is why the project, environment and folder of the store could not be seen, or nil; Unsure means that this may be for want of a right.
	Place  *doctor.Finding
	Unsure string
	// Keys is how many secrets the identity sees there, -1 if unknown.
	Keys int
	// Roles are the identity's in the project, empty where it may not see them; Environments are the slugs of the project's.
	Roles, Environments []string
	Environment         string
}

// login is an input, so that no second check can make a second login: three that fail lock the identity for everyone.
var login = doctor.NewInput("a login at Infisical", func(ctx context.Context, s *doctor.Snapshot) (visit, error) {
	st, err := suspect(ctx, s)
	if err != nil || st.object == nil {
		return visit{}, err
	}
	v := visit{Store: st.named()}
	if f, risky := refusedAlready(ctx, s, st); risky {
		v.Login = f
		return v, nil
	}
	k, secret, _ := secretOf(ctx, s, st)
	if secret.err != nil {
		v.Login = doctor.Found(secret.err, k.object())
		return v, nil
	}
	p, whole := pair(st, secret.value)
	if _, err := credentials.Inspect(p); !whole || err != nil {
		v.Login = doctor.Untold("no login was tried, since the Secret holds no whole pair that could be one", k.object())
		return v, nil
	}
	enter(ctx, st, bundleOf(ctx, s, st), p, &v)
	return v, nil
}).Late().Asking(func(doctor.Cluster) []kube.Right { return nil }).Keeping(func(v visit) visit { return v })

// suspect is the store to try, of those with a client secret: one that is not ready, or else the first.
func suspect(ctx context.Context, s *doctor.Snapshot) (store, error) {
	found, err := stores.Of(ctx, s)
	if err != nil {
		return store{}, err
	}
	var first store
	for _, st := range found {
		if len(st.credentials()) != 2 {
			continue
		}
		if ready, _ := eso.Ready(st.object); ready.Status != "True" {
			return st, nil
		}
		if first.object == nil {
			first = st
		}
	}
	return first, nil
}

// refusals are the answers after which a login would fail again, and count towards a lock.
var refusals = []cause.Code{cause.LockedOut, cause.WrongCredentials, cause.SecretExpired, cause.UsesExhausted}

// refusedAlready is the verdict that is known without a login: where Infisical has refused ESO's own, another that fails would lock the
// identity, or keep it locked.
func refusedAlready(ctx context.Context, s *doctor.Snapshot, st store) (doctor.Finding, bool) {
	if r, err := identityRecord.Of(ctx, s); err == nil && r.Locked {
		return identityIsOpen(r, s.Now).Saying("no login was tried"), true
	}
	if ready, _ := eso.Ready(st.object); ready.Status == "True" {
		return doctor.Finding{}, false
	}
	why, err := refusal(ctx, s, st)
	if err != nil {
		f := doctor.Found(err, st.named())
		f.Detail = "no login was tried, since the events may not be read that would tell of a locked identity: " + f.Detail
		return f, true
	}
	c, known := cause.FromText(why.Text)
	if !known {
		return doctor.Untold("no login was tried: the store is not ready, and nothing says why, which may be a locked identity", st.named()), true
	}
	return doctor.Problem(c, st.named()).Saying("no login was tried, since Infisical has refused ESO's own"), slices.Contains(refusals, c.Code)
}

// enter logs in once from here, looks around, and ends the token.
func enter(ctx context.Context, st store, bundle trust.Bundle, p infisical.UniversalAuth, v *visit) {
	verifier := &verify.Verifier{Progress: func(string) {}, Forward: func(service kube.ServicePort) (kube.Dial, error) {
		return nil, fmt.Errorf("%s is in the cluster, and this command opens no way into it", service)
	}}
	client, err := verifier.Client(verify.Server{Host: st.Host, CA: bundle})
	if err != nil {
		v.Login = doctor.Found(err, st.named())
		return
	}
	session, err := client.Login(ctx, p)
	var away *infisical.UnreachableError
	switch {
	case errors.As(err, &away):
		// ESO may reach it nevertheless: that is for the store's own check to say.
		v.Login = doctor.Untold("Infisical cannot be reached from here: "+away.Error(), st.named())
		return
	case err != nil:
		v.Login = doctor.Found(cause.Wrap("log in to Infisical", err), st.named())
		return
	}
	defer verify.Close(ctx, session)
	v.Entered, v.Login = true, doctor.Holds("logged in once from here", st.named())
	lookAround(ctx, session, st, v)
}

// lookAround sees whether the place exists that the store names, how much is there, and what else the identity may do. Of secrets it counts
// those in that place alone.
func lookAround(ctx context.Context, session *infisical.Session, st store, v *visit) {
	scope := infisical.Scope{ProjectSlug: st.Project, EnvironmentSlug: st.Environment, Path: st.Path}
	v.Keys, v.Environment = -1, st.Environment
	if err := verify.Place(ctx, session, scope); err != nil {
		var unsure *verify.UnsureError
		if !errors.As(err, &unsure) {
			f := doctor.Found(err, st.named())
			v.Place = &f
			return
		}
		v.Unsure = unsure.Error()
	}
	keys, err := verify.See(ctx, session, scope)
	if err != nil {
		f := doctor.Found(cause.Wrap("see the secrets of the store", err), st.named())
		v.Place = &f
		return
	}
	v.Keys = keys
	project, err := session.Project(ctx, st.Project)
	if err != nil {
		return
	}
	for _, e := range project.Environments {
		v.Environments = append(v.Environments, e.Slug)
	}
	// An identity that may read no memberships has no role of the project's own, but a privilege for a part of it.
	if m, found, err := session.Membership(ctx, project.ID, session.Claims().IdentityID); err == nil && found {
		v.Roles = m.Roles
	}
}

// Live are the checks that act on Infisical, and are made only when that is asked for.
func Live() []doctor.Check {
	return []doctor.Check{
		{Code: "EI310", Needs: codes("EI701"), Inputs: sources(login), Run: visited(func(v visit) doctor.Finding { return v.Login })},
		{Code: "EI620", Needs: codes("EI310"), Inputs: sources(login), Run: visited(placeExists)},
		{Code: "EI621", Needs: codes("EI310"), Inputs: sources(login), Run: visited(identityReadsNoMore)},
		{Code: "EI622", Needs: codes("EI310"), Inputs: sources(login), Run: visited(identityDoesNotWrite)},
		{Code: "EI623", Needs: codes("EI620"), Inputs: sources(login), Run: visited(secretsAreThere)},
	}
}

// visited applies a judgement to what the login has shown.
func visited(judge func(visit) doctor.Finding) func(context.Context, *doctor.Snapshot) doctor.Result {
	return func(ctx context.Context, s *doctor.Snapshot) doctor.Result {
		v, err := login.Of(ctx, s)
		if err != nil {
			return one(doctor.Found(err))
		}
		if v.Store.Name == "" {
			return nil
		}
		return one(judge(v))
	}
}

func placeExists(v visit) doctor.Finding {
	switch {
	case v.Place != nil:
		return *v.Place
	case v.Unsure != "":
		return doctor.Holds("the identity may not look up its project, so that the folder alone was seen: "+v.Unsure, v.Store)
	}
	return doctor.Holds(fmt.Sprintf("%d secrets are there", v.Keys), v.Store)
}

// viewer is the role that reads all of a project, and changes nothing.
const viewer = "viewer"

// wholeProject are the roles that read every environment, and writers those that change secrets as well.
var (
	wholeProject = []string{viewer, "member", "developer", "admin"}
	writers      = []string{"member", "developer", "admin"}
)

func identityReadsNoMore(v visit) doctor.Finding {
	others := slices.DeleteFunc(slices.Clone(v.Environments), func(slug string) bool { return slug == v.Environment })
	roles := among(v.Roles, wholeProject)
	switch {
	case len(others) == 0 || roles == "":
		return doctor.Holds("", v.Store)
	case roles == viewer:
		// That is what this program gives it unless it is told otherwise, so it is nothing to warn of.
		return doctor.Holds("with the role viewer it reads "+strings.Join(others, ", ")+" as well; identity create --environment-only narrows that", v.Store)
	}
	return problem("EI621", "with the role "+roles+" the machine identity reads the environments "+strings.Join(others, ", ")+" as well",
		"give it the role no-access and a privilege for "+v.Environment+": kubectl eso-infisical identity create", v.Store)
}

func identityDoesNotWrite(v visit) doctor.Finding {
	roles := among(v.Roles, writers)
	if roles == "" {
		return doctor.Holds("", v.Store)
	}
	return problem("EI622", "with the role "+roles+" the machine identity may change secrets", "give it the role Viewer, or a privilege to read, in Infisical", v.Store)
}

func among(roles, known []string) string {
	var found []string
	for _, role := range roles {
		if slices.Contains(known, role) {
			found = append(found, role)
		}
	}
	return strings.Join(found, ", ")
}

func secretsAreThere(v visit) doctor.Finding {
	if v.Keys != 0 {
		return doctor.Holds("", v.Store)
	}
	return problem("EI623", "the login works, and the identity sees no secret where the store looks", "look in Infisical where the secrets are, and correct environment and path: kubectl eso-infisical apply-store --path PATH", v.Store)
}
