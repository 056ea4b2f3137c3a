// Package proof proves the whole way: it lets ExternalSecrets arrive as Secrets, reads the same keys from Infisical directly, and compares
// the two by a keyed hash. It removes what it has made, however it ends.
package proof

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// tidyTimeout bounds what is removed after a failure or an interruption.
const tidyTimeout = 15 * time.Second

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
	// Keep leaves what was made in place.
	Keep bool
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
	if _, err := kube.EnsureNamespace(ctx, p.Typed, p.Dynamic, req.Namespace, purpose, p.Progress); err != nil {
		return Report{}, err
	}
	if !req.Keep {
		defer func() {
			clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTimeout)
			defer cancel()
			left, failed := p.Cleanup(clean, req.Namespace, false)
			// The test's own error is the one to report; a leftover is found by cleanup and doctor.
			if report.Left = left; failed != nil {
				report.Left = Removal{Detail: "what the test has made is still there: " + failed.Error()}
			}
		}()
	}
	report, err = p.prove(ctx, req)
	if err != nil {
		return report, err
	}
	return report, report.failure(req)
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
