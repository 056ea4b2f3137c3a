package fault

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// faulty is the namespace of what these faults add.
const faulty = "sandbox-faults"

var space = add(namespaceKind, "{apiVersion: v1, kind: Namespace, metadata: {name: "+faulty+"}}")

// externalSecretFaults break ExternalSecrets and the Secrets made of them.
func externalSecretFaults() []Fault {
	wish := func(name string, edit func(*unstructured.Unstructured)) step { return addWish(name, edit) }
	key := func(name string) func(*unstructured.Unstructured) {
		return func(obj *unstructured.Unstructured) {
			_ = unstructured.SetNestedSlice(obj.Object, []any{map[string]any{"secretKey": "k", "remoteRef": map[string]any{"key": name}}}, "spec", "data")
		}
	}
	field := func(value any, path ...string) func(*unstructured.Unstructured) {
		return func(obj *unstructured.Unstructured) { _ = unstructured.SetNestedField(obj.Object, value, path...) }
	}
	judged := func(name, want string) step {
		return until("wait for ESO to look at "+name, func(ctx context.Context, t Target) error {
			obj, err := t.Cluster.Resource(wishKind).Namespace(faulty).Get(ctx, name, metav1.GetOptions{})
			if err == nil && condition(obj, "Ready") != want {
				err = fmt.Errorf("it has Ready=%s", condition(obj, "Ready"))
			}
			return err
		})
	}
	const of = "ExternalSecret " + faulty + "/"
	return []Fault{
		steps("store-name-misspelt", "an ExternalSecret names a store that is not there", Expect{Code: "EI802", Object: of + "lost"},
			space, wish("lost", field("no-such-store", "spec", "secretStoreRef", "name")), judged("lost", "False")),
		steps("kind-forgotten", "an ExternalSecret forgets to say that its store is a ClusterSecretStore", Expect{Code: "EI802", Object: of + "forgetful"},
			space, wish("forgetful", func(obj *unstructured.Unstructured) {
				unstructured.RemoveNestedField(obj.Object, "spec", "secretStoreRef", "kind")
			}), judged("forgetful", "False")),
		steps("key-missing", "an ExternalSecret asks for a secret that Infisical does not have", Expect{Code: "EI606", Object: of + "asks-in-vain"},
			space, wish("asks-in-vain", key("NO_SUCH_KEY_ANYWHERE")), judged("asks-in-vain", "False")),
		steps("key-in-wrong-case", "an ExternalSecret writes a key in small letters", Expect{Code: "EI606", Object: of + "whispers"},
			space, wish("whispers", key("dashscope_api_key")), judged("whispers", "False")),
		steps("template-broken", "an ExternalSecret's template cannot be carried out", Expect{Code: "EI820", Object: of + "template"},
			space, wish("template", field(map[string]any{"data": map[string]any{"x": "{{ .nothing | noSuchFunction }}"}}, "spec", "target", "template")), judged("template", "False")),
		steps("value-empty", "a secret in Infisical holds nothing", Expect{Code: "EI804", Object: of + "empty"},
			doubleStep("empty-value"), space, wish("empty", key("NOTHING_IN_IT")), judged("empty", "True")),
		steps("two-owners", "two ExternalSecrets want to own one Secret", Expect{Code: "EI806", Object: of},
			space, wish("first", field("shared", "spec", "target", "name")), judged("first", "True"), wish("second", field("shared", "spec", "target", "name"))),
		steps("namespace-not-allowed", "an ExternalSecret is in a namespace that its store is not for", Expect{Code: "EI803", Object: of + "outside"},
			mended("wait for the stores to be ready", touched(storesReady("True"))),
			change(theStores, set([]any{map[string]any{"namespaces": []any{"default"}}}, "spec", "conditions")), space, wish("outside", nil), judged("outside", "False")),
		steps("store-of-namespace-fails", "a SecretStore of a namespace refers to a Secret that is not there", Expect{Code: "EI301", Object: "Secret " + faulty + "/infisical-eso-creds"},
			space, ownStore()),
	}
}

// addWish adds an ExternalSecret for a secret that Infisical has, and edits it first.
func addWish(name string, edit func(*unstructured.Unstructured)) step {
	o := located{wishKind, faulty, name}
	return step{
		apply: func(ctx context.Context, t Target, saved saved) error {
			store, err := firstStore(ctx, t)
			if err != nil {
				return err
			}
			obj := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret",
				"spec": map[string]any{"refreshInterval": "1h0m0s", "secretStoreRef": map[string]any{"kind": "ClusterSecretStore", "name": store},
					"target": map[string]any{"name": name},
					"data":   []any{map[string]any{"secretKey": "k", "remoteRef": map[string]any{"key": "DASHSCOPE_API_KEY"}}}}}}
			obj.SetNamespace(faulty)
			obj.SetName(name)
			if edit != nil {
				edit(obj)
			}
			saved["added "+o.String()] = ""
			return created(ctx, t, o, obj)
		},
		heal: func(ctx context.Context, t Target, _ saved) error { return deleted(ctx, t, o) },
	}
}

// ownStore adds a SecretStore whose Secret is not there.
func ownStore() step {
	o := located{secretStoreKind, faulty, "own"}
	return step{
		apply: func(ctx context.Context, t Target, saved saved) error {
			found, err := infisicalStores(ctx, t.Cluster)
			if err != nil || len(found) == 0 {
				return fmt.Errorf("find a store to copy: %w", err)
			}
			spec, _, err := unstructured.NestedMap(found[0].Object, "spec")
			if err != nil {
				return err
			}
			obj := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "external-secrets.io/v1", "kind": "SecretStore", "spec": spec}}
			obj.SetNamespace(faulty)
			obj.SetName("own")
			unstructured.RemoveNestedField(obj.Object, "spec", "conditions")
			for _, path := range [][]string{{"auth", "universalAuthCredentials", "clientId"}, {"auth", "universalAuthCredentials", "clientSecret"}, {"caProvider"}} {
				unstructured.RemoveNestedField(obj.Object, append(provider(path...), "namespace")...)
			}
			unstructured.RemoveNestedField(obj.Object, provider("caProvider")...)
			saved["added "+o.String()] = ""
			return created(ctx, t, o, obj)
		},
		heal: func(ctx context.Context, t Target, _ saved) error { return deleted(ctx, t, o) },
	}
}
