package setup

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/authority"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/proof"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// Previewed is what a step would do: its result, had it been done, and what would change of the object, in the unified form. No value of a
// Secret is in it.
type Previewed struct {
	Result
	Diff string
}

// PreviewCredentials says what BringCredentials would do. It changes nothing, and asks only the cluster.
func (r *Runner) PreviewCredentials(ctx context.Context, c Checked) (Previewed, error) {
	if c.Credentials == nil {
		return Previewed{Result: r.keptCredentials()}, nil
	}
	if err := r.recallCredentials(ctx); err != nil {
		return Previewed{}, err
	}
	finding := verify.Finding{From: verify.None}
	if c.Finding != nil {
		finding = *c.Finding
	}
	content, err := r.continuing(ctx, credentials.Content{Pair: *c.Credentials, Record: record(finding)})
	if err != nil {
		return Previewed{}, err
	}
	written, err := credentials.Preview(ctx, r.Dynamic, r.Desired.Secret(), content)
	return Previewed{Result: r.writtenCredentials(written, finding)}, err
}

// PreviewCA says what BringCA would do. It changes nothing.
func (r *Runner) PreviewCA(ctx context.Context, c Checked) (Previewed, error) {
	if c.CA == nil {
		return Previewed{Result: r.keptCA()}, nil
	}
	source, err := r.locateCA(ctx)
	if err != nil {
		return Previewed{}, err
	}
	held, err := authority.Read(ctx, r.Dynamic, source)
	if err != nil {
		return Previewed{}, err
	}
	written, err := authority.Preview(source, held, *c.CA)
	if err == nil && written.Outcome.Altered() {
		err = r.requireCARights(ctx, source, held.Exists())
	}
	return Previewed{Result: AppliedCA{Source: source, Outcome: written.Outcome, After: *c.CA}.Result()}, err
}

// StorePreview is what ApplyStore would do.
type StorePreview struct {
	Previewed
	// Looks means that ESO would be made to look at the store, which may be as it is to be.
	Looks bool
}

// PreviewStoreAlone says what ApplyStore would do, without a login to Infisical. Unless ESO's definitions are to come with an install, they are
// held against the store.
func (r *Runner) PreviewStoreAlone(ctx context.Context, installed bool) (StorePreview, error) {
	change, err := r.sketchStore(ctx)
	if err == nil && installed {
		err = r.checkSchema(ctx, change)
	}
	if err == nil {
		err = change.checkOwner()
	}
	if err != nil {
		return StorePreview{}, err
	}
	after, outcome := change.overlaid()
	if outcome.Altered() {
		if err := kube.RequireRights(ctx, r.Typed, "write "+r.Desired.storeName(), r.storeRights(change.held == nil)); err != nil {
			return StorePreview{}, err
		}
	}
	p := StorePreview{Previewed: Previewed{Result: change.result(outcome).Result}, Looks: true}
	if outcome.Altered() {
		p.Diff, err = kube.Diff(change.held, after)
		return p, err
	}
	p.Notes = nil // They have been told when it was written.
	ready, _ := eso.Ready(change.held)
	p.Looks = ready.Status != "True" || eso.LookedAt(change.held) != r.inputVersions(ctx, change.store)
	return p, nil
}

// TryStore shows the store to the API server and to ESO's webhook. Nothing is changed, and Infisical is not asked.
func (r *Runner) TryStore(ctx context.Context) error {
	change, err := r.sketchStore(ctx)
	if err == nil {
		_, _, err = kube.Preview(ctx, change.api(r), change.object, r.Desired.ForceConflicts)
	}
	return eso.Explain("try to apply "+r.Desired.storeName(), err)
}

// sketchStore is planStore without what needs ESO's definitions or Infisical.
func (r *Runner) sketchStore(ctx context.Context) (storeChange, error) {
	held, err := r.heldStore(ctx)
	if err != nil {
		return storeChange{}, err
	}
	store, err := r.desiredStore(ctx, held)
	if err != nil {
		return storeChange{}, err
	}
	return r.changeOf(store, held), nil
}

// PreviewProof says whether the key would be proved anew, and refuses a namespace in which that cannot be.
func (r *Runner) PreviewProof(ctx context.Context) (Result, error) {
	if _, err := r.testNamespace(eso.Store{Namespace: r.Desired.StoreNamespace, Name: r.Desired.Store}); err != nil {
		return Result{}, err
	}
	result := Result{Object: "externalsecret/" + proof.Name(r.Desired.Key), Outcome: kube.Unchanged}
	_, err := eso.Stores(r.Dynamic, r.Desired.StoreNamespace).Get(ctx, r.Desired.Store, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		result.Outcome = Proved
		return result, nil // There is no store yet, and nothing that was proved.
	}
	if err != nil {
		return result, fmt.Errorf("read %s: %w", r.Desired.storeName(), err)
	}
	already, err := r.AlreadyProved(ctx)
	if err == nil && !already {
		result.Outcome = Proved
	}
	return result, err
}

// PreviewCleanup says whether a test has left something behind.
func (r *Runner) PreviewCleanup(ctx context.Context) (Result, error) {
	removal, err := r.prover().Preview(ctx, r.Desired.testSpace())
	return Result{Object: "namespace/" + r.Desired.testSpace(), Outcome: removal.Outcome, Detail: removal.Detail}, err
}
