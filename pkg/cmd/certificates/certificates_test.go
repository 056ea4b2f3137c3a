package certificates

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/authority"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

func root(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), NotAfter: time.Date(2036, 1, 2, 3, 4, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func bundle(all ...*x509.Certificate) trust.Bundle { return trust.Bundle{Certificates: all} }

func TestChanges(t *testing.T) {
	a, b, c := root(t, "A"), root(t, "B"), root(t, "C")
	var got []string
	changes := Changes(bundle(a, b), bundle(b, c))
	for _, change := range changes {
		got = append(got, string(change.Change)+" "+change.Subject)
	}
	if diff := cmp.Diff([]string{"removed CN=A", "kept CN=B", "added CN=C"}, got); diff != "" {
		t.Error(diff)
	}
	var out bytes.Buffer
	WriteChanges(&out, changes)
	want := "  removed CN=A, valid until 2036-01-02, SHA-256 " + trust.Fingerprint(a) + "\n  kept    CN=B, valid until 2036-01-02, SHA-256 " +
		trust.Fingerprint(b) + "\n  new     CN=C, valid until 2036-01-02, SHA-256 " + trust.Fingerprint(c) + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	out.Reset()
	if WriteChanges(&out, Changes(bundle(a), bundle(a))); out.Len() != 0 {
		t.Errorf("nothing has changed: %q", out.String())
	}
}

func TestStores(t *testing.T) {
	refused := &cause.Error{Tried: "use the store", Cause: cause.Cause{Code: "EI310", Summary: "it is refused", Fix: "make a new one"}}
	stores := Stores([]authority.Judged{{Store: eso.StoreKey{Name: "a"}}, {Store: eso.StoreKey{Namespace: "n", Name: "b"}, Err: refused}, {Store: eso.StoreKey{Name: "c"}, Err: context.DeadlineExceeded, Unknown: true}})
	want := []Store{{Name: "a", Ready: "True"}, {Name: "n/b", Ready: "False", Code: "EI310", Message: "it is refused", Fix: "make a new one"},
		{Name: "c", Ready: "Unknown", Message: "context deadline exceeded"}}
	if diff := cmp.Diff(want, stores); diff != "" {
		t.Error(diff)
	}
	var out bytes.Buffer
	WriteStores(&out, stores)
	for _, line := range []string{"store a is ready with it\n", "store n/b is not ready: it is refused (EI310)\n", "store c: no verdict of ESO in time"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("%q lacks %q", out.String(), line)
		}
	}
}

func TestNobodyIsThereToConfirm(t *testing.T) {
	streams, _, _, errOut := genericiooptions.NewTestIOStreams()
	leaf, top, old := root(t, "server"), root(t, "Root"), root(t, "Old")
	offer := setup.Offer{Host: "https://h", Chain: []*x509.Certificate{leaf, top}, Taken: bundle(top), Before: bundle(old),
		Warnings: []trust.Warning{{Kind: trust.PinnedLeaf, Text: "it is pinned"}}}
	yes, err := Confirm(clients.New("test", streams))(t.Context(), offer)
	var input *setup.InputError
	if yes || !errors.As(err, &input) {
		t.Fatalf("%t, %v", yes, err)
	}
	for _, text := range []string{"--fingerprint", "https://h presents:", "subject  CN=server", "subject  CN=Root   <- would be trusted", "issuer   CN=Root",
		"valid    2026-01-02 03:04 UTC to 2036-01-02 03:04 UTC", trust.Fingerprint(leaf), trust.Fingerprint(top), "the cluster trusts now (replaced): CN=Old", "warning: it is pinned"} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error lacks %q:\n%v", text, err)
		}
	}
	if errOut.Len() != 0 {
		t.Errorf("asked nobody: %q", errOut.String())
	}
}
