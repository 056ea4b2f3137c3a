package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// store is a ClusterSecretStore or SecretStore for Infisical, however it logs in.
type store struct {
	eso.Store
	object *unstructured.Unstructured
}

func (s store) named() doctor.Object {
	return doctor.Object{Kind: s.Kind(), Namespace: s.object.GetNamespace(), Name: s.object.GetName()}
}

// text is a field below spec.provider.infisical.
func (s store) text(path ...string) string {
	value, _, _ := unstructured.NestedString(s.object.Object, append([]string{"spec", "provider", "infisical"}, path...)...)
	return value
}

// seen is such a field as evidence.
func (s store) seen(path ...string) doctor.Evidence {
	return doctor.Seen(s.object, "spec.provider.infisical."+strings.Join(path, "."), s.text(path...))
}

// isInfisical reports whether the store is for Infisical.
func (s store) isInfisical() bool {
	_, is, _ := unstructured.NestedMap(s.object.Object, "spec", "provider", "infisical")
	return is
}

// isProbe reports whether it is one of ours, for the time of one verification.
func (s store) isProbe() bool { return s.object.GetLabels()[eso.PurposeLabel] == eso.ProbePurpose }

// Lists of all stores, those of other providers included.
var (
	clusterStores    = doctor.NewInput("ClusterSecretStores", listStores(eso.ClusterSecretStores)).Asking(asks("list", eso.ClusterSecretStores, everywhere)).Keeping(keptStores)
	namespacedStores = doctor.NewInput("SecretStores", listStores(eso.SecretStores)).Asking(asks("list", eso.SecretStores, everywhere)).Keeping(keptStores)
)

// readStore reads a store of any provider; of another than Infisical nothing but its name is known.
func readStore(obj *unstructured.Unstructured) store {
	read, _ := eso.ReadStore(obj)
	read.Namespace, read.Name = obj.GetNamespace(), obj.GetName()
	return store{read, obj}
}

func listStores(resource schema.GroupVersionResource) func(context.Context, *doctor.Snapshot) ([]store, error) {
	return func(ctx context.Context, s *doctor.Snapshot) ([]store, error) {
		var all []store
		err := kube.EachPage(ctx, s.Cluster.Dynamic.Resource(resource), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
			for i := range page {
				all = append(all, readStore(&page[i]))
			}
			return nil
		})
		return all, err
	}
}

// stores are those for Infisical, of both kinds. Where SecretStores may not be read, a check of its own says so, and the others are judged.
var stores = doctor.NewInput("stores for Infisical", func(ctx context.Context, s *doctor.Snapshot) ([]store, error) {
	all, err := clusterStores.Of(ctx, s)
	if err != nil {
		return nil, err
	}
	local, _ := namespacedStores.Of(ctx, s)
	var found []store
	for _, st := range slices.Concat(all, local) {
		if st.isInfisical() && !st.isProbe() {
			found = append(found, st)
		}
	}
	return found, nil
}).Asking(func(c doctor.Cluster) []kube.Right {
	return slices.Concat(clusterStores.Rights(c), namespacedStores.Rights(c))
}).Keeping(keptStores)

var storeChecks = []doctor.Check{
	{Code: "EI701", Needs: codes("EI204"), Inputs: sources(stores), Run: storeIsThere},
}

func storeIsThere(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	found, err := stores.Of(ctx, s)
	switch {
	case isAbsent(err):
		return one(doctor.Problem(cause.NoResources))
	case err != nil:
		return one(doctor.Found(err))
	case len(found) == 0:
		return one(doctor.Problem(cause.StoreMissing).MendedBy("kubectl eso-infisical apply-store"))
	}
	names := make([]string, len(found))
	f := doctor.Holds("")
	for i, st := range found {
		names[i] = st.Key().ID()
		f.Objects = append(f.Objects, st.named())
	}
	f.Note = strings.Join(names, ", ")
	return one(f)
}

// eachStore applies a judgement to every store. What is wrong with several for one reason is one finding.
func eachStore(judge func(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result) func(context.Context, *doctor.Snapshot) doctor.Result {
	return func(ctx context.Context, s *doctor.Snapshot) doctor.Result {
		found, err := stores.Of(ctx, s)
		if err != nil {
			return one(doctor.Found(err))
		}
		var result doctor.Result
		for _, st := range found {
			for _, f := range judge(ctx, s, st) {
				result = joined(result, st.addressed(f))
			}
		}
		return result
	}
}

// joined adds a finding, or its objects to a finding that is wrong in the same way.
func joined(result doctor.Result, f doctor.Finding) doctor.Result {
	at := slices.IndexFunc(result, func(before doctor.Finding) bool {
		return f.Status != doctor.Pass && before.Status == f.Status && before.Cause.Code == f.Cause.Code && before.Cause.Summary == f.Cause.Summary && f.Cause.Summary != ""
	})
	if at < 0 {
		return append(result, f)
	}
	for _, o := range f.Objects {
		if !slices.Contains(result[at].Objects, o) {
			result[at].Objects = append(result[at].Objects, o)
			if len(result[at].Objects) <= examples {
				result[at] = result[at].From(f.Evidence...)
			}
		}
	}
	return result
}

// addressed lets the commands of a finding name the store where it is a SecretStore, which they do not look for by themselves.
func (s store) addressed(f doctor.Finding) doctor.Finding {
	if s.Key().Namespace == "" {
		return f
	}
	for _, command := range []string{"apply-store", "apply-ca", "bootstrap"} {
		bare := "kubectl eso-infisical " + command
		full := bare + " --store-namespace " + s.Namespace + " --store " + s.Name
		f.Cause.Fix, f.Command = strings.ReplaceAll(f.Cause.Fix, bare, full), strings.ReplaceAll(f.Command, bare, full)
	}
	return f
}

// key is one value of a Secret or ConfigMap that a store refers to.
type key struct {
	// use says what for: the field's name in the store.
	use                   string
	kind, namespace, name string
	key                   string
}

func (k key) object() doctor.Object {
	return doctor.Object{Kind: k.kind, Namespace: k.namespace, Name: k.name}
}

// credentials are what the store logs in with. Only the ways of universal auth and Kubernetes Auth are followed; others have none.
func (s store) credentials() []key {
	var keys []key
	for _, path := range [][]string{{"universalAuthCredentials", "clientId"}, {"universalAuthCredentials", "clientSecret"}, {"kubernetesAuthCredentials", "identityId"}} {
		at := func(field string) string { return s.text("auth", path[0], path[1], field) }
		if at("name") != "" {
			keys = append(keys, key{path[1], "Secret", s.place(at("namespace")), at("name"), at("key")})
		}
	}
	if len(keys) > 2 {
		// ESO takes the first way that is there.
		keys = keys[:2]
	}
	return keys
}

// authority is where the store's CA is, or false where it is in the store itself or there is none.
func (s store) authority() (key, bool) {
	kind := s.text("caProvider", "type")
	if kind == "" || s.text("caBundle") != "" {
		return key{}, false
	}
	return key{"caProvider", kind, s.place(s.text("caProvider", "namespace")), s.text("caProvider", "name"), s.text("caProvider", "key")}, true
}

// place is the namespace of what the store refers to: a SecretStore reads from its own alone.
func (s store) place(named string) string {
	if own := s.object.GetNamespace(); own != "" {
		return own
	}
	return named
}

func (k key) String() string { return fmt.Sprintf("%s %s/%s", k.kind, k.namespace, k.name) }
