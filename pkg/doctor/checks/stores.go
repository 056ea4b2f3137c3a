package checks

import (
	"context"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// store is a ClusterSecretStore for Infisical, however it logs in.
type store struct {
	eso.Store
	object *unstructured.Unstructured
}

func (s store) named() doctor.Object {
	return doctor.Object{Kind: "ClusterSecretStore", Name: s.object.GetName()}
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

var stores = doctor.NewInput("ClusterSecretStores", func(ctx context.Context, s *doctor.Snapshot) ([]store, error) {
	list, err := s.Cluster.Dynamic.Resource(eso.ClusterSecretStores).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	var found []store
	for i := range list.Items {
		obj := &list.Items[i]
		_, ours, _ := unstructured.NestedMap(obj.Object, "spec", "provider", "infisical")
		if isProbe := obj.GetLabels()[eso.PurposeLabel] == eso.ProbePurpose; ours && !isProbe {
			read, _ := eso.ReadStore(obj)
			found = append(found, store{read, obj})
		}
	}
	return found, nil
}).Asking(asks("list", eso.ClusterSecretStores, everywhere)).Keeping(keptStores)

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
		names[i] = st.object.GetName()
		f.Objects = append(f.Objects, st.named())
	}
	f.Note = strings.Join(names, ", ")
	return one(f)
}

// eachStore applies a judgement to every store.
func eachStore(judge func(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result) func(context.Context, *doctor.Snapshot) doctor.Result {
	return func(ctx context.Context, s *doctor.Snapshot) doctor.Result {
		found, err := stores.Of(ctx, s)
		if err != nil {
			return one(doctor.Found(err))
		}
		var result doctor.Result
		for _, st := range found {
			result = append(result, judge(ctx, s, st)...)
		}
		return result
	}
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
			keys = append(keys, key{path[1], "Secret", at("namespace"), at("name"), at("key")})
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
	return key{"caProvider", kind, s.text("caProvider", "namespace"), s.text("caProvider", "name"), s.text("caProvider", "key")}, true
}

func (k key) String() string { return fmt.Sprintf("%s %s/%s", k.kind, k.namespace, k.name) }
