package clustertest

import (
	"errors"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"
)

// ErrKilled is what a run gets that is dead.
var ErrKilled = errors.New("the run has been killed")

// Killer ends a run before the nth request that changes something: from then on nothing of it reaches anybody. Since nothing changes between
// two such requests, that is every state in which a run can be killed.
type Killer struct {
	mu   sync.Mutex
	at   int
	seen int
	dead bool
}

// KillAt arms the killer; n counts from 1.
func (k *Killer) KillAt(n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at, k.seen, k.dead = n, 0, false
}

// Disarm lets everything pass, and reports whether a run was killed.
func (k *Killer) Disarm() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	was := k.dead
	k.at, k.dead = 0, false
	return was
}

// Dead counts a request, and reports whether it comes from a run that is dead.
func (k *Killer) Dead(changes bool) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.at == 0 {
		return false
	}
	if changes {
		k.seen++
	}
	k.dead = k.dead || k.seen >= k.at
	return k.dead
}

// Guard lets the killer see the requests to a cluster.
func (k *Killer) Guard(client *clienttesting.Fake) {
	client.PrependReactor("*", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		switch action.GetVerb() {
		case "get", "list", "watch":
			return k.Dead(false), nil, ErrKilled
		}
		return k.Dead(true), nil, ErrKilled
	})
}
