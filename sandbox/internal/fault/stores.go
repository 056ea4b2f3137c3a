package fault

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// storeFaults break ClusterSecretStores and what they refer to.
func storeFaults() []Fault {
	return slices.Concat([]Fault{{
		Name:    "environment-production",
		Summary: "the stores name the environment \"production\", which the project does not have",
		Expect:  Expect{Code: "EI604", Object: "ClusterSecretStore", Fixed: true},
		apply:   renameEnvironment,
		heal:    restoreEnvironment,
	}}, credentialFaults(), authorityFaults(), addressFaults(), scopeFaults())
}

// settled lets ESO look at the stores again when the fault is mended.
var settled = mended("wait for the stores to be ready", touched(storesReady("True")))

// encoded edits a value of a Secret.
func encoded(key string, edit func(string) string) func(*unstructured.Unstructured) error {
	return func(obj *unstructured.Unstructured) error {
		held, _, _ := unstructured.NestedString(obj.Object, "data", key)
		plain, err := base64.StdEncoding.DecodeString(held)
		if err != nil {
			return err
		}
		return unstructured.SetNestedField(obj.Object, base64.StdEncoding.EncodeToString([]byte(edit(string(plain)))), "data", key)
	}
}

func always(text string) func(string) string { return func(string) string { return text } }

// credentialFaults break the Secret that the stores log in with, or their reference to it.
func credentialFaults() []Fault {
	const secret = "Secret external-secrets/infisical-eso-creds"
	return []Fault{
		steps("credentials-missing", "the Secret with the credentials is gone", Expect{Code: "EI301", Object: secret}, settled, remove(theCredentials)),
		steps("credentials-key-missing", "the Secret with the credentials has no client secret", Expect{Code: "EI302", Object: secret},
			settled, unlocked, change(theCredentials, unset("data", "clientSecret"))),
		steps("credentials-empty", "the client secret in the cluster is empty", Expect{Code: "EI302", Object: secret},
			settled, unlocked, change(theCredentials, encoded("clientSecret", always("")))),
		steps("credentials-placeholder", "somebody has left the placeholder of an example in the Secret", Expect{Code: "EI350", Object: secret},
			settled, unlocked, change(theCredentials, encoded("clientSecret", always("YOUR_CLIENT_SECRET")))),
		steps("credentials-swapped", "client ID and client secret are in each other's place", Expect{Code: "EI350", Object: secret},
			settled, unlocked, change(theCredentials, func(obj *unstructured.Unstructured) error {
				data, _, err := unstructured.NestedStringMap(obj.Object, "data")
				data["clientId"], data["clientSecret"] = data["clientSecret"], data["clientId"]
				if err != nil {
					return err
				}
				return unstructured.SetNestedStringMap(obj.Object, data, "data")
			})),
		steps("credentials-newline", "a newline follows the client secret", Expect{Code: "EI351", Object: secret, Warning: true},
			settled, unlocked, change(theCredentials, encoded("clientSecret", func(s string) string { return strings.TrimSpace(s) + "\n" }))),
		steps("reference-without-namespace", "the store names its Secret without a namespace", Expect{Code: "EI303", Object: "ClusterSecretStore", Fixed: true},
			settled, change(theStores, unset(provider("auth", "universalAuthCredentials", "clientSecret", "namespace")...))),
	}
}

// authorityFaults break the CA that the stores trust.
func authorityFaults() []Fault {
	const where = "ConfigMap external-secrets/infisical-ca"
	appended := func(text string) func(*unstructured.Unstructured) error {
		return func(obj *unstructured.Unstructured) error {
			held, _, _ := unstructured.NestedString(obj.Object, "data", "ca.crt")
			return unstructured.SetNestedField(obj.Object, strings.TrimRight(held, "\n")+"\n"+text, "data", "ca.crt")
		}
	}
	_, key := authorityPEM(time.Now().AddDate(1, 0, 0))
	expiring, _ := authorityPEM(time.Now().AddDate(0, 0, 10))
	return []Fault{
		steps("ca-missing", "the ConfigMap with the CA is gone", Expect{Code: "EI402", Object: where}, settled, remove(theCA)),
		steps("ca-key-missing", "the ConfigMap has the CA under another key", Expect{Code: "EI403", Object: where},
			settled, change(theCA, func(obj *unstructured.Unstructured) error {
				held, _, _ := unstructured.NestedString(obj.Object, "data", "ca.crt")
				return unstructured.SetNestedStringMap(obj.Object, map[string]string{"ca.pem": held}, "data")
			})),
		steps("ca-garbage", "what is in the ConfigMap is no certificate", Expect{Code: "EI409", Object: where},
			settled, change(theCA, set("this is no certificate", "data", "ca.crt"))),
		steps("ca-with-key", "a private key is in the ConfigMap with the CA", Expect{Code: "EI902", Object: where}, change(theCA, appended(key))),
		steps("ca-expiring", "a CA in the ConfigMap expires in ten days", Expect{Code: "EI450", Object: where, Warning: true}, change(theCA, appended(expiring))),
		steps("ca-not-named", "the store does not say where its CA is", Expect{Code: "EI401", Object: "ClusterSecretStore"},
			settled, change(theStores, unset(provider("caProvider")...))),
		steps("ca-without-namespace", "the store names its CA without a namespace", Expect{Code: "EI452", Object: "ClusterSecretStore", Fixed: true},
			settled, change(theStores, unset(provider("caProvider", "namespace")...))),
	}
}

// addressFaults give the stores an address that does not lead to Infisical's API, or stand in the way to it.
func addressFaults() []Fault {
	address := func(name, summary, host string, e Expect) Fault {
		return steps(name, summary, e, settled, change(theStores, set(host, provider("hostAPI")...)))
	}
	suffixed := func(name, summary, suffix string) Fault {
		return steps(name, summary, Expect{Code: "EI550", Object: "ClusterSecretStore", Fixed: true}, settled, change(theStores, func(obj *unstructured.Unstructured) error {
			host, _, _ := unstructured.NestedString(obj.Object, provider("hostAPI")...)
			return unstructured.SetNestedField(obj.Object, host+suffix, provider("hostAPI")...)
		}))
	}
	return []Fault{
		suffixed("address-with-api", "the store's address ends in /api/, of which ESO makes /api/api", "/api/"),
		suffixed("address-below-api", "the store's address leads below /api", "/api/v3"),
		steps("address-without-scheme", "the store's address lacks https://", Expect{Code: "EI507", Object: "ClusterSecretStore", Fixed: true},
			settled, change(theStores, func(obj *unstructured.Unstructured) error {
				host, _, _ := unstructured.NestedString(obj.Object, provider("hostAPI")...)
				return unstructured.SetNestedField(obj.Object, strings.TrimPrefix(host, "https://"), provider("hostAPI")...)
			})),
		address("address-unknown", "the store's host name does not exist", "https://infisical.no-such-host.invalid", Expect{Code: "EI501"}),
		address("address-nobody-listens", "nothing listens at the store's address", "https://127.0.0.1:1", Expect{Code: "EI502"}),
		steps("policy-cuts-off", "a NetworkPolicy lets ESO reach nobody", Expect{Code: "EI551", Object: "NetworkPolicy external-secrets/sandbox-deny"},
			add(policyKind, `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: sandbox-deny, namespace: external-secrets}, spec: {podSelector: {}, policyTypes: [Egress]}}`)),
		steps("proxy-for-all", "the controller is told to use a proxy for what is in the cluster as well", Expect{Code: "EI553", Object: "NO_PROXY", Warning: true},
			mended("wait for the controller to be as it was", available("external-secrets")),
			change(controller, container(func(c map[string]any) {
				c["env"] = []any{map[string]any{"name": "HTTPS_PROXY", "value": "http://proxy.sandbox.test:3128"}}
			}))),
	}
}

// scopeFaults let the stores name a place in Infisical that is not there, or be nobody's.
func scopeFaults() []Fault {
	scoped := func(name, summary string, e Expect, value any, field string) Fault {
		return steps(name, summary, e, settled, change(theStores, set(value, provider("secretsScope", field)...)))
	}
	return []Fault{
		scoped("project-by-name", "the store names the project by what people call it", Expect{Code: "EI651", Object: "ClusterSecretStore"}, "Archon Platform", "projectSlug"),
		scoped("project-misspelt", "the store misspells the project's slug", Expect{Code: "EI601", Object: "ClusterSecretStore"}, "archon-platfrom", "projectSlug"),
		scoped("environment-by-name", "the store names the environment by what people call it", Expect{Code: "EI604", Object: "ClusterSecretStore", Fixed: true}, "Production", "environmentSlug"),
		scoped("folder-missing", "the store reads a folder that is not there", Expect{Code: "EI607", Object: "ClusterSecretStore", Live: true}, "/no/such/folder", "secretsPath"),
		scoped("path-without-slash", "the store's path does not begin with a slash", Expect{Code: "EI652", Object: "ClusterSecretStore"}, "app", "secretsPath"),
		steps("store-of-another-class", "the store is for another controller", Expect{Code: "EI750", Object: "ClusterSecretStore"},
			settled, change(theStores, set("another", "spec", "controller"))),
		steps("no-store", "there is no store", Expect{Code: "EI701"}, settled, remove(theStores)),
	}
}
