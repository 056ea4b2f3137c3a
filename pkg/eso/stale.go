package eso

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/dynamic"
)

// witnessPatience bounds the sync that stands for a verdict. A failure of Infisical's takes ESO up to 14 s.
const witnessPatience = 20 * time.Second

// StaleError says that ESO has not looked at the store since the change, as far as one can see: its condition is of before.
type StaleError struct{ Store StoreKey }

func (e *StaleError) Error() string {
	return fmt.Sprintf("%s was ready before, and ESO has not said anything new of it; see whether its controller runs with kubectl eso-infisical doctor, "+
		"and prove that secrets arrive with kubectl eso-infisical test", e.Store)
}

// witnessed lets a sync of one ExternalSecret stand for the verdict on its store. ESO's client drops the events of an object that has had too
// many of them, but the status of an ExternalSecret tells which state of it was synced.
func (k StoreKey) witnessed(ctx context.Context, client dynamic.Interface) error {
	es, found, err := ReadyExternalSecret(ctx, client, k)
	if err != nil || !found {
		return errors.Join(k.stale(ctx, client), err)
	}
	limited, cancel := context.WithTimeout(ctx, witnessPatience)
	defer cancel()
	err = Sync(limited, client, es)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return k.stale(ctx, client)
	}
	return err
}

// stale takes back what TouchFor has recorded, so that the next run asks ESO again.
func (k StoreKey) stale(ctx context.Context, client dynamic.Interface) error {
	return errors.Join(&StaleError{k}, k.touch(ctx, client, map[string]any{inputsAnnotation: nil}))
}
