package rotation

import (
	"context"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// proofTimeout bounds ESO's verdict on one store and the sync of one ExternalSecret.
const proofTimeout = time.Minute

// prove makes ESO look at each store anew and sync one ExternalSecret of it, and returns those it has synced.
func (r *Rotator) prove(ctx context.Context, stores []eso.StoreKey) ([]string, error) {
	var synced []string
	for _, store := range stores {
		name, err := r.proveStore(ctx, store)
		if err != nil {
			return synced, err
		}
		if name != "" {
			synced = append(synced, name)
		}
	}
	return synced, nil
}

func (r *Rotator) proveStore(ctx context.Context, store eso.StoreKey) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, proofTimeout)
	defer cancel()
	r.Progress("waiting for ESO to judge " + store.String() + " with the new client secret")
	mark, err := store.Mark(ctx, r.Dynamic)
	if err != nil {
		return "", err
	}
	if err := store.TouchFor(ctx, r.Dynamic, touched()); err != nil {
		return "", err
	}
	es, found, err := eso.ReadyExternalSecret(ctx, r.Dynamic, store)
	if err != nil {
		return "", err
	}
	if !found {
		return "", store.WaitFresh(ctx, r.Dynamic, mark)
	}
	r.Progress("syncing ExternalSecret " + es.String())
	if err := eso.Sync(ctx, r.Dynamic, es); err != nil {
		return "", err
	}
	return es.String(), store.Wait(ctx, r.Dynamic, mark.Proved())
}

// touched is recorded on the store; it differs from every state of the credentials that apply-store records, which looks anew next time.
func touched() string { return "rotation at " + time.Now().UTC().Format(time.RFC3339Nano) }
