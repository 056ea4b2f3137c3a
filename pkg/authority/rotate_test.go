package authority

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/dynamic/fake"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// rig is a cluster that holds a CA, a server, and what rotates.
type rig struct {
	*Rotator
	plan   Plan
	client *fake.FakeDynamicClient
	// progress is called with each line.
	progress func(string)
}

func newRig(t *testing.T, p *peer, inCluster trust.Bundle, next ...issued) *rig {
	t.Helper()
	client := clustertest.Dynamic(held(inConfigMap, inCluster))
	r := &rig{client: client, progress: func(string) {}}
	tell := func(line string) { r.progress(line) }
	r.Rotator = &Rotator{Dynamic: client, Pause: 4 * time.Millisecond, Progress: tell,
		Verifier: &verify.Verifier{Dynamic: client, Namespace: "external-secrets", Progress: tell}}
	r.plan = Plan{Source: inConfigMap, Next: bundleOf(next...), Servers: []verify.Server{{Host: p.URL}}, Mode: verify.Local,
		Stores: func(context.Context) ([]Using, error) { return nil, nil }}
	return r
}

// expect compares what the cluster holds.
func (r *rig) expect(t *testing.T, want trust.Bundle, retiring int) {
	t.Helper()
	now, err := Read(t.Context(), r.client, inConfigMap)
	if err != nil || !now.Bundle.Same(want) || len(now.Retiring()) != retiring {
		t.Errorf("the cluster holds %d certificates, %d retiring, %v; want %d and %d", len(now.Bundle.Certificates), len(now.Retiring()), err, len(want.Certificates), retiring)
	}
}

func TestRotationInTwoRuns(t *testing.T) {
	old, next := root(t, "CA"), root(t, "CA")
	p := newPeer(t, old)
	r := newRig(t, p, bundleOf(old), next)
	for range 2 {
		result, err := r.Rotate(t.Context(), r.plan)
		if err != nil || result.Phase != Overlap || !result.Old.Same(bundleOf(old)) || !result.New.Same(bundleOf(next)) {
			t.Fatalf("before the switch: %+v, %v", result, err)
		}
		r.expect(t, bundleOf(old, next), 1)
	}
	p.present(t, next)
	r.plan.Next = trust.Bundle{} // the cluster remembers
	result, err := r.Rotate(t.Context(), r.plan)
	if err != nil || result.Phase != Rotated || !result.Before.Same(bundleOf(old, next)) || !result.After.Same(bundleOf(next)) {
		t.Fatalf("after the switch: %+v, %v", result, err)
	}
	if now, _ := Read(t.Context(), r.client, inConfigMap); !now.Bundle.Same(bundleOf(next)) {
		t.Error("the old CA is still there")
	}
	r.plan.Next = bundleOf(next)
	if result, err := r.Rotate(t.Context(), r.plan); err != nil || result.Phase == Overlap {
		t.Errorf("once more: %+v, %v", result, err)
	}
}

func TestRotationThatWaits(t *testing.T) {
	old, next := root(t, "Old"), root(t, "New")
	p := newPeer(t, old)
	r := newRig(t, p, bundleOf(old), next)
	r.plan.Watch = true
	r.progress = func(line string) {
		if strings.Contains(line, "waiting for the server to present") {
			p.present(t, old, next, old, next, next, old, next) // behind one name are several servers, which switch one after the other
			r.progress = func(string) {}
		}
	}
	result, err := r.Rotate(t.Context(), r.plan)
	if err != nil || result.Phase != Rotated {
		t.Fatalf("%+v, %v", result, err)
	}
	if looks := p.looks.Load(); looks < 11 {
		t.Errorf("the old CA was dropped after %d looks, while one of the servers still had it", looks)
	}
}

func TestRotationThatWaitsInVain(t *testing.T) {
	old, next := root(t, "Old"), root(t, "New")
	r := newRig(t, newPeer(t, old), bundleOf(old), next)
	r.plan.Watch = true
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r.progress = func(line string) {
		if strings.Contains(line, "waiting for the server to present") {
			cancel() // as when the time is up
		}
	}
	result, err := r.Rotate(ctx, r.plan)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "both CAs are in place") || result.Phase != Overlap {
		t.Errorf("%+v, %v", result, err)
	}
	r.expect(t, bundleOf(old, next), 1)
}

func TestRotationsThatChangeNothing(t *testing.T) {
	old, next, third := root(t, "Old"), root(t, "New"), root(t, "Third")
	for name, tt := range map[string]struct {
		presents  issued
		inCluster trust.Bundle
		next      []issued
		want      error
		code      cause.Code
	}{
		"the server has a third CA": {third, bundleOf(old), []issued{next}, nil, cause.UnknownAuthority},
		"nothing in the cluster":    {old, trust.Bundle{}, []issued{next}, nil, "EI402"},
		"nothing begun":             {old, bundleOf(old), nil, ErrNothingBegun, ""},
	} {
		r := newRig(t, newPeer(t, tt.presents), tt.inCluster, tt.next...)
		_, err := r.Rotate(t.Context(), r.plan)
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) || tt.code != "" && codeOf(err) != tt.code {
			t.Errorf("%s: error = %v", name, err)
		}
		r.expect(t, tt.inCluster, 0)
	}
}

func TestRotationToWhatTheServerHasAlready(t *testing.T) {
	old, next := root(t, "Old"), root(t, "New")
	r := newRig(t, newPeer(t, next), bundleOf(old), next)
	if result, err := r.Rotate(t.Context(), r.plan); err != nil || result.Phase != Rotated {
		t.Fatalf("%+v, %v", result, err)
	}
	now, err := Read(t.Context(), r.client, inConfigMap)
	if err != nil || !now.Bundle.Same(bundleOf(next)) {
		t.Errorf("%v, %v", now.Bundle, err)
	}
}

func TestARefusedServerIsAReasonToRotate(t *testing.T) {
	old, next := root(t, "Old"), root(t, "New")
	p := newPeer(t, old)
	r := newRig(t, p, bundleOf(old), next)
	r.plan.Servers[0].Host = strings.Replace(p.URL, "127.0.0.1", "localhost", 1) // which the certificate does not list
	result, err := r.Rotate(t.Context(), r.plan)
	if err != nil || result.Phase != Overlap || len(result.Warnings) == 0 || result.Warnings[len(result.Warnings)-1].Kind != RefusedNow {
		t.Errorf("old CA: %+v, %v", result, err)
	}
	p.present(t, next)
	if _, err := r.Rotate(t.Context(), r.plan); codeOf(err) != cause.WrongHostName {
		t.Errorf("new CA: %v", err)
	}
	r.expect(t, bundleOf(old, next), 1)
}

func TestAChangeDuringARotationIsKept(t *testing.T) {
	old, next, somebodys := root(t, "Old"), root(t, "New"), root(t, "Somebody's")
	p := newPeer(t, next)
	r := newRig(t, p, bundleOf(old), next)
	r.progress = func(line string) {
		if line == "removing the old CA" {
			if _, err := writeOnce(t, r.client, inConfigMap, bundleOf(somebodys)); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := r.Rotate(t.Context(), r.plan); codeOf(err) != "EI105" {
		t.Errorf("error = %v", err)
	}
	if now, _ := Read(t.Context(), r.client, inConfigMap); !now.Bundle.Same(bundleOf(somebodys)) {
		t.Error("the change is lost")
	}
}
