package doctor

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

// canary is a value that must never show up in a report.
const canary = "canary-91fe"

// caPEM makes a CA certificate that is valid for so many hours from now.
func caPEM(t *testing.T, hours time.Duration) string {
	t.Helper()
	return clustertest.CAPEM(t, time.Now().Add(-48*time.Hour), time.Now().Add(hours*time.Hour))
}

func list(objects ...*unstructured.Unstructured) answer[*unstructured.UnstructuredList] {
	l := &unstructured.UnstructuredList{}
	for _, o := range objects {
		l.Items = append(l.Items, *o)
	}
	return answer[*unstructured.UnstructuredList]{value: l}
}

// storeFor is the ready store of a project, with all that belongs to it.
func storeFor(t *testing.T, project string) storeState {
	t.Helper()
	s := eso.Store{Name: "infisical-" + project, Host: "https://h", Project: project, Environment: "prod", Path: "/",
		Credentials: eso.Reference{Namespace: "external-secrets", Name: "creds"}, CA: eso.CASource{Reference: eso.Reference{Namespace: "external-secrets", Name: "ca"}}}
	st := storeState{store: s, object: clustertest.Ready(s.Object(), "True")}
	st.secret.value = &corev1.Secret{Data: map[string][]byte{"clientId": []byte(canary), "clientSecret": []byte(canary)}}
	st.configMap.value = &corev1.ConfigMap{Data: map[string]string{"ca.crt": caPEM(t, 24)}}
	return st
}

// healthy is a cluster in which all is well.
func healthy(t *testing.T) *snapshot {
	t.Helper()
	return &snapshot{
		version: answer[string]{value: "v1.34.4"},
		release: answer[helm.Release]{value: helm.Release{Name: "external-secrets", Status: helm.Deployed, RawStatus: "deployed", AppVersion: "v2.4.1",
			Deployments: []string{"external-secrets", "external-secrets-webhook", "external-secrets-cert-controller"}}},
		deployments: list(clustertest.Available(t, "external-secrets"), clustertest.Available(t, "external-secrets-webhook"),
			clustertest.Available(t, "external-secrets-cert-controller")),
		pods:   list(),
		stores: answer[[]storeState]{value: []storeState{storeFor(t, "p")}},
	}
}

// find returns the one finding of the check, or fails.
func find(t *testing.T, r Report, code string) Finding {
	t.Helper()
	var found []Finding
	for _, f := range r.Findings {
		if f.Code == code {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d findings of %s in %+v", len(found), code, r.Findings)
	}
	return found[0]
}
