package rotation

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

// most is more than the requests of a rotation that change something.
const most = 20

// killed rotates, is killed at the nth request that changes something, and lets the next run complete it.
func (s *scene) killed(ctx context.Context, killer *clustertest.Killer, n int) (bool, error) {
	killer.KillAt(n)
	_, first := s.Rotate(ctx, s.plan)
	if !killer.Disarm() {
		return false, first
	}
	if _, err := s.Rotate(ctx, s.plan); err != nil {
		return true, fmt.Errorf("killed at request %d (%v), then: %w", n, first, err)
	}
	return true, nil
}

func TestARotationKilledAnywhereIsCompleted(t *testing.T) {
	t.Parallel()
	scenes, results := make([]*scene, most), make([]error, most)
	kills := make([]bool, most)
	var wait sync.WaitGroup
	for i := range scenes {
		s, killer := newScene(t), &clustertest.Killer{}
		s.server.Before = func(r *http.Request) int {
			if killer.Dead(r.Method != http.MethodGet) {
				return http.StatusInternalServerError
			}
			return 0
		}
		killer.Guard(&s.cluster.Fake)
		scenes[i] = s
		wait.Go(func() { kills[i], results[i] = s.killed(t.Context(), killer, i+1) })
	}
	wait.Wait()
	points := 0
	for i, s := range scenes {
		if results[i] != nil {
			t.Error(results[i])
			continue
		}
		if kills[i] {
			points++
		}
		if live := s.server.Live(s.owner); len(live) != 1 || s.held(t).Pair.ClientSecret != live[0].Value || s.held(t).Previous != nil {
			t.Errorf("killed at request %d: %d client secrets are live, the cluster holds %v", i+1, len(live), s.held(t))
		}
	}
	t.Logf("killed at each of %d requests", points)
	if points < 8 || points == most {
		t.Errorf("a rotation has %d requests that change something", points)
	}
}
