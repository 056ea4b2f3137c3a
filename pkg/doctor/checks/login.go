package checks

import (
	"context"
	"errors"
	"fmt"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// login is what came of the one login of a run. It is an input, so that no second check can make a second login of it: three that fail
// lock the identity for everyone.
var login = doctor.NewInput("a login at Infisical", func(ctx context.Context, s *doctor.Snapshot) (doctor.Result, error) {
	st, err := suspect(ctx, s)
	if err != nil || st.object == nil {
		return nil, err
	}
	if f, risky := refusedAlready(ctx, s, st); risky {
		return one(f), nil
	}
	k, secret, _ := secretOf(ctx, s, st)
	if secret.err != nil {
		return one(doctor.Found(secret.err, k.object())), nil
	}
	p, whole := pair(st, secret.value)
	if _, err := credentials.Inspect(p); !whole || err != nil {
		return one(doctor.Untold("no login was tried, since the Secret holds no whole pair that could be one", k.object())), nil
	}
	var bundle trust.Bundle
	if h, has := authorityOf(ctx, s, st); has && h.err == nil {
		bundle = trust.Stored(h.data[h.key.key])
	}
	return one(logIn(ctx, st, bundle, p)), nil
}).Late()

// Live are the checks that act on Infisical, and are made only when that is asked for.
func Live() []doctor.Check {
	return []doctor.Check{{Code: "EI310", Needs: codes("EI701"), Inputs: sources(login), Run: func(ctx context.Context, s *doctor.Snapshot) doctor.Result {
		result, err := login.Of(ctx, s)
		if err != nil {
			return one(doctor.Found(err))
		}
		return result
	}}}
}

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

// refusedAlready is the verdict that is known without a login: where Infisical has refused ESO's own, another that fails would lock the
// identity, or keep it locked.
func refusedAlready(ctx context.Context, s *doctor.Snapshot, st store) (doctor.Finding, bool) {
	events, err := storeEvents.Of(ctx, s)
	if err != nil {
		f := doctor.Found(err, st.named())
		f.Detail = "no login was tried, since the events may not be read that would tell of a locked identity: " + f.Detail
		return f, true
	}
	newest, found := kube.Newest(events[st.object.GetName()], reasonValid, reasonInvalid)
	if !found || newest.Reason == reasonValid {
		return doctor.Finding{}, false
	}
	c, _ := cause.FromText(newest.Message)
	refused := c.Code == cause.LockedOut || c.Code == cause.WrongCredentials
	return doctor.Problem(c, st.named()).Saying("no login was tried, since Infisical has refused ESO's own"), refused
}

func logIn(ctx context.Context, st store, bundle trust.Bundle, p infisical.UniversalAuth) doctor.Finding {
	v := &verify.Verifier{Progress: func(string) {}, Forward: func(service kube.ServicePort) (kube.Dial, error) {
		return nil, fmt.Errorf("%s is in the cluster, and this command opens no way into it", service)
	}}
	scope := infisical.Scope{ProjectSlug: st.Project, EnvironmentSlug: st.Environment, Path: st.Path}
	found, err := v.Credentials(ctx, verify.Local, verify.Server{Host: st.Host, CA: bundle}, p, scope)
	var away *infisical.UnreachableError
	switch {
	case errors.As(err, &away):
		// ESO may reach it nevertheless: that is for the store's own check to say.
		return doctor.Untold("Infisical cannot be reached from here: "+away.Error(), st.named())
	case err != nil:
		return doctor.Found(err, st.named())
	}
	return doctor.Holds(fmt.Sprintf("logged in once from here, and saw %d secrets", found.Keys), st.named())
}
