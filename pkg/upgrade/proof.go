package upgrade

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// proofTimeout bounds ESO's verdict on one store, and the sync of one ExternalSecret. verdictTimeout is how long the verdict is awaited
// where a sync can stand in for it: ESO's client drops events of an object that has had too many.
const (
	proofTimeout   = time.Minute
	verdictTimeout = 30 * time.Second
	// drainTimeout is how long pods of before may take to end.
	drainTimeout = 40 * time.Second
)

// Store is one that is ready, and an ExternalSecret that proves it.
type Store struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// ExternalSecret is NAMESPACE/NAME, or empty where none of the store's is ready.
	ExternalSecret string `json:"externalSecret,omitempty"`
}

func (s Store) key() eso.StoreKey { return eso.StoreKey{Namespace: s.Namespace, Name: s.Name} }

func (s Store) secretNamespace() string {
	namespace, _, _ := strings.Cut(s.ExternalSecret, "/")
	return namespace
}

// planStores finds the stores that are ready now; those that were ready before an interrupted run count as well.
func (u *Upgrader) planStores(ctx context.Context, p *Plan) error {
	if p.earlier != nil {
		p.Stores = slices.Clone(p.earlier.Stores)
	}
	ready, err := eso.ReadyStores(ctx, u.Dynamic)
	if apierrors.IsNotFound(err) {
		return nil // Without the definitions there is no store.
	}
	if err != nil {
		return err
	}
	chosen, err := eso.Syncable(ctx, u.Dynamic)
	if err != nil {
		return err
	}
	for _, key := range ready {
		if slices.ContainsFunc(p.Stores, func(s Store) bool { return s.key() == key }) {
			continue
		}
		s := Store{Kind: key.Kind(), Namespace: key.Namespace, Name: key.Name}
		if es, found := chosen[key]; found {
			s.ExternalSecret = es.String()
		}
		p.Stores = append(p.Stores, s)
	}
	return nil
}

// Proof is what was seen of one store after the change.
type Proof struct {
	Store
	// Ready means that ESO has judged the store after the change, Synced that it has fetched the ExternalSecret again.
	Ready  bool `json:"ready"`
	Synced bool `json:"synced"`
	// Note says what stands in for a proof, such as that somebody is deleting the store.
	Note string `json:"note,omitempty"`
	// Problem is why the store is not proved.
	Problem string `json:"problem,omitempty"`
	err     error
}

// prove sees that every store works with what runs now. All are looked at, also when one does not work.
func (u *Upgrader) prove(ctx context.Context, stores []Store) ([]Proof, error) {
	proofs := make([]Proof, len(stores))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, s := range stores {
		group.Go(func() error {
			proofs[i] = u.proveStore(ctx, s)
			return nil
		})
	}
	_ = group.Wait() // each has its own result
	if ctx.Err() != nil {
		return proofs, fmt.Errorf("prove ESO's stores: %w", ctx.Err())
	}
	return proofs, failed(proofs)
}

// failed names all stores that are not proved, and the cause of the first.
func failed(proofs []Proof) error {
	var names []string
	var first error
	for _, p := range proofs {
		if p.err == nil {
			continue
		}
		names = append(names, p.key().String())
		if first == nil {
			first = p.err
		}
	}
	if first == nil {
		return nil
	}
	found, known := cause.Of(first)
	if !known {
		found = cause.Cause{Code: "EI286", Summary: "not every store works", Fix: "read the detail"}
	}
	// As text: the time that one store had is not that of the whole run.
	return &cause.Error{Tried: "use " + strings.Join(names, ", ") + " after the upgrade", Cause: found, Err: errors.New(first.Error())}
}

func (u *Upgrader) proveStore(ctx context.Context, s Store) Proof {
	proof := Proof{Store: s}
	u.Progress("waiting for ESO to judge " + s.key().String())
	err := u.judged(ctx, s, &proof)
	if errors.Is(err, eso.ErrBeingDeleted) {
		proof.Note, err = "somebody is deleting it", nil
	} else if err == nil && s.ExternalSecret != "" {
		err = u.synced(ctx, s, &proof)
	}
	if err != nil {
		proof.Problem, proof.err = err.Error(), err
	}
	return proof
}

// judged waits for ESO's fresh verdict. Where only the event of it is missing, the sync of an ExternalSecret is the proof.
func (u *Upgrader) judged(ctx context.Context, s Store, proof *Proof) error {
	limit := proofTimeout
	if s.ExternalSecret != "" {
		limit = verdictTimeout
	}
	waiting, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	mark, err := s.key().Mark(waiting, u.Dynamic)
	if err == nil {
		err = s.key().Touch(waiting, u.Dynamic)
	}
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("use %s: it has gone, and nobody was seen to delete it", s.key())
	}
	if err == nil {
		err = s.key().WaitFresh(waiting, u.Dynamic, mark)
	}
	if errors.Is(err, context.DeadlineExceeded) && s.ExternalSecret != "" && ctx.Err() == nil {
		proof.Note = "ESO has written no event about it"
		return nil
	}
	proof.Ready = err == nil
	return err
}

// synced makes ESO fetch the ExternalSecret anew, or another of the store's if that one has gone meanwhile.
func (u *Upgrader) synced(ctx context.Context, s Store, proof *Proof) error {
	ctx, cancel := context.WithTimeout(ctx, proofTimeout)
	defer cancel()
	namespace, name, _ := strings.Cut(s.ExternalSecret, "/")
	es := types.NamespacedName{Namespace: namespace, Name: name}
	_, err := u.Dynamic.Resource(eso.ExternalSecrets).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		chosen, err := eso.Syncable(ctx, u.Dynamic)
		if err != nil {
			return err
		}
		other, found := chosen[s.key()]
		if !found && proof.Ready {
			proof.Note = "its ExternalSecret " + s.ExternalSecret + " has gone, and there is no other that is ready"
			return nil
		}
		if es = other; !found {
			return fmt.Errorf("use %s: neither an event nor an ExternalSecret of it proves it", s.key())
		}
		proof.ExternalSecret = es.String()
	}
	u.Progress("syncing ExternalSecret " + es.String())
	if err := eso.Sync(ctx, u.Dynamic, es); err != nil {
		return err
	}
	proof.Synced = true
	if !proof.Ready {
		return u.stillReady(ctx, s, proof)
	}
	return nil
}

// stillReady takes the condition of a store whose ExternalSecret has just been fetched through it.
func (u *Upgrader) stillReady(ctx context.Context, s Store, proof *Proof) error {
	ready, err := eso.ReadyStores(ctx, u.Dynamic)
	if err != nil {
		return err
	}
	if !slices.Contains(ready, s.key()) {
		return fmt.Errorf("use %s: it is not ready", s.key())
	}
	proof.Ready = true
	return nil
}

// drain waits until the pods that are ending have ended: a controller of before could still sync, which would prove nothing.
func (u *Upgrader) drain(ctx context.Context, namespace, release string) error {
	waiting, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	source := kube.Source{Client: u.Dynamic.Resource(kube.PodsResource).Namespace(namespace),
		Options: metav1.ListOptions{LabelSelector: eso.InstanceSelector(release)}}
	err := kube.Until(waiting, []kube.Source{source}, func(seen []kube.Seen) (bool, error) {
		for _, pod := range seen[0].Objects {
			if pod.GetDeletionTimestamp() != nil {
				u.Progress("waiting for pod " + pod.GetName() + " to end")
				return false, nil
			}
		}
		return true, nil
	})
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return nil // On a node that has gone it never ends.
	}
	return err
}
