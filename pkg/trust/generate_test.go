package trust

import (
	"crypto"
	//lint:ignore SA1019 to make what Go refuses
	"crypto/dsa"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"testing"
	"time"
)

// now is the time at which everything is judged.
var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// issued is a certificate with its key.
type issued struct {
	*x509.Certificate
	key crypto.Signer
}

// change makes a certificate another one than usual.
type change func(*x509.Certificate)

// issue makes a certificate that is valid from a year ago to a year from now; without an issuer it signs itself.
func issue(t *testing.T, issuer *issued, changes ...change) issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return issueFor(t, issuer, key, changes...)
}

var serial int64

func issueFor(t *testing.T, issuer *issued, key crypto.Signer, changes ...change) issued {
	t.Helper()
	serial++
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0), BasicConstraintsValid: true}
	for _, change := range changes {
		change(template)
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.Certificate, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	return issued{parse(t, der), key}
}

func parse(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func named(name string) change {
	return func(c *x509.Certificate) { c.Subject.CommonName = name }
}

func ca(name string) change {
	return func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: name}
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign
	}
}

func organisation(name string) change {
	return func(c *x509.Certificate) { c.Subject.Organization = []string{name} }
}

func valid(from, to time.Time) change {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, to }
}

func usage(u x509.KeyUsage) change { return func(c *x509.Certificate) { c.KeyUsage = u } }

// forHosts makes it a server's.
func forHosts(names ...string) change {
	return func(c *x509.Certificate) {
		if c.Subject.CommonName == "" {
			c.Subject.CommonName = "infisical"
		}
		for _, name := range names {
			if ip := net.ParseIP(name); ip != nil {
				c.IPAddresses = append(c.IPAddresses, ip)
			} else {
				c.DNSNames = append(c.DNSNames, name)
			}
		}
	}
}

// unmarked leaves out what says whether it is a CA.
func unmarked(c *x509.Certificate) { c.BasicConstraintsValid, c.IsCA = false, false }

func (i issued) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Raw})
}

func block(kind string, data []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data})
}

func (i issued) pkcs8(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// smallRSA makes a root with a key that Go makes and uses only when it is told to, and certificates issued by it.
func smallRSA(t *testing.T, changes ...change) (root, issuedByIt issued) {
	t.Helper()
	before := os.Getenv("GODEBUG")
	defer os.Setenv("GODEBUG", before)
	os.Setenv("GODEBUG", "rsa1024min=0")
	key, err := rsa.GenerateKey(rand.Reader, 512)
	if err != nil {
		t.Fatal(err)
	}
	root = issueFor(t, nil, key, ca("Small"))
	return root, issue(t, &root, changes...)
}

func ed25519Key(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// withDSA is a certificate whose key is of a kind that Go reads and does not use: the public key of c is replaced, which breaks the
// signature.
func withDSA(t *testing.T, c issued) []byte {
	t.Helper()
	var outer struct {
		Body                 asn1.RawValue
		Algorithm, Signature asn1.RawValue
	}
	if _, err := asn1.Unmarshal(c.Raw, &outer); err != nil {
		t.Fatal(err)
	}
	var body []asn1.RawValue
	if _, err := asn1.Unmarshal(outer.Body.FullBytes, &body); err != nil {
		t.Fatal(err)
	}
	must := func(v any) []byte {
		der, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	parameters := dsa.Parameters{P: big.NewInt(23), Q: big.NewInt(11), G: big.NewInt(4)}
	key := must(struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}{pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}, Parameters: asn1.RawValue{FullBytes: must(parameters)}},
		asn1.BitString{Bytes: must(big.NewInt(8)), BitLength: 8 * len(must(big.NewInt(8)))}})
	for i, field := range body {
		if string(field.FullBytes) == string(c.RawSubjectPublicKeyInfo) {
			body[i] = asn1.RawValue{FullBytes: key}
		}
	}
	outer.Body = asn1.RawValue{FullBytes: must(body)}
	return must(outer)
}

// signedData is a PKCS#7 file with certificates only.
func signedData(t *testing.T, certs ...issued) []byte {
	t.Helper()
	var all []byte
	for _, c := range certs {
		all = append(all, c.Raw...)
	}
	set := asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSet, IsCompound: true}
	type content struct {
		Version      int
		Algorithms   asn1.RawValue
		ContentInfo  struct{ Type asn1.ObjectIdentifier }
		Certificates asn1.RawValue
		Signers      asn1.RawValue
	}
	inner := content{1, set, struct{ Type asn1.ObjectIdentifier }{oidData},
		asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: all}, set}
	der, err := asn1.Marshal(struct {
		Type    asn1.ObjectIdentifier
		Content content `asn1:"explicit,tag:0"`
	}{oidSignedData, inner})
	if err != nil {
		t.Fatal(err)
	}
	return der
}
