// Package proof proves the whole way: it lets ExternalSecrets arrive as Secrets, reads the same keys from Infisical directly, and compares
// the two by a keyed hash. It removes what it has made, however it ends.
package proof

import (
	"context"
	"errors"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// tidyTimeout is how long ESO is given, after a test, to let its ExternalSecrets go, and spaceTimeout how long the namespace's deletion may take to
// be asked for.
const (
	tidyTimeout  = 10 * time.Second
	spaceTimeout = 5 * time.Second
)

// purpose marks what exists for tests only.
var purpose = map[string]string{"eso-infisical.dev/purpose": "test"}

// tests selects the product's own ExternalSecrets that are for tests.
var tests = metav1.ListOptions{LabelSelector: kube.ManagedByLabel + "=" + kube.FieldManager + ",eso-infisical.dev/purpose=test"}

// Prover proves, and removes what proofs have left.
type Prover struct {
	Dynamic dynamic.Interface
	Typed   kubernetes.Interface
	Lookout kube.Lookout
	// Progress receives one line whenever what is waited for changes.
	Progress func(string)
}

// Reader is a session with Infisical.
type Reader interface {
	Secrets(context.Context, infisical.Scope) (map[string]infisical.Secret, error)
}

// Request says what is to be proved.
type Request struct {
	Store     eso.Store
	Namespace string
	// Keys are secrets in Infisical; none stands for all that the store reads.
	Keys []string
	// Read logs in to Infisical as the store does, once ESO has done so with success, and passes the session on. Nil compares nothing.
	Read func(ctx context.Context, use func(Reader) error) error
	// Keep leaves what was made in place, and KeepSpace the namespace alone, for who tests again and then calls Cleanup.
	Keep, KeepSpace bool
	// Timeout bounds the wait for the Secrets.
	Timeout time.Duration
}

// Run proves what is asked for. A key that has not arrived as it is in Infisical is an error that carries its cause; what is known of
// every key is in the report, also then.
func (p *Prover) Run(ctx context.Context, req Request) (report Report, err error) {
	if err := p.requireRights(ctx, req); err != nil {
		return Report{}, err
	}
	if err := p.refuseForeign(ctx, req); err != nil {
		return Report{}, err
	}
	if !req.Keep {
		// An interruption may come at any time from here on, also while the namespace is made.
		defer func() { report.Left = p.tidy(ctx, req) }()
	}
	if _, err := kube.EnsureNamespace(ctx, p.Typed, p.Dynamic, req.Namespace, purpose, p.Progress); err != nil {
		return Report{}, err
	}
	report, err = p.prove(ctx, req)
	if err != nil {
		return report, err
	}
	return report, report.failure(req)
}

// tidy removes what the test has made, whatever has become of the run. The test's own error is the one to report: a leftover is told
// beside it, and found by cleanup and doctor.
func (p *Prover) tidy(ctx context.Context, req Request) Removal {
	p.Progress("removing what the test has made")
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTimeout)
	defer cancel()
	remove := func(ctx context.Context, namespace string) (Removal, error) { return p.Cleanup(ctx, namespace, false) }
	if req.KeepSpace {
		remove = func(ctx context.Context, namespace string) (Removal, error) {
			return Removal{}, p.deleteTests(ctx, namespace)
		}
	}
	left, err := remove(clean, req.Namespace)
	if errors.Is(err, context.DeadlineExceeded) && !req.KeepSpace {
		// ESO is busy, or away. The ExternalSecrets are marked as going, and the namespace can be, too.
		space, cancel := context.WithTimeout(context.WithoutCancel(ctx), spaceTimeout)
		defer cancel()
		left, err = p.removeSpace(space, req.Namespace)
	}
	if err != nil {
		return Removal{Detail: "what the test has made is still there: " + err.Error() + "; run kubectl eso-infisical cleanup"}
	}
	return left
}

func (p *Prover) prove(ctx context.Context, req Request) (Report, error) {
	arrivals, err := p.arrive(ctx, req)
	if err != nil {
		return Report{}, err
	}
	report := Report{Namespace: req.Namespace}
	if err := firstUnfinished(arrivals); err != nil {
		return report, err
	}
	originals, err := p.read(ctx, req, arrivals)
	if err != nil {
		return report, err
	}
	compare, err := newComparison()
	if err != nil {
		return report, err
	}
	report.Uncompared = originals.unread
	for _, a := range arrivals {
		report.Keys = append(report.Keys, compare.arrival(a, originals)...)
	}
	return report, nil
}
