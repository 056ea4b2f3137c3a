package identity

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/infisicaltest"
)

var (
	spec   = Spec{Project: infisicaltest.ProjectSlug, Environment: "prod", Path: "/app"}
	holder = Holder{ClusterName: "c", ClusterID: "uid-1", Namespace: "external-secrets", Secret: "creds"}
)

func admin(t *testing.T, s *infisicaltest.Server, token string) *Admin {
	t.Helper()
	return &Admin{Session: s.Session(t, token), Progress: func(string) {}}
}

func ensure(t *testing.T, a *Admin, s Spec) Ensured {
	t.Helper()
	e, err := a.Ensure(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// code is that of the cause which the error must have.
func code(t *testing.T, err error) cause.Code {
	t.Helper()
	var named *cause.Error
	if !errors.As(err, &named) {
		t.Fatalf("error = %v", err)
	}
	return named.Cause.Code
}

// eras tries something with a server of each age.
func eras(t *testing.T, try func(t *testing.T, s *infisicaltest.Server)) {
	for name, old := range map[string]bool{"2024": true, "2026": false} {
		t.Run(name, func(t *testing.T) {
			s := infisicaltest.Start(t)
			s.Old = old
			try(t, s)
		})
	}
}

func TestEnsureMakesOneAndKeepsIt(t *testing.T) {
	eras(t, func(t *testing.T, s *infisicaltest.Server) {
		a := admin(t, s, infisicaltest.AdminToken)
		made := ensure(t, a, spec)
		want := []string{"identity eso-demo created", "universal auth attached", "added to project demo with the role viewer"}
		if diff := cmp.Diff(want, made.Changes); diff != "" {
			t.Error(diff)
		}
		if _, err := a.Issue(t.Context(), made.State, holder, 0); err != nil {
			t.Fatal(err)
		}
		again := ensure(t, a, spec)
		if len(again.Changes) > 0 || len(again.Notes) > 0 || again.Identity.ID != made.Identity.ID || len(s.Identities()) != 1 {
			t.Errorf("the second run changes %v and notes %v", again.Changes, again.Notes)
		}
	})
}

func TestEnsureCompletesWhatAKilledRunHasLeft(t *testing.T) {
	eras(t, func(t *testing.T, s *infisicaltest.Server) {
		for _, route := range []string{"universal-auth/identities", "identity-memberships", "client-secrets"} {
			s.Before = func(r *http.Request) int {
				if r.Method == http.MethodPost && strings.Contains(r.URL.Path, route) {
					return http.StatusInternalServerError
				}
				return 0
			}
			a := admin(t, s, infisicaltest.AdminToken)
			e, err := a.Ensure(t.Context(), spec)
			if err == nil {
				_, err = a.Issue(t.Context(), e.State, holder, 0)
			}
			if code(t, err) != cause.ServerFailed {
				t.Errorf("broken at %s: %v", route, err)
			}
		}
		s.Before = nil
		ensure(t, admin(t, s, infisicaltest.AdminToken), spec)
		if n := len(s.Identities()); n != 1 {
			t.Errorf("there are %d identities", n)
		}
	})
}

func TestAStrangerIsRefusedUnlessItsIDIsGiven(t *testing.T) {
	eras(t, func(t *testing.T, s *infisicaltest.Server) {
		theirs := s.Add("eso-demo", "a-client-secret-of-theirs")
		theirs.Roles = []string{"admin"}
		a := admin(t, s, infisicaltest.AdminToken)
		_, err := a.Ensure(t.Context(), spec)
		if code(t, err) != StrangerCode || !strings.Contains(err.(*cause.Error).Cause.Fix, "--identity-id "+theirs.ID) {
			t.Errorf("error = %v", err)
		}
		if _, err := a.ClientID(t.Context(), spec); code(t, err) != StrangerCode {
			t.Errorf("its client ID: %v", err)
		}
		if len(s.Identities()) != 1 || len(s.Live(theirs)) != 1 || len(theirs.Roles) != 1 {
			t.Error("something has changed")
		}
		given := spec
		given.ID = theirs.ID
		e := ensure(t, a, given)
		if _, err := a.Issue(t.Context(), e.State, holder, 0); err != nil || len(e.Changes) > 0 {
			t.Errorf("changes %v, %v", e.Changes, err)
		}
		// From then on it is known by the client secret.
		ensure(t, a, spec)
	})
}

func TestAnEmptyStrangerIsTakenOnlyWhereNothingCouldTell(t *testing.T) {
	eras(t, func(t *testing.T, s *infisicaltest.Server) {
		s.Add("eso-demo", "")
		_, err := admin(t, s, infisicaltest.AdminToken).Ensure(t.Context(), spec)
		switch {
		case s.Old && err != nil:
			t.Errorf("what a killed run may have left is refused: %v", err)
		case !s.Old && code(t, err) != StrangerCode:
			t.Errorf("error = %v", err)
		}
	})
}

func TestARenamedOneIsFound(t *testing.T) {
	eras(t, func(t *testing.T, s *infisicaltest.Server) {
		a := admin(t, s, infisicaltest.AdminToken)
		made := ensure(t, a, spec)
		s.Identities()[0].Name = "renamed"
		// A member of the project that others have made must not be taken for it.
		s.Add("member", "a-client-secret-of-theirs").Roles = []string{"viewer"}
		remembering := spec
		remembering.Remembered = made.Identity.ID
		again := ensure(t, a, remembering)
		if again.Identity.ID != made.Identity.ID || len(again.Changes) > 0 || len(again.Notes) != 1 || !strings.Contains(again.Notes[0], "renamed") {
			t.Errorf("found %s, changes %v, notes %v", again.Identity.Name, again.Changes, again.Notes)
		}
		if !s.Old { // the metadata alone does
			if found := ensure(t, a, spec); found.Identity.ID != made.Identity.ID {
				t.Errorf("found %s", found.Identity.Name)
			}
			other := spec
			other.Name = "eso-other"
			if found := ensure(t, a, other); found.Identity.ID == made.Identity.ID {
				t.Error("one that was made under another name is taken")
			}
		}
	})
}

func TestSeveralOfTheNameAreNamed(t *testing.T) {
	s := infisicaltest.Start(t)
	one, other := s.Add("eso-demo", "first-client-secret"), s.Add("eso-demo", "second-client-secret")
	_, err := admin(t, s, infisicaltest.AdminToken).Ensure(t.Context(), spec)
	if code(t, err) != "EI322" || !strings.Contains(err.Error(), one.ID+", "+other.ID) {
		t.Errorf("error = %v", err)
	}
	unknown := spec
	unknown.ID = "nobody"
	if _, err := admin(t, s, infisicaltest.AdminToken).Ensure(t.Context(), unknown); code(t, err) != cause.IdentityUnknown {
		t.Errorf("error = %v", err)
	}
}

func TestAProjectsAdminMakesOneOfTheProjectsOwn(t *testing.T) {
	s := infisicaltest.Start(t)
	made := ensure(t, admin(t, s, infisicaltest.ProjectToken), spec)
	if all := s.Identities(); len(all) != 1 || !all[0].Scoped || made.Identity.ProjectID != infisicaltest.ProjectID {
		t.Errorf("made %+v", made.Identity)
	}
	if again := ensure(t, admin(t, s, infisicaltest.ProjectToken), spec); len(again.Changes) > 0 {
		t.Errorf("the second run changes %v", again.Changes)
	}
	s.Old = true
	if _, err := admin(t, s, infisicaltest.ProjectToken).Ensure(t.Context(), spec); code(t, err) != cause.ManagementDenied {
		t.Errorf("where projects have none of their own: %v", err)
	}
}

func TestEnvironmentOnly(t *testing.T) {
	s := infisicaltest.Start(t)
	only := spec
	only.EnvironmentOnly = true
	a := admin(t, s, infisicaltest.AdminToken)
	ensure(t, a, only)
	i := s.Identities()[0]
	if len(i.Privileges) != 1 || len(i.Roles) != 1 || i.Roles[0] != NoAccess {
		t.Errorf("roles %v, privileges %v", i.Roles, i.Privileges)
	}
	if again := ensure(t, a, only); len(again.Changes) > 0 || len(i.Privileges) != 1 {
		t.Errorf("the second run changes %v", again.Changes)
	}
	i.Roles = []string{Viewer}
	if e := ensure(t, a, only); len(e.Notes) != 1 || !strings.Contains(e.Notes[0], "a viewer sees every environment") {
		t.Errorf("notes %v", e.Notes)
	}
}

func TestAProjectByItsNameIsHintedAt(t *testing.T) {
	s := infisicaltest.Start(t)
	byName := spec
	byName.Project = strings.ToLower(infisicaltest.ProjectName)
	_, err := admin(t, s, infisicaltest.AdminToken).Ensure(t.Context(), byName)
	if code(t, err) != cause.ProjectUnknown || !strings.Contains(err.(*cause.Error).Cause.Fix, "which is "+infisicaltest.ProjectSlug) {
		t.Errorf("error = %v", err)
	}
}

func TestKubernetesAuthKnowsItsOwn(t *testing.T) {
	eras(t, func(t *testing.T, s *infisicaltest.Server) {
		wanted := spec
		wanted.KubernetesAuth = &infisical.KubernetesAuth{Host: "https://api", AllowedNames: []string{"eso"}, AllowedNamespaces: []string{"eso"}}
		a := admin(t, s, infisicaltest.AdminToken)
		ensure(t, a, wanted)
		if again := ensure(t, a, wanted); len(again.Changes) > 0 {
			t.Errorf("the second run changes %v", again.Changes)
		}
		i := s.Identities()[0]
		clear(i.Metadata)
		i.Kubernetes = "https://another-cluster"
		if _, err := a.Ensure(t.Context(), wanted); code(t, err) != StrangerCode {
			t.Errorf("another cluster's is taken: %v", err)
		}
	})
}

func TestSweepKeepsWhatOthersHold(t *testing.T) {
	s := infisicaltest.Start(t)
	a := admin(t, s, infisicaltest.AdminToken)
	state := ensure(t, a, spec).State
	others := holder
	others.ClusterID = "uid-2"
	var kept NewSecret
	for _, h := range []Holder{holder, others, holder} {
		made, err := a.Issue(t.Context(), state, h, 0)
		if err != nil {
			t.Fatal(err)
		}
		kept = made
	}
	secrets, err := a.Secrets(t.Context(), state.Identity.ID, time.Now())
	if err != nil || len(secrets) != 3 {
		t.Fatalf("%d client secrets, %v", len(secrets), err)
	}
	swept, err := a.Sweep(t.Context(), state.Identity.ID, secrets, holder, kept.ID)
	if live := s.Live(s.Identities()[0]); err != nil || swept != 1 || len(live) != 2 {
		t.Errorf("swept %d, %d are left, %v", swept, len(live), err)
	}
}

func TestByPair(t *testing.T) {
	all := []infisical.ClientSecret{{ID: "1", Prefix: "aaaa"}, {ID: "2", Prefix: "bbbb"}, {ID: "3", Prefix: "bbbb"}}
	tests := []struct{ name, id, prefix, want string }{
		{"by id", "2", "bbbb", "2"}, {"by id alone", "3", "", "3"}, {"by prefix", "", "aaaa", "1"}, {"prefix of two", "", "bbbb", ""},
		{"an id that another pair has left", "2", "aaaa", "1"}, {"an id of somebody else's", "1", "cccc", ""}, {"an id that is gone", "9", "aaaa", "1"},
		{"nothing known", "", "", ""},
	}
	for _, tt := range tests {
		if got, found := ByPair(all, tt.id, tt.prefix); got.ID != tt.want || found != (tt.want != "") {
			t.Errorf("%s: %q, %t", tt.name, got.ID, found)
		}
	}
}

func TestShowAndDelete(t *testing.T) {
	s := infisicaltest.Start(t)
	a := admin(t, s, infisicaltest.AdminToken)
	if _, err := a.Show(t.Context(), spec); code(t, err) != cause.IdentityUnknown {
		t.Errorf("nothing to show: %v", err)
	}
	s.Add("eso-demo", "a-client-secret-of-theirs").Roles = []string{Viewer}
	state, err := a.Show(t.Context(), spec)
	if err != nil || len(state.Secrets) != 1 || Ours(state.Identity) || !cmp.Equal(state.Roles, []string{Viewer}) {
		t.Errorf("%+v, %v", state, err)
	}
	if err := a.Delete(t.Context(), state.Identity); err != nil || len(s.Identities()) != 0 {
		t.Errorf("%d are left, %v", len(s.Identities()), err)
	}
}

func TestWhatAKilledRunHasLeftCanBeShownAndDeleted(t *testing.T) {
	eras(t, func(t *testing.T, s *infisicaltest.Server) {
		s.Before = func(r *http.Request) int {
			if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "identity-memberships") {
				return http.StatusInternalServerError
			}
			return 0
		}
		a := admin(t, s, infisicaltest.AdminToken)
		if _, err := a.Ensure(t.Context(), spec); err == nil {
			t.Fatal("it became a member")
		}
		state, err := a.Own(t.Context(), spec)
		if err != nil || state.Universal == nil || len(state.Roles) > 0 {
			t.Fatalf("%+v, %v", state, err)
		}
		if err := a.Delete(t.Context(), state.Identity); err != nil || len(s.Identities()) != 0 {
			t.Errorf("%d are left, %v", len(s.Identities()), err)
		}
	})
}

func TestAStrangerIsNotDeletedUnlessItsIDIsGiven(t *testing.T) {
	eras(t, func(t *testing.T, s *infisicaltest.Server) {
		theirs := s.Add("eso-demo", "a-client-secret-of-theirs")
		a := admin(t, s, infisicaltest.AdminToken)
		if _, err := a.Own(t.Context(), spec); code(t, err) != StrangerCode {
			t.Errorf("error = %v", err)
		}
		given := spec
		given.ID = theirs.ID
		if _, err := a.Own(t.Context(), given); err != nil {
			t.Error(err)
		}
	})
}
