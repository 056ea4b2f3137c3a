package fault

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// lastApplied is where kubectl apply keeps what it was given, values and all.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// hygieneFaults leave behind, or open, what should not be.
func hygieneFaults() []Fault {
	return []Fault{
		steps("credentials-in-annotation", "the Secret was made with kubectl apply, so that an annotation holds the credentials", Expect{Code: "EI901", Object: "Secret external-secrets/infisical-eso-creds", Fixed: true},
			change(theCredentials, func(obj *unstructured.Unstructured) error {
				data, _, _ := unstructured.NestedMap(obj.Object, "data")
				text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "Secret", "data": data})
				if err != nil {
					return err
				}
				annotations := obj.GetAnnotations()
				if annotations == nil {
					annotations = map[string]string{}
				}
				annotations[lastApplied] = string(text)
				obj.SetAnnotations(annotations)
				return nil
			})),
		steps("test-left", "the namespace of a test was left behind", Expect{Code: "EI904", Object: "Namespace eso-test", Warning: true, Fixed: true},
			add(namespaceKind, `{apiVersion: v1, kind: Namespace, metadata: {name: eso-test, labels: {app.kubernetes.io/managed-by: kubectl-eso-infisical, eso-infisical.dev/purpose: test}}}`)),
		steps("probe-left", "a probe of the credentials was left behind", Expect{Code: "EI905", Object: "ClusterSecretStore eso-infisical-probe-sandbox", Warning: true, Fixed: true},
			add(storeKind, `{apiVersion: external-secrets.io/v1, kind: ClusterSecretStore, metadata: {name: eso-infisical-probe-sandbox,
  labels: {app.kubernetes.io/managed-by: kubectl-eso-infisical, eso-infisical.dev/purpose: probe}},
  spec: {controller: nobody, conditions: [{namespaces: [nobody]}], provider: {infisical: {hostAPI: "https://h", secretsScope: {projectSlug: p, environmentSlug: e},
    auth: {universalAuthCredentials: {clientId: {name: s, namespace: external-secrets, key: clientId}, clientSecret: {name: s, namespace: external-secrets, key: clientSecret}}}}}}}`)),
		steps("rotation-half-done", "a rotation of the credentials was killed after the switch", Expect{Code: "EI352", Object: "Secret external-secrets/infisical-eso-creds", Warning: true},
			change(theCredentials, func(obj *unstructured.Unstructured) error {
				for _, field := range []string{"clientId", "clientSecret"} {
					held, _, _ := unstructured.NestedString(obj.Object, "data", field)
					previous := map[string]string{"clientId": "previousClientId", "clientSecret": "previousClientSecret"}[field]
					if err := unstructured.SetNestedField(obj.Object, held, "data", previous); err != nil {
						return err
					}
				}
				return nil
			})),
		steps("store-open", "every namespace may use the store", Expect{Code: "EI903", Object: "ClusterSecretStore", Warning: true},
			change(theStores, unset("spec", "conditions"))),
	}
}
