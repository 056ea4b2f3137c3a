package checks

import (
	"context"
	"crypto/sha3"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

const (
	managedLabel = "reconcile.external-secrets.io/managed=true"
	// dataHash is where ESO notes a hash of what it has written.
	dataHash = "reconcile.external-secrets.io/data-hash"
)

var secretsResource = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

// madeSecrets are the Secrets that ESO has made, by namespace and name, with the hash that it notes of each. Their values are not read.
var madeSecrets = doctor.NewInput("the Secrets that ESO has made", func(ctx context.Context, s *doctor.Snapshot) (map[string]string, error) {
	found := map[string]string{}
	err := kube.EachPage(ctx, s.Cluster.Metadata(secretsResource, ""), metav1.ListOptions{LabelSelector: managedLabel}, func(page []unstructured.Unstructured) error {
		for i := range page {
			found[page[i].GetNamespace()+"/"+page[i].GetName()] = page[i].GetAnnotations()[dataHash]
		}
		return nil
	})
	return found, err
}).Asking(asks("list", secretsResource, everywhere)).Keeping(withoutHashes)

// wishesHaveAStore finds what points to a SecretStore that is not there. Where a ClusterSecretStore has that name, its kind was forgotten.
func wishesHaveAStore(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := wishes.Of(ctx, s)
	general, storesErr := clusterStores.Of(ctx, s)
	local, localErr := namespacedStores.Of(ctx, s)
	if err := firstError(err, storesErr, localErr); err != nil {
		return one(doctor.Found(err))
	}
	there := map[eso.StoreKey]bool{}
	for _, st := range slices.Concat(general, local) {
		there[st.Key()] = true
	}
	forgotten := where(all, func(w wish) bool {
		return slices.ContainsFunc(w.Stores, func(k eso.StoreKey) bool { return k.Namespace != "" && !there[k] && there[eso.StoreKey{Name: k.Name}] })
	})
	if len(forgotten) == 0 {
		return one(doctor.Holds(""))
	}
	first := forgotten[0]
	command := fmt.Sprintf(`kubectl -n %s patch externalsecret %s --type merge -p '{"spec":{"secretStoreRef":{"kind":"ClusterSecretStore"}}}'`, first.Namespace, first.Name)
	return one(group(problem("EI802", "kind: ClusterSecretStore is missing from "+counted(len(forgotten))+", and there is no SecretStore of that name",
		"add kind: ClusterSecretStore to spec.secretStoreRef").MendedBy(command), forgotten, "spec.secretStoreRef.kind", func(wish) string { return eso.NamespacedKind }))
}

// owns reports whether the ExternalSecret wants the Secret for itself.
func (w wish) owns() bool { return w.Target.Creation == "" || w.Target.Creation == "Owner" }

func targetsHaveOneOwner(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := wishes.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	owners := map[string][]wish{}
	for _, w := range where(all, wish.owns) {
		owners[w.targetID()] = append(owners[w.targetID()], w)
	}
	var result doctor.Result
	for _, target := range sorted(owners) {
		if of := owners[target]; len(of) > 1 {
			result = append(result, group(problem("EI806", fmt.Sprintf("%s want the same Secret %s", counted(len(of)), target), "give each a target of its own (spec.target.name)"),
				of, "spec.target.name", func(w wish) string { return w.Target.Name }))
		}
	}
	return result
}

// delivered are the ExternalSecrets that ESO calls synced, and that should have a Secret.
func delivered(all []wish) []wish {
	return where(all, func(w wish) bool {
		return w.synced() && w.Target.Deletion != "Delete" && w.Target.Creation != "Merge" && w.Target.Creation != "None"
	})
}

func targetsExist(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := wishes.Of(ctx, s)
	made, madeErr := madeSecrets.Of(ctx, s)
	if err := firstError(err, madeErr); err != nil {
		return one(doctor.Found(err))
	}
	empty := where(delivered(all), func(w wish) bool {
		_, there := made[w.targetID()]
		return !there && !strings.Contains(w.Ready.Message, "generic target")
	})
	if len(empty) == 0 {
		return one(doctor.Holds(""))
	}
	return one(group(problem("EI850", counted(len(empty))+" are ready, and have no Secret", "check the key, the environment and the folder in Infisical"),
		empty, "status.conditions[Ready]", wish.condition))
}

// targetsHoldValues finds Secrets in which every value is empty, without reading them: ESO notes a hash of what it has written, and that of
// nothing is known.
func targetsHoldValues(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := wishes.Of(ctx, s)
	hollow, hollowErr := emptied.Of(ctx, s)
	if err := firstError(err, hollowErr); err != nil {
		return one(doctor.Found(err))
	}
	empty := where(delivered(all), func(w wish) bool { return hollow[w.targetID()] })
	if len(empty) == 0 {
		return one(doctor.Holds(""))
	}
	return one(group(problem("EI804", "the Secrets of "+counted(len(empty))+" hold empty values, and ESO calls them synced",
		"check that the store's host is Infisical's own address, and let the test prove it").MendedBy("kubectl eso-infisical test --key KEY"),
		empty, "metadata.annotations", func(wish) string { return dataHash + " is that of empty values" }))
}

// emptied are the Secrets in which every value is empty, by namespace and name: ESO notes a hash of what it has written, and that of nothing is known.
var emptied = doctor.NewInput("Secrets that hold nothing", func(ctx context.Context, s *doctor.Snapshot) (map[string]bool, error) {
	all, err := wishes.Of(ctx, s)
	made, madeErr := madeSecrets.Of(ctx, s)
	hollow := map[string]bool{}
	for _, w := range all {
		if hash := made[w.targetID()]; hash != "" && w.plain() && slices.Contains(hashesOfNothing(w.Asked), hash) {
			hollow[w.targetID()] = true
		}
	}
	return hollow, firstError(err, madeErr)
}).Asking(asksNothing).Keeping(whole)

// plain reports whether what spec.data names is all that is in the Secret.
func (w wish) plain() bool { return w.Sources == 0 && !w.Target.Templated }

// hashesOfNothing are ESO's hashes of a Secret without data, and of one whose keys all are empty.
func hashesOfNothing(asked []eso.Asked) []string {
	data := map[string][]byte{}
	for _, a := range asked {
		data[a.TargetKey] = []byte{}
	}
	hash := func(m map[string][]byte) string { return fmt.Sprintf("%x", sha3.Sum224(fmt.Appendf(nil, "%+v", m))) }
	return []string{hash(nil), hash(data)}
}
