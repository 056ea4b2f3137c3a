package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// custodyChecks are about who keeps the credentials, and whether they can be replaced when that is needed.
var custodyChecks = []doctor.Check{
	{Code: "EI330", Needs: codes("EI701"), Inputs: sources(stores, secrets), Run: eachStore(secretStays)},
	{Code: "EI331", Needs: codes("EI701"), Inputs: sources(stores, secrets), Run: eachStore(secretCanBeRotated)},
	{Code: "EI332", Needs: codes("EI701"), Inputs: sources(stores, secrets, pairs), Run: pairIsInOneSecret},
	{Code: "EI333", Needs: codes("EI701"), Inputs: sources(stores, secrets, pairs), Run: eachStore(clientSecretHasItsForm)},
	{Code: "EI334", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(pairIsOfOneSecret)},
}

func secretStays(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return readable(ctx, s, st, func(k key, secret *corev1.Secret) doctor.Result {
		if secret.DeletionTimestamp == nil {
			return one(doctor.Holds("", k.object()))
		}
		held := "it is still there since something must happen first: " + strings.Join(secret.Finalizers, ", ")
		command := "kubectl -n " + k.namespace + " get secret " + k.name + " --output yaml"
		return one(problem("EI330", "somebody has deleted the Secret with the credentials", "find out who deletes it, and write it again when it is gone: "+bootstrap, k.object()).
			Saying(held).MendedBy(command).From(secretEvidence(secret, "metadata.deletionTimestamp", secret.DeletionTimestamp.UTC().String())))
	})
}

func secretCanBeRotated(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return readable(ctx, s, st, func(k key, secret *corev1.Secret) doctor.Result {
		if secret.Immutable != nil && *secret.Immutable {
			return one(problem("EI331", "the Secret is immutable, so that a new client secret cannot be put into it",
				"delete it and write it again at a quiet moment: "+bootstrap, k.object()).MendedBy(bootstrap).From(secretEvidence(secret, "immutable", "true")))
		}
		if owner, kept := kube.OwnerOf(secret); kept {
			return one(problem("EI331", "the Secret is kept by "+owner.String()+", which would undo a rotation", "rotate where that tool has the pair from", k.object()).
				MendedBy("kubectl eso-infisical bootstrap --secret NAME").From(secretEvidence(secret, "metadata", owner.String())))
		}
		return one(doctor.Holds("", k.object()))
	})
}

// pairIsInOneSecret compares the client secrets of the stores without showing any.
func pairIsInOneSecret(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	found, err := stores.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	holders := map[string][]doctor.Object{}
	for _, st := range found {
		k, secret, has := secretOf(ctx, s, st)
		if !has || secret.err != nil || secret.value == nil {
			continue
		}
		i, err := inspectedOf(ctx, s, st)
		if err != nil {
			return one(doctor.Found(err))
		}
		if object := k.object(); i.Whole && !slices.Contains(holders[i.Mark], object) {
			holders[i.Mark] = append(holders[i.Mark], object)
		}
	}
	var result doctor.Result
	for _, objects := range holders {
		if len(objects) > 1 {
			result = append(result, problem("EI332", fmt.Sprintf("%d Secrets hold the same client secret", len(objects)),
				"let all stores refer to one of them, or give each its own client secret", objects...))
		}
	}
	return result
}

func clientSecretHasItsForm(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return inspecting(ctx, s, st, func(k key, secret *corev1.Secret, i inspected) doctor.Result {
		if !i.Whole {
			return nil
		}
		if !i.Unusual {
			return one(doctor.Holds("", k.object())) // what is no pair at all is for another check to say
		}
		return one(problem("EI333", "the client secret is not of 64 hexadecimal digits", "copy it again as Infisical shows it when it is made, and write it: "+bootstrap, k.object()).
			MendedBy(bootstrap).From(secretEvidence(secret, "data", "of another form")))
	})
}

func pairIsOfOneSecret(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	keys := st.credentials()
	if len(keys) != 2 || keys[0].String() == keys[1].String() || keys[0].namespace == "" || keys[1].namespace == "" {
		return one(doctor.Holds("", st.named()))
	}
	return one(problem("EI334", "the client ID is in "+keys[0].String()+", the client secret in "+keys[1].String(),
		"put both into one Secret: "+bootstrap, keys[0].object(), keys[1].object()).MendedBy(bootstrap).From(st.seen("auth", "universalAuthCredentials", "clientSecret", "name")))
}
