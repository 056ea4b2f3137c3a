package privateca_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	esmeta "github.com/external-secrets/external-secrets/apis/meta/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/eso/privateca"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/api"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

const namespace = "external-secrets"

// rig is an Infisical server and what a cluster holds about it; tests change both before they connect.
type rig struct {
	server      *httptest.Server
	credentials map[string]string // data of the Secret "infisical-eso-creds"; nil: there is none
	configMap   map[string]string // data of the ConfigMap "infisical-ca"; nil: there is none
	caSecret    map[string]string // data of the Secret "infisical-ca"; nil: there is none
	ca          map[string]any    // CA fields of the store
	spec        esv1.InfisicalProvider
}

func newRig(t *testing.T, start func(*httptest.Server)) *rig {
	t.Helper()
	server := httptest.NewUnstartedServer(serverHandler(t))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	start(server)
	t.Cleanup(server.Close)
	r := &rig{
		server:      server,
		credentials: map[string]string{"clientId": "client", "clientSecret": "secret"},
		ca: map[string]any{"caProvider": map[string]any{
			"type": "ConfigMap", "name": "infisical-ca", "key": "ca.crt", "namespace": namespace,
		}},
		spec: esv1.InfisicalProvider{
			HostAPI: server.URL,
			Auth: esv1.InfisicalAuth{UniversalAuthCredentials: &esv1.UniversalAuthCredentials{
				ClientID: secretKey("clientId"), ClientSecret: secretKey("clientSecret"),
			}},
			SecretsScope: esv1.MachineIdentityScopeInWorkspace{ProjectSlug: "demo", EnvironmentSlug: "prod", ExpandSecretReferences: true},
		},
	}
	if certificate := server.Certificate(); certificate != nil {
		r.configMap = map[string]string{"ca.crt": pemOf(certificate.Raw)}
	}
	return r
}

func serverHandler(t *testing.T) http.Handler {
	t.Helper()
	st := store.New(time.Now, store.Rules2026())
	org := st.AddOrganization("", "Org", "org")
	project := st.AddProject(org.ID, "Demo", "demo")
	identity := st.AddIdentity(org.ID, "eso", "no-access")
	auth := store.NewUniversalAuth()
	auth.ClientID = "client"
	st.AttachUniversalAuth(identity.ID, auth)
	st.AddClientSecret(identity.ID, "secret", store.ClientSecretTerms{})
	st.AddMember(project.ID, identity.ID, "viewer")
	st.PutSecret(project.ID, "prod", "/", "KEY", "value")
	st.PutSecret(project.ID, "prod", "/", "OTHER", "${KEY}!")
	st.PutSecret(project.ID, "prod", "/app", "CONFIG", `{"user":"u","port":5432}`)
	handler, err := api.New(st, api.Era2026, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

func secretKey(key string) esmeta.SecretKeySelector {
	ns := namespace
	return esmeta.SecretKeySelector{Name: "infisical-eso-creds", Namespace: &ns, Key: key}
}

// connect does what the operator does for a ClusterSecretStore.
func (r *rig) connect(t *testing.T) (esv1.SecretsClient, error) {
	t.Helper()
	opened, err := r.connector(t)()
	if err == nil {
		t.Cleanup(func() { _ = opened.Close(context.Background()) }) // the test's own context has ended by then
	}
	return opened, err
}

// connector returns the call that connects, which may be made in another goroutine.
func (r *rig) connector(t *testing.T) func() (esv1.SecretsClient, error) {
	t.Helper()
	typed := &esv1.ClusterSecretStore{
		TypeMeta:   metav1.TypeMeta{APIVersion: "external-secrets.io/v1", Kind: "ClusterSecretStore"},
		ObjectMeta: metav1.ObjectMeta{Name: "infisical"},
		Spec:       esv1.SecretStoreSpec{Provider: &esv1.SecretStoreProvider{Infisical: &r.spec}},
	}
	kube := r.cluster(t, typed)
	return func() (esv1.SecretsClient, error) { return privateca.New().NewClient(t.Context(), typed, kube, "") }
}

func (r *rig) cluster(t *testing.T, typed *esv1.ClusterSecretStore) client.Client {
	t.Helper()
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range r.ca {
		if err := unstructured.SetNestedField(fields, value, "spec", "provider", "infisical", name); err != nil {
			t.Fatal(err)
		}
	}
	objects := []client.Object{&unstructured.Unstructured{Object: fields}}
	if r.credentials != nil {
		objects = append(objects, &corev1.Secret{ObjectMeta: meta("infisical-eso-creds"), Data: bytesOf(r.credentials)})
	}
	if r.configMap != nil {
		objects = append(objects, &corev1.ConfigMap{ObjectMeta: meta("infisical-ca"), Data: r.configMap})
	}
	if r.caSecret != nil {
		objects = append(objects, &corev1.Secret{ObjectMeta: meta("infisical-ca"), Data: bytesOf(r.caSecret)})
	}
	scheme := runtime.NewScheme() // without the operator's types, which would drop the CA fields
	if err := corev1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
}

func meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: namespace}
}

func bytesOf(data map[string]string) map[string][]byte {
	converted := map[string][]byte{}
	for key, value := range data {
		converted[key] = []byte(value)
	}
	return converted
}

func base64Of(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func pemOf(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// anotherCA is a CA with a subject of its own.
func anotherCA(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Another CA"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pemOf(der)
}
