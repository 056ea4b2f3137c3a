package rotation

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// atFirstLogin calls do once, when a rotation has made a new client secret and is about to try it out.
func (s *scene) atFirstLogin(do func()) {
	var once sync.Once
	s.server.Before = func(r *http.Request) int {
		if strings.HasSuffix(r.URL.Path, "/universal-auth/login") {
			once.Do(do)
		}
		return 0
	}
}

func TestTwoRotationsAtOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	second := *s.Rotator
	second.Me = kube.Holder{Host: "second", Process: 1}
	var refused error
	s.atFirstLogin(func() { _, refused = second.Rotate(t.Context(), s.plan) })
	if result := s.rotate(t); !result.OldRevoked {
		t.Errorf("%+v", result)
	}
	var claimed *kube.ClaimedError
	if !errors.As(refused, &claimed) || claimed.Holder.Host != "first" {
		t.Errorf("the second one ended with %v", refused)
	}
	s.expectOne(t)
	s.rotate(t) // whoever is done holds nothing up
	s.expectOne(t)
}

func TestAPairThatSomebodyElseWritesMeanwhileStays(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	theirs := credentials.Content{Pair: infisical.UniversalAuth{ClientID: s.owner.ClientID, ClientSecret: "somebody-elses-client-secret"}}
	s.atFirstLogin(func() { s.write(t, theirs) })
	if _, err := s.Rotate(t.Context(), s.plan); code(err) != "EI105" {
		t.Errorf("error %v", err)
	}
	if got := s.held(t); got.Pair != theirs.Pair || got.Previous != nil {
		t.Errorf("the cluster holds %v", got)
	}
	if live := s.server.Live(s.owner); len(live) != 1 || live[0].Value != "0ld-client-secret-of-64" {
		t.Errorf("%d client secrets are live", len(live))
	}
}
