package setup

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// certificate makes a CA that is valid for so many hours from now, and its key.
func certificate(t *testing.T, hours time.Duration) (certPEM, keyPEM string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(hours * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, data []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}))
	}
	return encode("CERTIFICATE", der), encode("EC PRIVATE KEY", keyDER)
}

func TestReadCA(t *testing.T) {
	good, key := certificate(t, 24)
	expired, _ := certificate(t, -24)
	tests := []struct{ name, data, problem string }{
		{"good", good, ""},
		{"empty", "", "is empty"},
		{"not PEM", "hello", "holds no certificate"},
		{"expired", expired, "expired on"},
		{"with its private key", good + key, "private key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file, err := ReadCA("ca.crt", []byte(tt.data), "")
			if tt.problem == "" {
				if err != nil || len(file.Bundle.Certificates) != 1 {
					t.Errorf("%d certificates, %v", len(file.Bundle.Certificates), err)
				}
				return
			}
			if !isInput(err) || !strings.HasPrefix(err.Error(), "read the CA file ca.crt: ") || !strings.Contains(err.Error(), tt.problem) {
				t.Errorf("error = %v, want %q", err, tt.problem)
			}
			if strings.Contains(err.Error(), strings.Split(key, "\n")[1]) {
				t.Error("the error quotes the private key")
			}
		})
	}
}

// defaultCA is where the CA is by default.
var defaultCA = eso.CASource{Reference: eso.Reference{Namespace: "external-secrets", Name: "infisical-ca"}}

func configMap(data string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "external-secrets", Name: "infisical-ca"}, Data: map[string]string{eso.CAKey: data}}
}

func TestStoreRefersToACAThatTheClusterHas(t *testing.T) {
	if ref, err := newCluster().existingCA(t.Context()); err != nil || ref != (eso.CASource{}) {
		t.Errorf("without ConfigMap: %+v, %v", ref, err)
	}
	if ref, err := newCluster(configMap("")).existingCA(t.Context()); err != nil || ref != defaultCA {
		t.Errorf("with ConfigMap: %+v, %v", ref, err)
	}
	c := newCluster()
	clustertest.Refuse(&c.dynamic.Fake, "get", "configmaps", clustertest.Forbidden("configmaps"))
	if ref, err := c.existingCA(t.Context()); !apierrors.IsForbidden(err) {
		t.Errorf("without the right: %+v, %v", ref, err)
	}
}

func TestHeldCA(t *testing.T) {
	good, _ := certificate(t, 24)
	expired, _ := certificate(t, -24)
	ref := defaultCA
	if ca, err := newCluster().heldCA(t.Context(), eso.CASource{}); len(ca.Certificates) != 0 || err != nil {
		t.Errorf("no CA named: %v, %v", ca, err)
	}
	if ca, err := newCluster(configMap(good)).heldCA(t.Context(), ref); len(ca.Certificates) != 1 || err != nil {
		t.Errorf("good CA: %v, %v", ca, err)
	}
	if _, err := newCluster(configMap(expired)).heldCA(t.Context(), ref); codeOf(err) != "EI409" {
		t.Errorf("expired CA: %v", err)
	}
	if _, err := newCluster().heldCA(t.Context(), ref); !apierrors.IsNotFound(err) {
		t.Errorf("no ConfigMap: %v", err)
	}
}

func TestApplyCAWritesCertificatesAlone(t *testing.T) {
	good, _ := certificate(t, 24)
	file, err := ReadCA("ca.crt", []byte("a comment\n"+good), "")
	if err != nil {
		t.Fatal(err)
	}
	c := newCluster()
	for _, want := range []kube.Outcome{kube.Created, kube.Unchanged} {
		applied, err := c.ApplyCA(t.Context(), CAOrder{Given: &file})
		if err != nil || applied.Outcome != want || !strings.Contains(applied.Result().Detail, "CN=Root") {
			t.Fatalf("got %+v, %v; want %s", applied, err, want)
		}
	}
	got, err := c.dynamic.Resource(configMapsResource).Namespace("external-secrets").Get(t.Context(), "infisical-ca", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if data, _ := got.Object["data"].(map[string]any); data[eso.CAKey] != good {
		t.Errorf("data = %v", data)
	}
}
