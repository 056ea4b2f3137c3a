package eso

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// patience is how long a verdict fresher than the change is awaited before the present condition is taken. ESO needs up to 14 s
// for an unreachable server, and the API client drops events of an object that has had too many.
const patience = 30 * time.Second

// briefPatience is enough for a reachable Infisical.
const briefPatience = 3 * time.Second

// settle is how long a verdict on a store that was there before must stand. ESO may have been looking at it when the change came, and then
// tells first of the state before.
const settle = 1500 * time.Millisecond

// Reasons of the events that ESO writes after each look at a store.
const (
	reasonValid   = "Valid"
	reasonInvalid = "InvalidProviderConfig"
)

// Mark remembers which events a store had, so that a later verdict can be told from an earlier one. ESO's status carries no
// generation, and its condition's time does not move while the status stays the same.
type Mark struct {
	versions map[string]bool
	// existed means that ESO may have been looking at the store when the mark was taken.
	existed bool
	// preset means that the store has the condition of a failure from the start, see CreateProbe.
	preset bool
	// patience replaces the usual one, where it is not 0.
	patience time.Duration
}

// Proved returns the mark for a store whose credentials have been seen to work since it was taken: a verdict that is fresher is still
// preferred, but not awaited for long. ESO's client drops events of an object that has had too many.
func (m Mark) Proved() Mark {
	m.patience = briefPatience
	return m
}

// doubtful reports whether a condition without a fresh event may tell of the time before the mark.
func (m Mark) doubtful() bool { return m.existed && m.patience == 0 }

// Mark takes the mark. Take it before the change whose effect is awaited.
func (k StoreKey) Mark(ctx context.Context, client dynamic.Interface) (Mark, error) {
	m := Mark{versions: map[string]bool{}, existed: true}
	_, err := k.in(client).Get(ctx, k.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		m.existed = false
	}
	source := k.events(client)
	list, err := source.Client.List(ctx, source.Options)
	if apierrors.IsForbidden(err) {
		return m, nil
	}
	if err != nil {
		return Mark{}, fmt.Errorf("read the events of %s: %w", k, err)
	}
	m.see(kube.Events(kube.ListSeen(list)))
	return m, nil
}

func (m Mark) see(events []kube.Event) {
	for _, e := range events {
		m.versions[e.Version] = true
	}
}

// Wait waits until ESO has judged the store after the mark was taken. A store that is not ready is an error that carries its cause. Where ESO
// says nothing new of one that was there before, a sync of one of its ExternalSecrets stands for it; without that it is a *StaleError.
func (k StoreKey) Wait(ctx context.Context, client dynamic.Interface, mark Mark) error {
	limit := patience
	if mark.patience != 0 {
		limit = mark.patience
	}
	verdict, err := k.settled(ctx, limit, client, mark)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		verdict, err = k.within(ctx, limit, client, judgeByCondition)
		if err == nil && verdict == nil && mark.doubtful() {
			verdict, err = nil, k.witnessed(ctx, client)
		}
	}
	if err != nil {
		return fmt.Errorf("wait for %s: %w", k, err)
	}
	return verdict
}

// settled is the verdict after the mark, and of two in quick succession the later. The second error says that there was none.
func (k StoreKey) settled(ctx context.Context, limit time.Duration, client dynamic.Interface, mark Mark) (verdict, err error) {
	verdict, err = k.within(ctx, limit, client, mark.judge)
	if err != nil || !mark.existed {
		return verdict, err
	}
	later, err := k.within(ctx, settle, client, mark.judge)
	switch {
	case err == nil:
		return later, nil
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return verdict, nil
	}
	return verdict, err
}

// judge is the state of a store and its events; it tells whether there is a verdict, and which.
type judge func(store *unstructured.Unstructured, events kube.Seen) (done bool, verdict error)

// within watches the store until it is judged. The second error says that it was not.
func (k StoreKey) within(ctx context.Context, limit time.Duration, client dynamic.Interface, judge judge) (verdict, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	sources := []kube.Source{kube.Named(k.in(client), k.Name), k.events(client)}
	err = kube.Until(ctx, sources, func(seen []kube.Seen) (done bool, _ error) {
		store := seen[0].First()
		if store == nil {
			return false, &cause.Error{Tried: "wait for it", Cause: cause.StoreMissing}
		}
		done, verdict = judge(store, seen[1])
		return done, nil
	})
	return verdict, err
}

// judge decides by the newest event since the mark; the condition must agree before a store is called ready. What it has judged by does
// not count again.
func (m Mark) judge(store *unstructured.Unstructured, seen kube.Seen) (bool, error) {
	ready, known := Ready(store)
	if seen.Denied != nil && !m.existed && known && (!m.preset || ready.Status == "True") {
		// The first condition of a new store is a verdict, even without the events.
		return judgeByCondition(store, seen)
	}
	var fresh []kube.Event
	events := kube.Events(seen)
	for _, e := range events {
		if !m.versions[e.Version] {
			fresh = append(fresh, e)
		}
	}
	newest, found := kube.Newest(fresh, reasonValid, reasonInvalid)
	switch {
	case found && newest.Reason == reasonInvalid:
		m.see(events)
		return true, KeyOf(store).Failed(newest.Message)
	case found && ready.Status == "True":
		m.see(events)
		return true, nil
	}
	return false, nil
}

// judgeByCondition is for stores whose events are lost or may not be read. A condition never carries the cause.
func judgeByCondition(store *unstructured.Unstructured, seen kube.Seen) (bool, error) {
	ready, known := Ready(store)
	if !known || ready.Status == "True" {
		return known, nil
	}
	newest, _ := kube.Newest(kube.Events(seen), reasonInvalid)
	return true, KeyOf(store).Failed(newest.Message)
}

// Failed is the error of the store when it is not ready, with the cause that the event's text gives.
func (k StoreKey) Failed(text string) error {
	e := &cause.Error{Tried: "use " + k.String(), Cause: k.Cause(text)}
	if text != "" {
		e.Err = errors.New(text)
	}
	return e
}

// Cause is why the store is not ready, by the text of ESO's event. An empty text means that the event is missing or may not be read.
func (k StoreKey) Cause(text string) cause.Cause {
	if c, ok := cause.FromText(text); ok {
		return c
	}
	if text == "" {
		return cause.Cause{Code: "EI703", Summary: "the store is not ready, and there is no event that says why, or it may not be read",
			Fix: "read it with the right to list events in the namespace " + k.EventNamespace() + ", or look at the log of Deployment external-secrets"}
	}
	return cause.Cause{Code: "EI702", Summary: "the store is not ready", Fix: "read the detail; it is ESO's own text"}
}

// LastFailure is ESO's last verdict on the store, if it was a failure: when it was, and ESO's text.
func (k StoreKey) LastFailure(ctx context.Context, client dynamic.Interface) (at time.Time, text string, failed bool) {
	source := k.events(client)
	list, err := source.Client.List(ctx, source.Options)
	if err != nil {
		return time.Time{}, "", false
	}
	newest, found := kube.Newest(kube.Events(kube.ListSeen(list)), reasonValid, reasonInvalid)
	if !found || newest.Reason != reasonInvalid {
		return time.Time{}, "", false
	}
	return newest.Last, newest.Message, true
}
