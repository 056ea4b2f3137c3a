package setup

import (
	"context"
	"fmt"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/proof"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// Test is what a test is to do.
type Test struct {
	// Keys are the secrets in Infisical; none stands for all that the store reads.
	Keys []string
	// Keep leaves what the test made in place, and KeepSpace the namespace alone.
	Keep, KeepSpace bool
	// Timeout bounds the wait for the Secrets.
	Timeout time.Duration
}

// Test proves the whole way, see package proof. With a way to verify other than from here the values are not compared.
func (r *Runner) Test(ctx context.Context, t Test) (proof.Report, error) {
	store, err := r.currentStore(ctx)
	if err != nil {
		return proof.Report{}, err
	}
	namespace, err := r.testNamespace(store)
	if err != nil {
		return proof.Report{}, err
	}
	request := proof.Request{Store: store, Namespace: namespace, Keys: t.Keys, Keep: t.Keep, KeepSpace: t.KeepSpace, Timeout: t.Timeout}
	if r.Desired.Verify == verify.Local {
		request.Read = func(ctx context.Context, use func(proof.Reader) error) error {
			session, err := r.follow(ctx, store)
			if err != nil {
				return err
			}
			defer verify.Close(ctx, session)
			return use(session)
		}
	}
	return r.prover().Run(ctx, request)
}

// testNamespace is where the test works: a SecretStore can be used from its own namespace only.
func (r *Runner) testNamespace(store eso.Store) (string, error) {
	given := r.Desired.TestNamespace
	switch {
	case store.Namespace == "":
		return given, nil
	case given != DefaultTestSpace && given != store.Namespace:
		return "", &InputError{Problem: store.String() + " can be used from its own namespace only; leave --test-namespace out"}
	}
	return store.Namespace, nil
}

// testSpace is where tests of the store have worked.
func (d *Desired) testSpace() string {
	if d.StoreNamespace != "" {
		return d.StoreNamespace
	}
	return d.TestNamespace
}

// Cleanup removes what tests have left behind; with wait, it waits until the test namespace is gone.
func (r *Runner) Cleanup(ctx context.Context, wait bool) (Result, error) {
	space := r.Desired.testSpace()
	removal, err := r.prover().Cleanup(ctx, space, wait)
	return Result{Object: "namespace/" + space, Outcome: removal.Outcome, Detail: removal.Detail}, err
}

func (r *Runner) prover() *proof.Prover {
	return &proof.Prover{Dynamic: r.Dynamic, Typed: r.Typed, Lookout: r.Lookout, Progress: r.Progress}
}

// Proved is the outcome of a test.
const Proved kube.Outcome = "proved"

// ProveKey tests the one key that proves the setup, unless it was proved for exactly the present state. It leaves the namespace of the test
// for Cleanup to remove. What could not be removed is in the result's notes, also with an error.
func (r *Runner) ProveKey(ctx context.Context) (result Result, proved bool, err error) {
	key := r.Desired.Key
	result = Result{Object: "externalsecret/" + proof.Name(key), Outcome: kube.Unchanged}
	already, err := r.AlreadyProved(ctx)
	if err != nil {
		return result, false, err
	}
	if already {
		result.Detail = fmt.Sprintf("%s was proved for exactly this state; kubectl eso-infisical test proves it again", key)
		return result, false, nil
	}
	report, err := r.Test(ctx, Test{Keys: []string{key}, KeepSpace: true, Timeout: TestTimeout})
	if report.Left.Outcome == "" && report.Left.Detail != "" {
		result.Notes = append(result.Notes, report.Left.Detail)
	}
	if err != nil {
		return result, false, err
	}
	result.Outcome, result.Detail, result.Proof = Proved, fmt.Sprintf("%s has arrived through %s", key, r.Desired.storeName()), report.Keys[0].Sentence()
	if report.Uncompared != nil && report.Asked() {
		result.Notes = append(result.Notes, "the value could not be compared with Infisical's: "+report.Uncompared.Error())
	}
	return result, report.Uncompared == nil || !report.Asked(), nil
}

// follow logs in as ESO does for the store, if it is one whose references this program can follow.
func (r *Runner) follow(ctx context.Context, store eso.Store) (*infisical.Session, error) {
	if store.Unread != "" {
		return nil, unsure("%s cannot be followed, since %s", store, store.Unread)
	}
	return r.logIn(ctx, store)
}

// logIn logs in once, as ESO does for the store.
func (r *Runner) logIn(ctx context.Context, store eso.Store) (*infisical.Session, error) {
	server, err := r.serverOf(ctx, store)
	if err != nil {
		return nil, err
	}
	client, err := r.Verifier.Client(server)
	if err != nil {
		return nil, err
	}
	if store.Auth == eso.KubernetesAuth {
		id, err := r.identityID(ctx, store.Credentials)
		if err != nil {
			return nil, err
		}
		return r.logInAsESO(ctx, client, id)
	}
	held, err := credentials.Read(ctx, r.Dynamic, store.Credentials)
	if err != nil {
		return nil, err
	}
	return client.Login(ctx, held.Pair)
}
