package eso_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

func cluster(name string) eso.StoreKey { return eso.StoreKey{Name: name} }

func TestEachExternalSecret(t *testing.T) {
	refreshed := time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		text string
		want eso.Synced
	}{
		"ready": {`{spec: {secretStoreRef: {kind: ClusterSecretStore, name: s}, refreshInterval: 30m0s},
			status: {refreshTime: "2026-11-28T03:00:00Z", conditions: [{type: Deleted, status: "False"}, {type: Ready, status: "True", message: secret synced}]}}`,
			eso.Synced{Stores: []eso.StoreKey{cluster("s")}, Interval: 30 * time.Minute, Refreshed: refreshed, Judged: true,
				Ready: eso.Condition{Status: "True", Message: "secret synced"}}},
		"all that is asked for": {`{metadata: {resourceVersion: "7", deletionTimestamp: "2026-11-28T03:00:00Z"}, spec: {secretStoreRef: {kind: ClusterSecretStore, name: s}, refreshInterval: 1h,
			target: {name: other, creationPolicy: Merge, deletionPolicy: Delete, template: {data: {x: y}}},
			data: [{secretKey: a, remoteRef: {key: A, property: p}}, {secretKey: b, remoteRef: {key: B}}], dataFrom: [{find: {name: {regexp: x}}}]},
			status: {conditions: [{type: Ready, status: "False", lastTransitionTime: "2026-11-28T03:00:00Z"}]}}`,
			eso.Synced{Stores: []eso.StoreKey{cluster("s")}, Interval: time.Hour, ResourceVersion: "7", Deleted: refreshed, Judged: true, Ready: eso.Condition{Status: "False"}, Since: refreshed,
				Target: eso.Target{Name: "other", Creation: "Merge", Deletion: "Delete", Templated: true},
				Asked:  []eso.Asked{{Key: "A", TargetKey: "a", Property: "p"}, {Key: "B", TargetKey: "b"}}, Sources: 1}},
		"without a verdict": {`{spec: {secretStoreRef: {kind: ClusterSecretStore, name: s}, refreshInterval: 1h0m0s}}`,
			eso.Synced{Stores: []eso.StoreKey{cluster("s")}, Interval: time.Hour}},
		"a kind that was forgotten": {`{spec: {secretStoreRef: {name: s}, refreshInterval: 1h}}`,
			eso.Synced{Stores: []eso.StoreKey{{Namespace: "n", Name: "s"}}, Interval: time.Hour}},
		"stores of single keys": {`{spec: {secretStoreRef: {kind: ClusterSecretStore, name: s}, refreshInterval: 1h,
			data: [{secretKey: a, sourceRef: {storeRef: {kind: ClusterSecretStore, name: t}}}, {secretKey: b}],
			dataFrom: [{sourceRef: {storeRef: {kind: SecretStore, name: u}}}, {sourceRef: {storeRef: {kind: ClusterSecretStore, name: s}}}]}}`,
			eso.Synced{Stores: []eso.StoreKey{cluster("s"), cluster("t"), {Namespace: "n", Name: "u"}}, Interval: time.Hour,
				Asked: []eso.Asked{{TargetKey: "a"}, {TargetKey: "b"}}, Sources: 2}},
		"a generator alone": {`{spec: {refreshInterval: 1h, dataFrom: [{sourceRef: {generatorRef: {kind: Password, name: p}}}]}}`, eso.Synced{Interval: time.Hour, Sources: 1}},
		"synced once":       {`{spec: {secretStoreRef: {kind: ClusterSecretStore, name: s}, refreshInterval: "0"}}`, eso.Synced{Stores: []eso.StoreKey{cluster("s")}}},
		"created once": {`{spec: {secretStoreRef: {kind: ClusterSecretStore, name: s}, refreshPolicy: CreatedOnce, refreshInterval: 1h}}`,
			eso.Synced{Stores: []eso.StoreKey{cluster("s")}}},
		"held back at times": {`{spec: {secretStoreRef: {kind: ClusterSecretStore, name: s}, refreshInterval: 1h, syncWindows: [{kind: deny}]}}`,
			eso.Synced{Stores: []eso.StoreKey{cluster("s")}}},
		"an interval that is none": {`{spec: {secretStoreRef: {kind: ClusterSecretStore, name: s}, refreshInterval: often}}`,
			eso.Synced{Stores: []eso.StoreKey{cluster("s")}, Interval: time.Hour}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			obj := clustertest.Object(t, tt.text)
			obj.SetKind("ExternalSecret")
			obj.SetNamespace("n")
			obj.SetName("es")
			obj.SetUID("u")
			server := clustertest.Serve(t, obj)
			var got []eso.Synced
			if err := eso.EachExternalSecret(t.Context(), server.Client(t), "", func(s eso.Synced) error { got = append(got, s); return nil }); err != nil {
				t.Fatal(err)
			}
			tt.want.Namespace, tt.want.Name, tt.want.UID = "n", "es", "u"
			if tt.want.Target.Name == "" {
				tt.want.Target.Name = "es"
			}
			for i := range got {
				got[i].Deleted, got[i].Since = got[i].Deleted.UTC(), got[i].Since.UTC() // local and UTC are the same moment
			}
			if diff := cmp.Diff([]eso.Synced{tt.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExternalSecretsOfOneNamespaceInPages(t *testing.T) {
	server := clustertest.Serve(t)
	for _, at := range []struct{ namespace, name string }{{"a", "1"}, {"b", "2"}, {"a", "3"}, {"a", "4"}, {"a", "5"}} {
		obj := clustertest.Object(t, `{kind: ExternalSecret, metadata: {name: "`+at.name+`", namespace: `+at.namespace+`}}`)
		server.Add(obj)
	}
	count := map[string]int{}
	for _, namespace := range []string{"a", ""} {
		if err := eso.EachExternalSecret(t.Context(), server.Client(t), namespace, func(eso.Synced) error { count[namespace]++; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if count["a"] != 4 || count[""] != 5 || len(server.Requests()) != 5 {
		t.Errorf("%v in %d requests", count, len(server.Requests()))
	}
}

func TestWhatESOHasTold(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 28, 3, minute, 0, 0, time.UTC) }
	tests := map[string]struct {
		text string
		want eso.Told
	}{
		"last seen":     {`{message: m, lastTimestamp: "2026-11-28T03:01:00Z", metadata: {creationTimestamp: "2026-11-28T03:00:00Z"}}`, eso.Told{Message: "m", At: at(1)}},
		"a series":      {`{message: m, lastTimestamp: "2026-11-28T03:01:00Z", series: {lastObservedTime: "2026-11-28T03:02:00.000000Z"}}`, eso.Told{Message: "m", At: at(2)}},
		"an event time": {`{message: m, eventTime: "2026-11-28T03:03:00.000000Z", lastTimestamp: null}`, eso.Told{Message: "m", At: at(3)}},
		"no time":       {`{message: m, metadata: {creationTimestamp: "2026-11-28T03:04:00Z"}}`, eso.Told{Message: "m", At: at(4)}},
		"combined":      {`{message: "(combined from similar events): m", lastTimestamp: "2026-11-28T03:01:00Z"}`, eso.Told{Message: "m", At: at(1)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			event := clustertest.Object(t, tt.text)
			event.SetKind("Event")
			event.SetNamespace("n")
			event.Object["reason"] = "UpdateFailed"
			event.Object["involvedObject"] = map[string]any{"kind": "ExternalSecret", "namespace": "n", "name": "es", "uid": "u"}
			other := event.DeepCopy()
			other.Object["involvedObject"].(map[string]any)["kind"] = "Pod"
			var got []eso.Told
			if err := eso.EachFailure(t.Context(), clustertest.Serve(t, event, other).Client(t), "", func(told eso.Told) { got = append(got, told) }); err != nil {
				t.Fatal(err)
			}
			tt.want.Namespace, tt.want.Name, tt.want.UID, tt.want.Reason = "n", "es", "u", "UpdateFailed"
			if diff := cmp.Diff([]eso.Told{tt.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	tests := map[string]struct {
		text string
		want eso.Described
		ok   bool
	}{
		"of another provider": {`{spec: {provider: {vault: {}}}}`, eso.Described{}, false},
		"universal auth, a ConfigMap": {`{spec: {refreshInterval: 60, provider: {infisical: {hostAPI: "https://h",
			auth: {universalAuthCredentials: {clientId: {name: c, key: clientId}}},
			secretsScope: {projectSlug: p, environmentSlug: prod, secretsPath: /a}, caProvider: {type: ConfigMap, namespace: ns, name: ca, key: ca.crt}}}}}`,
			eso.Described{Host: "https://h", Project: "p", Environment: "prod", Path: "/a", Auth: "universal",
				CA: eso.CALocation{CASource: eso.CASource{Reference: eso.Reference{Namespace: "ns", Name: "ca"}}, Key: "ca.crt"}, Interval: time.Minute}, true},
		"a login that this program does not make": {`{spec: {refreshInterval: 2m, provider: {infisical: {auth: {awsAuthCredentials: {}}, secretsScope: {projectSlug: p, environmentSlug: e}}}}}`,
			eso.Described{Host: "https://app.infisical.com", Project: "p", Environment: "e", Path: "/", Auth: "aws", Interval: 2 * time.Minute}, true},
		"nothing of all": {`{spec: {provider: {infisical: {caBundle: QUJD}}}}`,
			eso.Described{Host: "https://app.infisical.com", Path: "/", CA: eso.CALocation{Bundle: "QUJD"}, Interval: 5 * time.Minute}, true},
		"judged": {`{metadata: {creationTimestamp: "2026-11-28T03:00:00Z"}, spec: {provider: {infisical: {}}},
			status: {conditions: [{type: Ready, status: "False", message: unable to create client, lastTransitionTime: "2026-11-28T03:01:00Z"}]}}`,
			eso.Described{Host: "https://app.infisical.com", Path: "/", Interval: 5 * time.Minute, Judged: true,
				Ready: eso.Condition{Status: "False", Message: "unable to create client"},
				Since: time.Date(2026, 11, 28, 3, 1, 0, 0, time.UTC), Created: time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			obj := clustertest.Object(t, tt.text)
			obj.SetKind("ClusterSecretStore")
			obj.SetName("s")
			got, ok := eso.Describe(obj)
			if tt.ok {
				tt.want.StoreKey = cluster("s")
			}
			// Local and UTC are the same moment.
			got.Created = got.Created.UTC()
			if diff := cmp.Diff(tt.want, got); diff != "" || ok != tt.ok {
				t.Errorf("%v, %s", ok, diff)
			}
		})
	}
}

func TestASecretStoreReadsItsCAFromItsOwnNamespace(t *testing.T) {
	obj := clustertest.Object(t, `{kind: SecretStore, metadata: {name: s, namespace: own},
		spec: {provider: {infisical: {caProvider: {type: Secret, name: ca, key: k, namespace: other}}}}}`)
	got, ok := eso.Describe(obj)
	if !ok || got.CA != (eso.CALocation{CASource: eso.CASource{Reference: eso.Reference{Namespace: "own", Name: "ca"}, Secret: true}, Key: "k"}) || got.String() != "SecretStore own/s" {
		t.Errorf("%v %+v", ok, got)
	}
}
