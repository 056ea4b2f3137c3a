package checks

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// wished edits the first ExternalSecret.
func wished(value any, path ...string) func(*testing.T, *world) {
	return func(_ *testing.T, w *world) { set(w.wishes[0], value, path...) }
}

// says lets ESO call the first ExternalSecret ready with these words.
func says(words string) func(*testing.T, *world) {
	return wished([]any{map[string]any{"type": "Ready", "status": "True", "message": words}}, "status", "conditions")
}

// refuses lets the first ExternalSecret fail for that reason.
func refuses(text string) func(*testing.T, *world) {
	return func(_ *testing.T, w *world) {
		clustertest.Ready(w.wishes[0], "False")
		w.failures = map[string]eso.Told{"app/api": {Message: text}}
	}
}

// allowing gives the store these conditions.
func allowing(conditions ...any) func(*testing.T, *world) {
	return func(_ *testing.T, w *world) { set(w.store(), conditions, "spec", "conditions") }
}

// ownStore adds a SecretStore to namespace app, with its own credentials and CA.
func ownStore(t *testing.T, w *world) *unstructured.Unstructured {
	t.Helper()
	st := storeFor(t)
	st.SetKind(eso.NamespacedKind)
	st.SetName("team")
	st.SetNamespace("app")
	unstructured.RemoveNestedField(st.Object, "spec", "conditions")
	for _, path := range [][]string{{"auth", "universalAuthCredentials", "clientId"}, {"auth", "universalAuthCredentials", "clientSecret"}, {"caProvider"}} {
		unstructured.RemoveNestedField(st.Object, append(append([]string{"spec", "provider", "infisical"}, path...), "namespace")...)
	}
	w.secretStores = append(w.secretStores, st)
	w.storeEvents[eso.StoreKey{Namespace: "app", Name: "team"}] = []kube.Event{{Reason: "Valid", Message: "store validated", Last: time.Now().Add(-time.Minute), Version: "5"}}
	ca := w.configMap().DeepCopy()
	ca.Namespace = "app"
	w.configMaps["ConfigMap app/ca"] = answer[*corev1.ConfigMap]{value: ca}
	w.secrets["Secret app/creds"] = answer[*corev1.Secret]{value: &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "app", Name: "creds", CreationTimestamp: ago(time.Hour)},
		Data: map[string][]byte{"clientId": []byte(clientID), "clientSecret": []byte("1" + clientSecret[1:])}}}
	return st
}

// rotated lets the Secret hold the pair of before, with what a rotation notes of it.
func rotated(w *world, notes map[string]string) {
	w.secret().Data["previousClientSecret"] = []byte("2" + clientSecret[1:])
	w.secret().Annotations = notes
}

const (
	provedAt  = "eso-infisical.dev/replacement-proved-at"
	keptUntil = "eso-infisical.dev/previous-kept-until"
)

var deliveryHarms = []harm{
	{"SecretStore refused", func(t *testing.T, w *world) {
		clustertest.Ready(ownStore(t, w), "False")
		w.storeEvents[eso.StoreKey{Namespace: "app", Name: "team"}] = []kube.Event{{Reason: "InvalidProviderConfig", Message: "Project with slug 'p' not found", Last: time.Now()}}
	}, "EI710", "EI601"},
	{"SecretStore fails for a reason of its own", func(t *testing.T, w *world) {
		clustertest.Ready(ownStore(t, w), "False")
		w.storeEvents[eso.StoreKey{Namespace: "app", Name: "team"}] = []kube.Event{{Reason: "InvalidProviderConfig", Message: "the moon is full", Last: time.Now()}}
	}, "EI710", "EI702"},
	{"SecretStore without Secret", func(t *testing.T, w *world) {
		ownStore(t, w)
		w.secrets["Secret app/creds"] = answer[*corev1.Secret]{err: clustertest.NoSuchResource("secrets")}
	}, "EI301", "EI301"},
	{"two ways to log in", provider(map[string]any{"identityId": map[string]any{"name": "x", "key": "y", "namespace": home}}, "auth", "awsAuthCredentials"), "EI711", "EI711"},
	{"LDAP", provider(map[string]any{"ldapAuthCredentials": map[string]any{}}, "auth"), "EI712", "EI712"},
	{"no way to log in", provider(map[string]any{}, "auth"), "EI718", "EI718"},
	{"never at rest", func(_ *testing.T, w *world) { set(w.store(), int64(5), "spec", "refreshInterval") }, "EI713", "EI713"},
	{"two stores for one place", func(t *testing.T, w *world) {
		second := storeFor(t)
		second.SetName("infisical-q")
		w.stores = append(w.stores, second)
		w.storeEvents[eso.StoreKey{Name: "infisical-q"}] = w.storeEvents[eso.StoreKey{Name: "infisical-p"}]
	}, "EI714", "EI714"},
	{"store is deleted", func(_ *testing.T, w *world) {
		at := ago(time.Minute)
		w.store().SetDeletionTimestamp(&at)
		w.store().SetFinalizers([]string{"secretstore.externalsecrets.io/finalizer"})
	}, "EI715", "EI715"},
	{"one namespace too many", allowing(map[string]any{"namespaces": []any{"app", "ap"}}), "EI716", "EI716"},
	{"nobody may", func(t *testing.T, w *world) {
		allowing(map[string]any{"namespaceSelector": map[string]any{"matchLabels": map[string]any{"team": "x"}}})(t, w)
		w.wishes = nil
	}, "EI717", "EI717"},

	{"template", refuses(`could not apply template: could not execute template: function "f" not defined`), "EI807", "EI820"},
	{"another owner", refuses("could not set controller reference on secret: Object app/api is already owned by another Certificate controller c"), "EI807", "EI822"},
	{"immutable target", refuses("secret is immutable"), "EI807", "EI823"},
	{"property", refuses("error processing spec.data[0] (key: API_KEY), err: property p does not exist in secret API_KEY"), "EI807", "EI824"},
	{"nothing to merge into", func(t *testing.T, w *world) {
		wished("Merge", "spec", "target", "creationPolicy")(t, w)
		says(saysMissing)(t, w)
		delete(w.made, "app/api")
	}, "EI830", "EI830"},
	{"deleted for want of values", func(t *testing.T, w *world) {
		wished("Delete", "spec", "target", "deletionPolicy")(t, w)
		says(saysDeleted)(t, w)
		delete(w.made, "app/api")
	}, "EI831", "EI831"},
	{"old values", says(saysRetained), "EI832", "EI832"},
	{"overwrites the credentials", func(_ *testing.T, w *world) {
		w.wishes[0].SetNamespace(home)
		set(w.wishes[0], "creds", "spec", "target", "name")
		allowing(map[string]any{"namespaces": []any{"app", home}})(nil, w)
		w.namespaces = append(w.namespaces, space{Name: home})
		w.made["external-secrets/creds"] = "41"
	}, "EI833", "EI833"},
	{"one key, two writers", func(_ *testing.T, w *world) {
		for _, es := range w.wishes {
			set(es, "shared", "spec", "target", "name")
			set(es, "Merge", "spec", "target", "creationPolicy")
		}
		w.made["app/shared"] = "42"
	}, "EI834", "EI834"},
	{"deleted and still there", func(_ *testing.T, w *world) {
		at := ago(time.Hour)
		w.wishes[0].SetDeletionTimestamp(&at)
	}, "EI835", "EI835"},
	{"closed since", allowing(map[string]any{"namespaces": []any{"other"}}), "EI836", "EI836"},
	{"not in all namespaces", func(_ *testing.T, w *world) {
		var c clusterWish
		c.Metadata.Name = "all"
		c.Status.Failed = append(c.Status.Failed, struct {
			Namespace string `json:"namespace"`
			Reason    string `json:"reason"`
		}{"app", "external secret already exists in namespace"})
		w.clusterWishes = []clusterWish{c}
	}, "EI840", "EI840"},
	{"pushes in vain", func(_ *testing.T, w *world) {
		set(w.store(), "ReadOnly", "status", "capabilities")
		var p push
		p.Metadata.Namespace, p.Metadata.Name = "app", "push"
		p.Spec.Stores = append(p.Spec.Stores, struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		}{"ClusterSecretStore", "infisical-p"})
		w.pushes = []push{p}
	}, "EI841", "EI841"},

	{"operator may do all", func(_ *testing.T, w *world) { w.exposed.Operator = true }, "EI911", "EI911"},
	{"everybody reads", func(_ *testing.T, w *world) {
		w.exposed.Everybody = []doctor.Object{{Kind: "Secret", Namespace: home, Name: "creds"}}
		w.exposed.Default = w.exposed.Everybody
	}, "EI912", "EI912"},
	{"default reads", func(_ *testing.T, w *world) {
		w.exposed.Default = []doctor.Object{{Kind: "Secret", Namespace: home, Name: "creds"}}
	}, "EI913", "EI913"},
	{"away from home", func(t *testing.T, w *world) {
		for _, field := range []string{"clientId", "clientSecret"} {
			provider("app", "auth", "universalAuthCredentials", field, "namespace")(t, w)
		}
		moved := w.secret().DeepCopy()
		moved.Namespace = "app"
		w.secrets["Secret app/creds"] = answer[*corev1.Secret]{value: moved}
	}, "EI914", "EI914"},
	{"not revoked in time", func(_ *testing.T, w *world) {
		rotated(w, map[string]string{provedAt: "2026-01-01T00:00:00Z", keptUntil: time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)})
	}, "EI915", "EI915"},
	{"upgrade left", func(_ *testing.T, w *world) {
		w.journals = []trace{{Namespace: home, Name: eso.UpgradeJournal, Written: time.Now().Add(-time.Hour)}}
	}, "EI916", "EI916"},
	{"copy left", func(_ *testing.T, w *world) {
		w.probeSecrets = []trace{{Namespace: home, Name: "eso-infisical-probe-x", Written: time.Now().Add(-time.Hour)}}
	}, "EI917", "EI917"},
}

// What looks like harm and is none.
func TestWhatIsDeliveredIsNotCalledWrong(t *testing.T) {
	tests := map[string]func(*testing.T, *world){
		"a SecretStore that works": func(t *testing.T, w *world) { ownStore(t, w) },
		"an old client secret that is kept": func(_ *testing.T, w *world) {
			rotated(w, map[string]string{provedAt: "2026-01-01T00:00:00Z", keptUntil: time.Now().Add(time.Hour).UTC().Format(time.RFC3339)})
		},
		"an upgrade at work": func(_ *testing.T, w *world) {
			w.journals = []trace{{Namespace: home, Name: eso.UpgradeJournal, Written: time.Now()}}
		},
		"a probe at work": func(_ *testing.T, w *world) {
			w.probeSecrets = []trace{{Namespace: home, Name: "eso-infisical-probe-x", Written: time.Now()}}
		},
		"a name that fits an expression": allowing(map[string]any{"namespaceRegexes": []any{"^a"}}),
		"a label that is selected": func(t *testing.T, w *world) {
			allowing(map[string]any{"namespaceSelector": map[string]any{"matchExpressions": []any{map[string]any{"key": "team", "operator": "Exists"}}}})(t, w)
			w.namespaces[0].Labels = map[string]string{"team": "a"}
		},
		"a deletion a moment ago": func(_ *testing.T, w *world) {
			at := ago(time.Second)
			w.wishes[0].SetDeletionTimestamp(&at)
		},
		"two keys of one Secret": func(_ *testing.T, w *world) {
			for i, es := range w.wishes {
				set(es, "shared", "spec", "target", "name")
				set(es, "Merge", "spec", "target", "creationPolicy")
				set(es, []any{map[string]any{"secretKey": string(rune('a' + i)), "remoteRef": map[string]any{"key": "K"}}}, "spec", "data")
			}
			w.made["app/shared"] = "42"
		},
		"a push to a store that is written": func(_ *testing.T, w *world) {
			set(w.store(), "ReadWrite", "status", "capabilities")
			w.pushes = make([]push, 1)
		},
	}
	for name, do := range tests {
		t.Run(name, func(t *testing.T) {
			w := healthy(t)
			do(t, w)
			for _, o := range examine(t, w).Outcomes {
				for _, f := range o.Findings {
					if f.Status != doctor.Pass {
						t.Errorf("%s %s: %+v", o.Code, o.Title, f)
					}
				}
			}
		})
	}
}

func TestWhatManyHaveIsOneFinding(t *testing.T) {
	w := healthy(t)
	for _, name := range []string{"a", "b", "c", "d"} {
		st := ownStore(t, w)
		st.SetNamespace(name)
		clustertest.Ready(st, "False")
		w.storeEvents[eso.StoreKey{Namespace: name, Name: "team"}] = []kube.Event{{Reason: "InvalidProviderConfig", Message: "Project with slug 'p' not found", Last: time.Now()}}
		w.secrets["Secret "+name+"/creds"], w.configMaps["ConfigMap "+name+"/ca"] = w.secrets["Secret app/creds"], w.configMaps["ConfigMap app/ca"]
	}
	o := outcome(examine(t, w), "EI710")
	if len(o.Findings) != 1 || len(o.Findings[0].Objects) != 4 || o.Findings[0].Objects[1].String() != "SecretStore b/team" {
		t.Errorf("%d findings: %+v", len(o.Findings), o.Findings)
	}
}

func TestACommandForASecretStoreNamesIt(t *testing.T) {
	w := healthy(t)
	st := ownStore(t, w)
	set(st, "production", "spec", "provider", "infisical", "secretsScope", "environmentSlug")
	f, _ := finding(examine(t, w), "EI650", "EI650")
	if want := "kubectl eso-infisical apply-store --store-namespace app --store team --environment prod"; f.Command != want {
		t.Errorf("%q", f.Command)
	}
}
