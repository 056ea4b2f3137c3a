package checks

import (
	"context"
	"fmt"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

const bootstrap = "kubectl eso-infisical bootstrap"

// secrets are those that stores log in with or take their CA from, by their name as in key.String, and no others.
var secrets = doctor.NewInput("the stores' Secrets", func(ctx context.Context, s *doctor.Snapshot) (map[string]answer[*corev1.Secret], error) {
	return referred(ctx, s, "Secret", func(namespace, name string) (*corev1.Secret, error) {
		return s.Cluster.Typed.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	})
}).Asking(referredRight(secretsResource)).Keeping(keptSecrets)

// referred reads the objects of a kind that stores refer to, each once and all at the same time.
func referred[T any](ctx context.Context, s *doctor.Snapshot, kind string, get func(namespace, name string) (T, error)) (map[string]answer[T], error) {
	found, err := stores.Of(ctx, s)
	if err != nil {
		return nil, err
	}
	wanted := map[string]key{}
	for _, st := range found {
		keys := st.credentials()
		if ca, has := st.authority(); has {
			keys = append(keys, ca)
		}
		for _, k := range keys {
			if k.kind == kind && k.namespace != "" {
				wanted[k.String()] = k
			}
		}
	}
	answers := map[string]answer[T]{}
	var all sync.WaitGroup
	var mu sync.Mutex
	for name, k := range wanted {
		all.Go(func() {
			value, err := get(k.namespace, k.name)
			mu.Lock()
			defer mu.Unlock()
			answers[name] = answer[T]{value, err}
		})
	}
	all.Wait()
	return answers, nil
}

var credentialChecks = []doctor.Check{
	{Code: "EI303", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(credentialsHaveANamespace)},
	{Code: "EI301", Needs: codes("EI701"), Inputs: sources(stores, secrets), Run: eachStore(credentialsExist)},
	{Code: "EI302", Needs: codes("EI701"), Inputs: sources(stores, secrets), Run: eachStore(credentialsAreComplete)},
	{Code: "EI350", Needs: codes("EI701"), Inputs: sources(stores, secrets, pairs), Run: eachStore(credentialsLookRight)},
	{Code: "EI351", Needs: codes("EI701"), Inputs: sources(stores, secrets, pairs), Run: eachStore(credentialsHaveNoSpaceAround)},
	{Code: "EI352", Needs: codes("EI701"), Inputs: sources(stores, secrets), Run: eachStore(rotationIsDone)},
}

func credentialsHaveANamespace(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	for _, k := range st.credentials() {
		if k.namespace == "" {
			c, _ := cause.FromText("an empty namespace may not be set when a resource name is provided")
			return one(doctor.Problem(c, st.named()).MendedBy("kubectl eso-infisical apply-store").
				From(doctor.Seen(st.object, "spec.provider.infisical.auth…"+k.use+".namespace", "")))
		}
	}
	return nil
}

// secretOf is the Secret that the store logs in with, or false where it does so without one or does not say where it is.
func secretOf(ctx context.Context, s *doctor.Snapshot, st store) (key, answer[*corev1.Secret], bool) {
	keys := st.credentials()
	if len(keys) == 0 || keys[0].namespace == "" {
		return key{}, answer[*corev1.Secret]{}, false
	}
	all, err := secrets.Of(ctx, s)
	if err != nil {
		return keys[0], answer[*corev1.Secret]{err: err}, true
	}
	return keys[0], all[keys[0].String()], true
}

func credentialsExist(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	k, secret, has := secretOf(ctx, s, st)
	switch {
	case !has:
		return nil
	case isAbsent(secret.err):
		return one(doctor.Problem(cause.CredentialsMissing, k.object()).MendedBy(bootstrap).From(st.seen("auth", "universalAuthCredentials", k.use, "name")))
	case secret.err != nil:
		return one(doctor.Found(secret.err, k.object()))
	}
	return one(doctor.Holds("", k.object()))
}

// readable applies a judgement to the Secret of a store. That it does not exist is for another check to say.
func readable(ctx context.Context, s *doctor.Snapshot, st store, judge func(key, *corev1.Secret) doctor.Result) doctor.Result {
	k, secret, has := secretOf(ctx, s, st)
	if !has || isAbsent(secret.err) {
		return nil
	}
	if secret.err != nil {
		return one(doctor.Found(secret.err, k.object()))
	}
	return judge(k, secret.value)
}

func credentialsAreComplete(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return readable(ctx, s, st, func(k key, secret *corev1.Secret) doctor.Result {
		var missing []string
		for _, wanted := range st.credentials() {
			if wanted.String() == k.String() && len(secret.Data[wanted.key]) == 0 {
				missing = append(missing, wanted.key)
			}
		}
		if len(missing) == 0 {
			return one(doctor.Holds("", k.object()))
		}
		c := cause.CredentialsIncomplete
		c.Summary = "the Secret with the credentials lacks " + strings.Join(missing, " and ")
		return one(doctor.Problem(c, k.object()).MendedBy(bootstrap).From(secretEvidence(secret, "data", "keys: "+keysOf(secret))))
	})
}

// secretEvidence never takes a value.
func secretEvidence(secret *corev1.Secret, field, text string) doctor.Evidence {
	return doctor.Evidence{Object: doctor.Object{Kind: "Secret", Namespace: secret.Namespace, Name: secret.Name}, Field: field, Value: text,
		ResourceVersion: secret.ResourceVersion}
}

func keysOf(secret *corev1.Secret) string {
	names := sorted(secret.Data)
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// pair is the client ID and secret of a store with universal auth, where both are there.
func pair(st store, secret *corev1.Secret) (infisical.UniversalAuth, bool) {
	keys := st.credentials()
	if len(keys) != 2 || keys[0].String() != keys[1].String() {
		return infisical.UniversalAuth{}, false
	}
	p := infisical.UniversalAuth{ClientID: string(secret.Data[keys[0].key]), ClientSecret: string(secret.Data[keys[1].key])}
	return p, p.ClientID != "" && p.ClientSecret != ""
}

func credentialsLookRight(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return inspecting(ctx, s, st, func(k key, secret *corev1.Secret, i inspected) doctor.Result {
		if !i.Whole {
			return nil
		}
		if what := i.Odd; what != "" {
			return one(problem("EI350", what, "write it again: "+bootstrap, k.object()).MendedBy(bootstrap).From(secretEvidence(secret, "data", what)))
		}
		return one(doctor.Holds("", k.object()))
	})
}

func credentialsHaveNoSpaceAround(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return inspecting(ctx, s, st, func(k key, secret *corev1.Secret, i inspected) doctor.Result {
		if len(i.Padded) == 0 {
			return one(doctor.Holds("", k.object()))
		}
		return one(problem("EI351", "there is a line end or a blank around "+strings.Join(i.Padded, " and "), "write it again: "+bootstrap, k.object()).
			MendedBy(bootstrap).From(secretEvidence(secret, "data", "padded: "+strings.Join(i.Padded, ", "))))
	})
}

// rotationIsDone leaves a rotation alone that has proved the new pair: whether it is time to revoke the old one is for another check to say.
func rotationIsDone(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return readable(ctx, s, st, func(k key, secret *corev1.Secret) doctor.Result {
		if old, kept := credentials.ReplacedIn(secret.Data, secret.Annotations); !kept || old.Proved {
			return one(doctor.Holds("", k.object()))
		}
		return one(problem("EI352", "the Secret still holds the pair that a rotation has replaced", "complete it: kubectl eso-infisical rotate credentials", k.object()).
			From(secretEvidence(secret, "data", fmt.Sprintf("keys: %s", keysOf(secret)))))
	})
}
