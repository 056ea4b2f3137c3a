package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

type resourceClient = dynamic.ResourceInterface

const (
	// beatAnnotation moves while the run that has made a probe is alive.
	beatAnnotation = "eso-infisical.dev/alive-at"
	// beatInterval is how often it moves. A probe that has not moved for silence is one that a killed run has left.
	beatInterval = time.Second
	silence      = 6 * beatInterval
)

// beat shows other runs that the probe's own is alive, until the function that it returns is called.
func (v *Verifier) beat(ctx context.Context, name string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(beatInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-ticker.C:
				patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%q}}}`, beatAnnotation, now.UTC().Format(time.RFC3339Nano))
				// One that is missed is made up for by the next.
				_, _ = v.secrets().Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: kube.FieldManager})
			}
		}
	}()
	return func() { cancel(); <-done }
}

// ClearUp removes what killed verifications have left, as far as that may be looked at: ESO goes on logging in for such a store, which locks
// the identity once its client secret is revoked.
func (v *Verifier) ClearUp(ctx context.Context) error {
	err := v.removeAbandoned(ctx)
	if apierrors.IsForbidden(err) || apierrors.IsNotFound(err) {
		return nil // Without ESO's CRDs there is nothing to clear up.
	}
	return err
}

// removeAbandoned removes what killed runs have left, and leaves alone what others are verifying with. Clocks of different machines need
// not agree for that: what counts is whether a probe moves.
func (v *Verifier) removeAbandoned(ctx context.Context) error {
	before, err := v.probes(ctx)
	if err != nil || len(before) == 0 {
		return err
	}
	v.Progress("seeing whether an earlier verification is still at work")
	select {
	case <-ctx.Done():
		return fmt.Errorf("look for probes of earlier verifications: %w", ctx.Err())
	case <-time.After(v.silence()):
	}
	after, err := v.probes(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for name, version := range after {
		if known, found := before[name]; found && known == version {
			failed = append(failed, v.removeProbe(ctx, name))
		}
	}
	return errors.Join(failed...)
}

func (v *Verifier) silence() time.Duration {
	if v.Silence > 0 {
		return v.Silence
	}
	return silence
}

// probes maps the names of all probes to the version of their Secret. A store whose Secret is gone moves no more. Who may not list Secrets
// cannot tell, and leaves them alone.
func (v *Verifier) probes(ctx context.Context) (map[string]string, error) {
	const what = "look for probes of earlier verifications"
	options := metav1.ListOptions{LabelSelector: labels.Set{eso.PurposeLabel: eso.ProbePurpose}.String()}
	stores, err := v.Dynamic.Resource(eso.ClusterSecretStores).List(ctx, options)
	if err != nil {
		return nil, eso.Explain(what, err)
	}
	held, err := v.secrets().List(ctx, options)
	if apierrors.IsForbidden(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	found := map[string]string{}
	for _, store := range stores.Items {
		found[store.GetName()] = ""
	}
	for _, secret := range held.Items {
		found[secret.GetName()] = secret.GetResourceVersion()
	}
	return found, nil
}
