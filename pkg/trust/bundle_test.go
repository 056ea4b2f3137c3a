package trust

import (
	"bytes"
	"crypto/x509"
	"strings"
	"testing"
)

func TestPEMIsCanonical(t *testing.T) {
	a, b := issue(t, nil, ca("A")), issue(t, nil, ca("B"))
	file, err := Read(lines([]byte("# comment\n"), a.pem(), b.pem()), "", now)
	if err != nil {
		t.Fatal(err)
	}
	if got := file.Bundle.PEM(); !bytes.Equal(got, lines(a.pem(), b.pem())) {
		t.Errorf("canonical form differs:\n%s", got)
	}
}

func TestBundlesAsSets(t *testing.T) {
	a, b, c := issue(t, nil, ca("A")), issue(t, nil, ca("B")), issue(t, nil, ca("C"))
	if got := bundle(a, b).With(bundle(b, c)); !sameOrder(got, []issued{a, b, c}) {
		t.Errorf("with: %v", got)
	}
	if got := bundle(a, b).Without(bundle(b, c)); !sameOrder(got, []issued{a}) {
		t.Errorf("without: %v", got)
	}
	if !bundle(a, b).Same(bundle(b, a)) || bundle(a).Same(bundle(a, b)) || bundle(a, b).Same(bundle(a)) || !bundle().Same(Bundle{}) {
		t.Error("same")
	}
}

func TestStoredIsWhatESOFinds(t *testing.T) {
	over := issue(t, nil, ca("Over"), valid(now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0)))
	root := issue(t, nil, ca("Root"))
	text := lines(over.pem(), block("PRIVATE KEY", root.pkcs8(t)), block("CERTIFICATE", []byte("no")), root.pem(), root.pem())
	if got := Stored(text); !sameOrder(got, []issued{over, root}) {
		t.Errorf("got %d certificates", len(got.Certificates))
	}
	if got := Stored([]byte("garbage")); len(got.Certificates) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestFingerprints(t *testing.T) {
	root := issue(t, nil, ca("Root"))
	want := Fingerprint(root.Certificate)
	bare := strings.ReplaceAll(want, ":", "")
	for _, text := range []string{want, strings.ToLower(want), bare, strings.ToLower(bare), " " + want + "\n", "sha256 Fingerprint=" + want, "SHA256:" + bare} {
		if got, err := ParseFingerprint(text); err != nil || got != want {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "AB", want[:len(want)-3], "ZZ" + bare[2:], strings.Repeat("AB:", 20)} {
		if got, err := ParseFingerprint(text); err == nil || !strings.Contains(err.Error(), "openssl x509") {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
}

func TestDescribe(t *testing.T) {
	root := issue(t, nil, ca("A"))
	if got := Describe(root.Certificate); !strings.Contains(got, "CN=A (CA), valid until 2027-06-01, SHA-256 ") || !strings.Contains(got, Fingerprint(root.Certificate)[:23]) {
		t.Errorf("got %q", got)
	}
	nameless := issue(t, nil, func(*x509.Certificate) {})
	if got := Name(nameless.Certificate); got != "a certificate without a name" {
		t.Errorf("got %q", got)
	}
	if got := Name(issue(t, nil, func(c *x509.Certificate) { c.DNSNames = []string{"a", "b"} }).Certificate); got != "a, b" {
		t.Errorf("got %q", got)
	}
}
