package checks

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Kinds that make ExternalSecrets of themselves, or send Secrets the other way.
var (
	clusterWishesResource = schema.GroupVersionResource{Group: eso.ExternalSecrets.Group, Version: "v1", Resource: "clusterexternalsecrets"}
	pushesResource        = schema.GroupVersionResource{Group: eso.ExternalSecrets.Group, Version: "v1alpha1", Resource: "pushsecrets"}
)

// clusterWish is a ClusterExternalSecret with the namespaces in which ESO could not make its ExternalSecret.
type clusterWish struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Status struct {
		Failed []struct {
			Namespace string `json:"namespace"`
			Reason    string `json:"reason"`
		} `json:"failedNamespaces"`
	} `json:"status"`
}

// push is a PushSecret with its stores.
type push struct {
	Metadata struct {
		Namespace string `json:"namespace"`
		Name      string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Stores []struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"secretStoreRefs"`
	} `json:"spec"`
}

var (
	clusterWishes = doctor.NewInput("ClusterExternalSecrets", listOptional[clusterWish](clusterWishesResource)).Asking(asks("list", clusterWishesResource, everywhere)).Keeping(whole)
	pushes        = doctor.NewInput("PushSecrets", listOptional[push](pushesResource)).Asking(asks("list", pushesResource, everywhere)).Keeping(whole)
)

// listOptional lists a kind that not every installation of ESO has.
func listOptional[T any](resource schema.GroupVersionResource) func(context.Context, *doctor.Snapshot) ([]T, error) {
	return func(ctx context.Context, s *doctor.Snapshot) ([]T, error) {
		var all []T
		err := kube.Stream(ctx, kube.Collection{Client: s.Cluster.Client, Resource: resource}, func(one T) error {
			all = append(all, one)
			return nil
		})
		if isAbsent(err) {
			return nil, nil
		}
		return all, err
	}
}

var fanoutChecks = []doctor.Check{
	{Code: "EI840", Needs: codes("EI204"), Inputs: sources(clusterWishes), Run: clusterWishesAreEverywhere},
	{Code: "EI841", Needs: codes("EI701"), Inputs: sources(pushes, stores), Run: pushesCanBeWritten},
}

func clusterWishesAreEverywhere(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := clusterWishes.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	var result doctor.Result
	for _, w := range all {
		if len(w.Status.Failed) == 0 {
			continue
		}
		first := w.Status.Failed[0]
		place := "namespace " + first.Namespace
		if n := len(w.Status.Failed); n > 1 {
			place = fmt.Sprintf("%d namespaces, such as %s", n, first.Namespace)
		}
		object := doctor.Object{Kind: "ClusterExternalSecret", Name: w.Metadata.Name}
		result = append(result, problem("EI840", "ESO cannot make the ExternalSecret of "+w.Metadata.Name+" in "+place,
			"an ExternalSecret of that name which others have made must go, or spec.externalSecretName must be another", object).Saying(first.Reason).
			MendedBy("kubectl get clusterexternalsecret "+w.Metadata.Name+" --output yaml").
			From(doctor.Evidence{Object: object, Field: "status.failedNamespaces", Value: first.Namespace + ": " + first.Reason}))
	}
	return result
}

// pushesCanBeWritten finds PushSecrets into stores that ESO can only read: writing to Infisical came with ESO 2.7.
func pushesCanBeWritten(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := pushes.Of(ctx, s)
	found, storesErr := stores.Of(ctx, s)
	if err := firstError(err, storesErr); err != nil {
		return one(doctor.Found(err))
	}
	readOnly := map[eso.StoreKey]bool{}
	for _, st := range found {
		capabilities, _, _ := unstructured.NestedString(st.object.Object, "status", "capabilities")
		readOnly[st.Key()] = capabilities == "ReadOnly"
	}
	var result doctor.Result
	for _, p := range all {
		for _, ref := range p.Spec.Stores {
			of := eso.StoreKey{Namespace: p.Metadata.Namespace, Name: ref.Name}
			if ref.Kind == eso.ClusterKind {
				of.Namespace = ""
			}
			if object := (doctor.Object{Kind: "PushSecret", Namespace: p.Metadata.Namespace, Name: p.Metadata.Name}); readOnly[of] {
				result = joined(result, problem("EI841", "this version of ESO cannot write to Infisical, so that PushSecrets do nothing",
					"upgrade ESO to 2.7 or newer, or take the PushSecret away", object).From(doctor.Evidence{Object: object, Field: "spec.secretStoreRefs", Value: of.String()}))
			}
		}
	}
	return result
}
