package proof

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// targetKey is the key of the Secret of a single secret.
const targetKey = "api-key"

// waitsAtATime is how many ExternalSecrets are watched in parallel.
const waitsAtATime = 50

// arrival is what became of one ExternalSecret.
type arrival struct {
	// key is empty for all of them.
	key, name string
	// data is the Secret's content, nil without a Secret.
	data map[string][]byte
	// took is the time from the ExternalSecret's creation to its Secret.
	took time.Duration
	err  error
}

// Name is the name of the test's ExternalSecret and Secret for a key of Infisical, or for all keys.
func Name(key string) string {
	if key == "" {
		return "test-all-keys"
	}
	valid := func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}
	name := "test-" + strings.Map(valid, strings.ToLower(key))
	return strings.TrimRight(name[:min(len(name), 63)], "-")
}

// names are those of all ExternalSecrets that a request makes, by key.
func (r Request) names() ([]arrival, error) {
	if len(r.Keys) == 0 {
		return []arrival{{name: Name("")}}, nil
	}
	var all []arrival
	taken := map[string]string{}
	for _, key := range r.Keys {
		name := Name(key)
		if other, found := taken[name]; found {
			return nil, fmt.Errorf("test %s and %s: both would be called %s; test them one after the other", other, key, name)
		}
		taken[name] = key
		all = append(all, arrival{key: key, name: name})
	}
	return all, nil
}

// arrive creates the ExternalSecrets and waits until ESO has written, or failed to write, the Secret of each.
func (p *Prover) arrive(ctx context.Context, req Request) ([]arrival, error) {
	all, err := req.names()
	if err != nil {
		return nil, err
	}
	// What an earlier test has left would be ready before ESO has looked.
	if err := p.deleteTests(ctx, req.Namespace); err != nil {
		return nil, err
	}
	p.Progress(fmt.Sprintf("waiting for ESO to write Secret %s/%s", req.Namespace, all[0].name))
	limited, cancel := context.WithTimeout(ctx, req.Timeout)
	defer cancel()
	first := &all[0]
	if first.data, first.took, first.err = p.one(limited, req, *first); cause.LoginRefused(first.err) {
		for i := range all {
			all[i].err = first.err
		}
		return all, nil
	}
	p.rest(limited, req, all[1:])
	return all, nil
}

// rest creates the others at the same time: the pair has been seen to be accepted.
func (p *Prover) rest(ctx context.Context, req Request, others []arrival) {
	var group errgroup.Group
	group.SetLimit(waitsAtATime)
	for i := range others {
		group.Go(func() error {
			a := &others[i]
			a.data, a.took, a.err = p.one(ctx, req, *a)
			return nil
		})
	}
	_ = group.Wait() // each failure is in its arrival
}

func (p *Prover) one(ctx context.Context, req Request, a arrival) (map[string][]byte, time.Duration, error) {
	es := eso.ExternalSecret{Namespace: req.Namespace, Name: a.name, Store: req.Store.Key(), Key: a.key, TargetKey: targetKey, Labels: purpose}
	start := time.Now()
	created, _, err := kube.Apply(ctx, p.Dynamic.Resource(eso.ExternalSecrets).Namespace(req.Namespace), es.Object(), false)
	if err != nil {
		return nil, 0, eso.Explain("create the test's ExternalSecret", err)
	}
	if err := eso.WaitSynced(ctx, p.Dynamic, req.Namespace, a.name, created.GetUID()); err != nil {
		return nil, 0, denied(err, req)
	}
	secret, err := p.Typed.CoreV1().Secrets(req.Namespace).Get(ctx, a.name, metav1.GetOptions{})
	took := time.Since(start).Round(time.Millisecond)
	if apierrors.IsNotFound(err) {
		// ESO calls it ready when Infisical has given it nothing.
		return nil, took, nil
	}
	if err != nil {
		return nil, took, fmt.Errorf("read the test's Secret: %w", err)
	}
	return content(secret), took, nil
}

func content(secret *corev1.Secret) map[string][]byte {
	if secret.Data == nil {
		return map[string][]byte{}
	}
	return secret.Data
}

// denied adds to ESO's refusal of a namespace that the test can go elsewhere.
func denied(err error, req Request) error {
	var named *cause.Error
	if errors.As(err, &named) && named.Cause.Code == cause.NamespaceDenied {
		named.Cause.Summary = req.Store.String() + " may not be used from namespace " + req.Namespace
		named.Cause.Fix = "test from a namespace that may use it, with --test-namespace NAME, or let " + req.Namespace +
			" use it: kubectl eso-infisical apply-store --allow-namespace " + req.Namespace + " beside those that may already"
	}
	return err
}

// firstUnfinished is the first failure that is none of ESO's verdicts: time is up, or the run is interrupted, or the API server refuses.
func firstUnfinished(all []arrival) error {
	for _, a := range all {
		var verdict *cause.Error
		if a.err != nil && !errors.As(a.err, &verdict) {
			return a.err
		}
	}
	return nil
}
