package flags

import (
	"bytes"
	"context"
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

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// authority is a CA that ends in a week.
func authority(t *testing.T) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, 7)}
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

func asPEM(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

func TestCAFileOfPKCS12(t *testing.T) {
	root := authority(t)
	store, err := pkcs12.Modern2023.EncodeTrustStore([]*x509.Certificate{root}, "right")
	if err != nil {
		t.Fatal(err)
	}
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	for password, text := range map[string]string{"": "--ca-password-file", "wrong": "does not open", "right": "", "right\r\n": ""} {
		c := CAFile{Name: file(t, string(store))}
		if password != "" {
			c.PasswordFile = file(t, password)
		}
		read, err := c.Read(streams)
		if text == "" && (err != nil || !read.Bundle.Contains(root)) || text != "" && (!isInput(err) || !strings.Contains(err.Error(), text)) {
			t.Errorf("password %q: %v", password, err)
		}
	}
	if err := (&CAFile{PasswordFile: "f"}).ValidateWith(false); !isInput(err) {
		t.Errorf("a password for nothing: %v", err)
	}
}

func TestCAFileWarns(t *testing.T) {
	streams, _, _, errOut := genericiooptions.NewTestIOStreams()
	c := CAFile{Name: file(t, asPEM(authority(t)))}
	bundle, err := c.Optional(streams)
	if err != nil || len(bundle.Certificates) != 1 || !strings.HasPrefix(errOut.String(), "warning: CN=Root expires on ") {
		t.Errorf("%v, %v, %q", bundle, err, errOut.String())
	}
	var out bytes.Buffer
	Warn(&out, []trust.Warning{{Kind: trust.ClockSkew, Text: "a"}, {Kind: trust.ClockSkew, Text: "b"}})
	if out.String() != "warning: a\nwarning: b\n" {
		t.Errorf("%q", out.String())
	}
}

func TestCAOrder(t *testing.T) {
	print := strings.Repeat("ab", 32)
	for _, tt := range []struct {
		args  []string
		given bool
		text  string // of the refusal
	}{
		{nil, false, ""},
		{[]string{"--ca-file", "f"}, true, ""},
		{[]string{"--from-server"}, true, ""},
		{[]string{"--from-server", "--fingerprint", print}, true, ""},
		{[]string{"--ca-file", "f", "--from-server"}, true, "exclude each other"},
		{[]string{"--fingerprint", print}, false, "goes with --from-server"},
		{[]string{"--from-server", "--fingerprint", "abc"}, true, "no SHA-256 fingerprint"},
		{[]string{"--from-server", "--ca-password-file", "f"}, true, "--ca-file names"},
	} {
		var c CAOrder
		fs := pflag.NewFlagSet("", pflag.ContinueOnError)
		c.AddFlags(fs)
		if err := fs.Parse(tt.args); err != nil {
			t.Fatal(err)
		}
		err := c.Validate()
		if c.Given() != tt.given || (err == nil) != (tt.text == "") || err != nil && (!isInput(err) || !strings.Contains(err.Error(), tt.text)) {
			t.Errorf("%v: given %t, %v", tt.args, c.Given(), err)
		}
		if err == nil && c.Fingerprint != "" && !strings.HasPrefix(c.Fingerprint, "AB:AB:") {
			t.Errorf("%v: fingerprint %s", tt.args, c.Fingerprint)
		}
	}
}

func TestCAOrderOfAFileOrTheServer(t *testing.T) {
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	confirm := func(context.Context, setup.Offer) (bool, error) { return true, nil }
	root := authority(t)
	order, err := (&CAOrder{File: CAFile{Name: file(t, asPEM(root))}}).Order(streams, confirm)
	if err != nil || !order.Given.Bundle.Contains(root) {
		t.Errorf("a file: %+v, %v", order, err)
	}
	order, err = (&CAOrder{FromServer: true, Fingerprint: "AB"}).Order(streams, confirm)
	if err != nil || order.Given != nil || order.Fingerprint != "AB" || order.Confirm == nil {
		t.Errorf("the server: %+v, %v", order, err)
	}
}

func TestConfigMapOrSecret(t *testing.T) {
	for _, tt := range []struct {
		args   []string
		name   string
		secret bool
		fails  bool
	}{
		{nil, "", false, false},
		{[]string{"--ca-configmap", "c"}, "c", false, false},
		{[]string{"--ca-secret", "s"}, "s", true, false},
		{[]string{"--ca-secret", "s", "--ca-configmap", "c"}, "s", true, true},
		{[]string{"--ca-configmap", "c", "--ca-secret", "s"}, "c", false, true},
	} {
		var d setup.Desired
		fs := pflag.NewFlagSet("", pflag.ContinueOnError)
		ConfigMap(fs, &d)
		err := fs.Parse(tt.args)
		if (err != nil) != tt.fails || d.CA.Name != tt.name || d.CA.Secret != tt.secret {
			t.Errorf("%v: %+v, %v", tt.args, d.CA, err)
		}
	}
}
