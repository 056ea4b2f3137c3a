package eso_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

var (
	syncedStore = eso.Store{Name: "s", Host: "https://h", Project: "p", Environment: "prod", Path: "/", Credentials: eso.Reference{Namespace: "ns", Name: "creds"}}
	syncedOne   = types.NamespacedName{Namespace: "apps", Name: "api"}
)

func TestSync(t *testing.T) {
	tests := map[string]struct {
		works error
		// silent means that ESO's event is dropped.
		silent bool
		code   cause.Code
	}{
		"synced":                {},
		"failed":                {works: errors.New("Invalid credentials"), code: cause.WrongCredentials},
		"failed, event dropped": {works: errors.New("Invalid credentials"), silent: true, code: "EI8"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			es := eso.ExternalSecret{Namespace: syncedOne.Namespace, Name: syncedOne.Name, Store: eso.StoreKey{Name: "s"}, Key: "K", TargetKey: "k"}
			creds := clustertest.Object(t, "{apiVersion: v1, kind: Secret, metadata: {name: creds, namespace: ns}}")
			client := clustertest.Dynamic(syncedStore.Object(), clustertest.Ready(es.Object(), "True"), creds)
			if !tt.silent {
				clustertest.Operator(client, func(string, string) error { return tt.works })
			} else {
				client.PrependReactor("patch", "externalsecrets", func(clienttesting.Action) (bool, runtime.Object, error) {
					return false, nil, client.Tracker().Update(eso.ExternalSecrets, clustertest.Ready(es.Object(), "False"), es.Namespace)
				})
			}
			began := time.Now()
			err := eso.Sync(t.Context(), client, syncedOne)
			if tt.works == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var named *cause.Error
			if !errors.As(err, &named) || !strings.HasPrefix(string(named.Cause.Code), string(tt.code)) {
				t.Errorf("error = %v", err)
			}
			if time.Since(began) > 30*time.Second {
				t.Error("it waits for an event that does not come")
			}
		})
	}
}

func TestAProbeIsNoStoreOfTheUsers(t *testing.T) {
	obj := syncedStore.Object()
	if _, ok := eso.ReadStore(obj); !ok {
		t.Error("a store is not read")
	}
	obj.SetLabels(map[string]string{eso.PurposeLabel: eso.ProbePurpose})
	if _, ok := eso.ReadStore(obj); ok {
		t.Error("a probe is taken for a store of the user's")
	}
}
