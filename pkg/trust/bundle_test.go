package trust

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func certificate(t *testing.T, name string, from, to time.Time) (certPEM, keyPEM []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: from, NotAfter: to, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
}

func TestParsePEM(t *testing.T) {
	good, key := certificate(t, "Root A", now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))
	other, _ := certificate(t, "Root B", now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))
	old, _ := certificate(t, "Old", now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0))
	early, _ := certificate(t, "Early", now.AddDate(1, 0, 0), now.AddDate(2, 0, 0))
	noise := []byte("subject=CN = Root A\n")

	tests := []struct {
		name string
		data []byte
		want int    // certificates
		err  string // part of the error
	}{
		{"one", good, 1, ""},
		{"two with text between", bytes.Join([][]byte{noise, good, noise, other}, nil), 2, ""},
		{"CRLF", bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")), 1, ""},
		{"empty", []byte(" \n"), 0, "empty"},
		{"garbage", []byte("hello"), 0, "no PEM certificate"},
		{"private key", append(append([]byte{}, good...), key...), 0, "private key"},
		{"certificate request", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: []byte{1}}), 0, "CERTIFICATE REQUEST"},
		{"garbage inside", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("no")}), 0, "not a certificate"},
		{"expired", old, 0, "expired on 2025-06-01"},
		{"not yet valid", early, 0, "valid from 2027-06-01"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := ParsePEM(tt.data, now)
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Fatalf("error = %v, want %q", err, tt.err)
			}
			if len(b.Certificates) != tt.want {
				t.Errorf("%d certificates, want %d", len(b.Certificates), tt.want)
			}
		})
	}
}

func TestParsePEMNeverEchoesAPrivateKey(t *testing.T) {
	_, key := certificate(t, "x", now, now.AddDate(1, 0, 0))
	_, err := ParsePEM(key, now)
	if !errors.Is(err, ErrPrivateKey) {
		t.Fatalf("error = %v", err)
	}
	if body := strings.Split(string(key), "\n")[1]; strings.Contains(err.Error(), body) {
		t.Error("the error holds the key")
	}
}

func TestPEMRoundTrip(t *testing.T) {
	a, _ := certificate(t, "A", now, now.AddDate(1, 0, 0))
	b, _ := certificate(t, "B", now, now.AddDate(1, 0, 0))
	bundle, err := ParsePEM(append(append([]byte("# comment\n"), a...), b...), now)
	if err != nil {
		t.Fatal(err)
	}
	if got := bundle.PEM(); !bytes.Equal(got, append(append([]byte{}, a...), b...)) {
		t.Errorf("canonical form differs:\n%s", got)
	}
	if got := Describe(bundle.Certificates[0]); !strings.Contains(got, "CN=A (CA), valid until 2027-06-01, SHA-256 ") {
		t.Errorf("Describe = %q", got)
	}
}
