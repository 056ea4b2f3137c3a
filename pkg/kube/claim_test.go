package kube

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

// leases is a cluster that gives Leases versions, as an API server does, and refuses to write over a newer one.
func leases() *fake.Clientset {
	c := fake.NewClientset()
	var mu sync.Mutex
	version := 0
	stamp := func(action clienttesting.Action) (bool, runtime.Object, error) {
		mu.Lock()
		defer mu.Unlock()
		writing := action.(clienttesting.CreateAction) // an update has the same methods
		lease := writing.GetObject().(*coordinationv1.Lease)
		if action.GetVerb() == "update" {
			held, err := c.Tracker().Get(action.GetResource(), "ns", lease.Name)
			if err != nil {
				return true, nil, err
			}
			if held.(*coordinationv1.Lease).ResourceVersion != lease.ResourceVersion {
				return true, nil, apierrors.NewConflict(schema.GroupResource{Resource: "leases"}, lease.Name, errors.New("modified"))
			}
		}
		version++
		lease.ResourceVersion = strconv.Itoa(version)
		if action.GetVerb() == "update" {
			return true, lease, c.Tracker().Update(action.GetResource(), lease, "ns")
		}
		return true, lease, c.Tracker().Create(action.GetResource(), lease, "ns")
	}
	c.PrependReactor("create", "leases", stamp)
	c.PrependReactor("update", "leases", stamp)
	return c
}

func claimsOf(typed kubernetes.Interface, host string) Claims {
	return Claims{Typed: typed, Namespace: "ns", Name: "claim", Me: Holder{Host: host, Process: 7, Run: host}, Progress: func(string) {}}
}

// left is the Lease in the cluster, or nil.
func left(t *testing.T, typed kubernetes.Interface) *coordinationv1.Lease {
	t.Helper()
	lease, err := typed.CoordinationV1().Leases("ns").Get(t.Context(), "claim", metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return lease
}

func TestOneRunAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		typed := leases()
		first, err := claimsOf(typed, "a").Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for what, try := range map[string]func() error{
			"look": func() error { return claimsOf(typed, "b").Look(t.Context()) },
			"take": func() error { _, err := claimsOf(typed, "b").Take(t.Context()); return err },
		} {
			var held *ClaimedError
			if err := try(); !errors.As(err, &held) || !strings.Contains(err.Error(), "process 7 on a") {
				t.Errorf("%s beside another run: %v", what, err)
			}
		}
		time.Sleep(time.Minute)
		if first.Context.Err() != nil {
			t.Error("the first run has lost its claim")
		}
		first.Release()
		if lease := left(t, typed); lease != nil {
			t.Errorf("left: %v", lease)
		}
		second, err := claimsOf(typed, "b").Take(t.Context())
		if err != nil {
			t.Fatalf("after the first: %v", err)
		}
		second.Release()
	})
}

func TestARunThatWasKilledLosesItsClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		typed := leases()
		dead, err := claimsOf(typed, "a").Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		dead.stop()
		start := time.Now()
		next, err := claimsOf(typed, "b").Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited < claimSilence || waited > 2*claimSilence {
			t.Errorf("taken over after %s", waited)
		}
		if lease := left(t, typed); *lease.Spec.HolderIdentity != "b/7/b/" {
			t.Errorf("holder is %s", *lease.Spec.HolderIdentity)
		}
		next.Release()
		dead.Release()
	})
}

// A machine that slept wakes up to find its claim with another run: it must stop, and must not take that away.
func TestARunThatWasTakenForDeadStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		typed := leases()
		slept, err := claimsOf(typed, "a").Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		other := left(t, typed)
		name := "b/7/b/"
		other.Spec.HolderIdentity = &name
		if _, err := typed.CoordinationV1().Leases("ns").Update(t.Context(), other, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		<-slept.Context.Done()
		if cause := context.Cause(slept.Context); !strings.Contains(cause.Error(), "taken this one for dead") {
			t.Errorf("cause: %v", cause)
		}
		slept.Release()
		if lease := left(t, typed); lease == nil {
			t.Error("the other's Lease is gone")
		}
	})
}

func TestOfManyAtOnceOneWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		typed := leases()
		var mu sync.Mutex
		var won []*Claim
		var all sync.WaitGroup
		for _, host := range strings.Split("abcdefgh", "") {
			all.Go(func() {
				claim, err := claimsOf(typed, host).Take(t.Context())
				mu.Lock()
				defer mu.Unlock()
				var held *ClaimedError
				switch {
				case err == nil:
					won = append(won, claim)
				case !errors.As(err, &held):
					t.Errorf("%s: %v", host, err)
				}
			})
		}
		all.Wait()
		if len(won) != 1 {
			t.Errorf("%d runs have the claim", len(won))
		}
		for _, claim := range won {
			claim.Release()
		}
	})
}

func TestWhoMayNotSeeLeasesIsTold(t *testing.T) {
	typed := leases()
	typed.PrependReactor("*", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "leases"}, "claim", errors.New("no"))
	})
	_, err := claimsOf(typed, "a").Take(t.Context())
	if look := claimsOf(typed, "a").Look(t.Context()); !apierrors.IsForbidden(err) || !apierrors.IsForbidden(look) {
		t.Errorf("take: %v, look: %v", err, look)
	}
}

func TestAProcessThatHasEndedHereIsKnownToBeGone(t *testing.T) {
	ended := exec.CommandContext(t.Context(), "go", "version")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	me := ThisRun()
	if me.Machine == "" {
		me.Machine = "this" // as on Linux
	}
	other := me
	other.Run = "another"
	for name, tt := range map[string]struct {
		holder Holder
		gone   bool
	}{
		"ended":                       {Holder{Machine: me.Machine, Process: ended.ProcessState.Pid()}, true},
		"running":                     {Holder{Machine: me.Machine, Process: os.Getppid()}, false},
		"on another machine":          {Holder{Host: me.Host, Machine: "another", Process: ended.ProcessState.Pid()}, false},
		"of the same number, earlier": {other, true},
		"somebody else's Lease":       {parseHolder("kubelet-of-node-1"), false},
	} {
		if got := tt.holder.gone(me); got != tt.gone {
			t.Errorf("%s: %s is gone: %t", name, tt.holder, got)
		}
	}
}

func TestHoldersAreReadAsTheyAreWritten(t *testing.T) {
	me := ThisRun()
	if got := parseHolder(me.identity()); got != me {
		t.Errorf("%+v, want %+v", got, me)
	}
	for _, text := range []string{"", "a", "a/b/c", "a/1", "a/1/c"} {
		if got := parseHolder(text); got.Process != 0 || got.String() != text {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
