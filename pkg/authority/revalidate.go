package authority

import (
	"context"
	"errors"
	"sync"
	"time"

	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// Using is a store that takes its CA from the object.
type Using struct {
	Store eso.StoreKey
	// Inputs are the versions of all that the store refers to, see eso.Touch.
	Inputs string
}

// Judged is what ESO says of a store after it was made to look at it again.
type Judged struct {
	Store eso.StoreKey
	// Err is nil for a store that is ready, and else an error that carries its cause.
	Err error
	// Unknown means that there was no verdict in time, or none to be had; Err says why.
	Unknown bool
}

// The time for ESO's verdicts: it looks at one store after the other, and tries a server that it does not trust for 14 seconds.
const (
	verdictTimeout = time.Minute
	verdictEach    = 15 * time.Second
	verdictLimit   = 5 * time.Minute
)

// Revalidate makes ESO look at the stores again at once, and waits for its verdicts, which are all newer than the call.
func Revalidate(ctx context.Context, client dynamic.Interface, stores []Using) []Judged {
	limited, cancel := context.WithTimeout(ctx, min(verdictTimeout+time.Duration(len(stores))*verdictEach, verdictLimit))
	defer cancel()
	verdicts := make([]Judged, len(stores))
	var all sync.WaitGroup
	for i, s := range stores {
		all.Go(func() {
			err := look(limited, client, s)
			verdicts[i] = Judged{Store: s.Store, Err: err, Unknown: unknown(limited, err)}
		})
	}
	all.Wait()
	return verdicts
}

// unknown reports whether the error tells that there was no verdict, and not that it was a bad one.
func unknown(limited context.Context, err error) bool {
	var stale *eso.StaleError
	return errors.As(err, &stale) || errors.Is(err, context.DeadlineExceeded) && limited.Err() != nil
}

func look(ctx context.Context, client dynamic.Interface, s Using) error {
	mark, err := s.Store.Mark(ctx, client)
	if err != nil {
		return err
	}
	if err := s.Store.TouchFor(ctx, client, s.Inputs); err != nil {
		return err
	}
	return s.Store.Wait(ctx, client, mark)
}
