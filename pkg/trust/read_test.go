package trust

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"software.sslmate.com/src/go-pkcs12"
)

// input is a file and what must come of it.
type input struct {
	name     string
	data     []byte
	password string
	// want are the certificates that are taken, form and warnings what is said of them; problem is the error instead.
	want     []issued
	form     Form
	warnings []Kind
	problem  Problem
	// text must occur in the error or the warnings.
	text string
}

func lines(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// goodInputs are files that can be used.
func goodInputs(t *testing.T) []input {
	root, other := issue(t, nil, ca("Root A")), issue(t, nil, ca("Root B"))
	middle := issue(t, &root, ca("Middle"))
	leaf := issue(t, &middle, forHosts("infisical.example"))
	pinned := issue(t, nil, forHosts("infisical.example"))
	soonOver := issue(t, nil, ca("Ends soon"), valid(now.AddDate(-1, 0, 0), now.Add(29*24*time.Hour)))
	notSoon := issue(t, nil, ca("Ends later"), valid(now.AddDate(-1, 0, 0), now.Add(31*24*time.Hour)))
	over := issue(t, nil, ca("Over"), valid(now.AddDate(-2, 0, 0), now.Add(-time.Second)))
	early := issue(t, nil, ca("Early"), valid(now.Add(time.Second), now.AddDate(2, 0, 0)))
	noSign := issue(t, &root, ca("No signing"), usage(x509.KeyUsageDigitalSignature))
	small, _ := smallRSA(t)
	utf16LE := []byte{0xFF, 0xFE}
	for _, unit := range utf16.Encode([]rune(string(root.pem()))) {
		utf16LE = binary.LittleEndian.AppendUint16(utf16LE, unit)
	}
	aux, _ := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 1}})
	request, _ := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, root.key)
	many := make([][]byte, 21)
	var all []issued
	for i := range many {
		c := issue(t, nil, ca("Root "+strings.Repeat("I", i+1)))
		many[i], all = c.pem(), append(all, c)
	}
	return []input{
		{name: "one root", data: root.pem(), want: []issued{root}, form: PEM},
		{name: "an intermediate", data: middle.pem(), want: []issued{middle}, form: PEM},
		{name: "two roots with text between", data: lines([]byte("subject=CN = Root A\n"), root.pem(), []byte("\n# B\n"), other.pem()), want: []issued{root, other}, form: PEM},
		{name: "root and intermediate", data: lines(middle.pem(), root.pem()), want: []issued{middle, root}, form: PEM},
		{name: "CRLF", data: bytes.ReplaceAll(root.pem(), []byte("\n"), []byte("\r\n")), want: []issued{root}, form: PEM},
		{name: "no newline at the end", data: bytes.TrimSpace(root.pem()), want: []issued{root}, form: PEM},
		{name: "byte order mark", data: append([]byte("\xEF\xBB\xBF"), root.pem()...), want: []issued{root}, form: PEM},
		{name: "UTF-16 of PowerShell", data: utf16LE, want: []issued{root}, form: PEM},
		{name: "old header", data: block("X509 CERTIFICATE", root.Raw), want: []issued{root}, form: PEM},
		{name: "OpenSSL's trusted certificate", data: block("TRUSTED CERTIFICATE", append(append([]byte{}, root.Raw...), aux...)), want: []issued{root}, form: PEM},
		{name: "the same root twice", data: lines(root.pem(), other.pem(), root.pem()), want: []issued{root, other}, form: PEM, warnings: []Kind{Duplicate}, text: "Root A is there twice"},
		{name: "full chain of a server", data: lines(leaf.pem(), middle.pem(), root.pem()), want: []issued{middle, root}, form: PEM, warnings: []Kind{LeafLeftOut}, text: "infisical is a server's own"},
		{name: "self-signed certificate of a server", data: pinned.pem(), want: []issued{pinned}, form: PEM, warnings: []Kind{PinnedLeaf}, text: "whenever the server's is renewed"},
		{name: "self-signed, common name only", data: issue(t, nil, named("infisical.example")).pem(), form: PEM, warnings: []Kind{PinnedLeaf, NoNames}, text: "no host name or address"},
		{name: "ends in 29 days", data: soonOver.pem(), want: []issued{soonOver}, form: PEM, warnings: []Kind{ExpiresSoon}, text: "expires on 2026-06-30"},
		{name: "ends in 31 days", data: notSoon.pem(), want: []issued{notSoon}, form: PEM},
		{name: "ends at this second", data: issue(t, nil, ca("Now"), valid(now.AddDate(-1, 0, 0), now)).pem(), form: PEM, warnings: []Kind{ExpiresSoon}},
		{name: "begins at this second", data: issue(t, nil, ca("Now"), valid(now, now.AddDate(1, 0, 0))).pem(), form: PEM},
		{name: "an expired one beside a good one", data: lines(over.pem(), root.pem()), want: []issued{root}, form: PEM, warnings: []Kind{ExpiredLeftOut}, text: "Over expired on 2026-06-01"},
		{name: "one of tomorrow beside a good one", data: lines(root.pem(), early.pem()), want: []issued{root}, form: PEM, warnings: []Kind{NotYetValidLeftOut}},
		{name: "an intermediate that may not sign beside a good root", data: lines(noSign.pem(), root.pem()), want: []issued{root}, form: PEM, warnings: []Kind{CannotSignLeftOut}},
		{name: "a request beside a certificate", data: lines(block("CERTIFICATE REQUEST", request), root.pem()), want: []issued{root}, form: PEM, warnings: []Kind{OtherLeftOut}},
		{name: "a public key and a revocation list beside it", data: lines(block("PUBLIC KEY", []byte{1}), block("X509 CRL", []byte{1}), root.pem()), want: []issued{root}, form: PEM,
			warnings: []Kind{OtherLeftOut, OtherLeftOut}},
		{name: "meant as a CA, not marked as one", data: issue(t, nil, named("Home Lab CA"), unmarked, usage(x509.KeyUsageCertSign)).pem(), form: PEM,
			warnings: []Kind{NotMarkedAsCA}, text: "CA:TRUE"},
		{name: "a self-signed CA that may not sign", data: issue(t, nil, ca("Mute"), usage(x509.KeyUsageDigitalSignature)).pem(), form: PEM, warnings: []Kind{NotMarkedAsCA}},
		{name: "RSA 2048", data: rsaRoot(t).pem(), form: PEM},
		{name: "RSA 512", data: small.pem(), form: PEM, warnings: []Kind{WeakKey}, text: "512 bits"},
		{name: "Ed25519", data: issueFor(t, nil, ed25519Key(t), ca("Curve")).pem(), form: PEM},
		{name: "signed with SHA-1, as roots of old are", data: sha1Root(t).pem(), form: PEM},
		{name: "21 roots", data: lines(many...), want: all, form: PEM, warnings: []Kind{WholeStore}, text: "21 certificates"},
		{name: "DER", data: root.Raw, want: []issued{root}, form: DER},
		{name: "two in DER, one after the other", data: lines(root.Raw, other.Raw), want: []issued{root, other}, form: DER},
		{name: "DER of a pinned certificate", data: pinned.Raw, want: []issued{pinned}, form: DER, warnings: []Kind{PinnedLeaf}},
		{name: "PKCS#7", data: signedData(t, root, middle), want: []issued{root, middle}, form: PKCS7},
		{name: "PKCS#7 as PEM", data: block("PKCS7", signedData(t, leaf, root)), want: []issued{root}, form: PKCS7, warnings: []Kind{LeafLeftOut}},
		{name: "PKCS#12 of Java, no password", data: trustStore(t, pkcs12.Passwordless, "", root, other), want: []issued{root, other}, form: PKCS12},
		{name: "PKCS#12 of Java, with password", data: trustStore(t, pkcs12.Modern2023, "changeit", root), password: "changeit", want: []issued{root}, form: PKCS12},
		{name: "PKCS#12 of an old Java", data: trustStore(t, pkcs12.LegacyRC2, "geheim-ü", root), password: "geheim-ü", want: []issued{root}, form: PKCS12},
	}
}

// badInputs are files that must be refused.
func badInputs(t *testing.T) []input {
	root := issue(t, nil, ca("Root A"))
	leaf := issue(t, &root, forHosts("infisical.example"))
	noSign := issue(t, &root, ca("No signing"), usage(x509.KeyUsageDigitalSignature))
	request, _ := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, root.key)
	key := root.pkcs8(t)
	sec1, _ := x509.MarshalECPrivateKey(root.key.(*ecdsa.PrivateKey))
	//lint:ignore SA1019 such files exist
	encryptedBlock, _ := x509.EncryptPEMBlock(rand.Reader, "EC PRIVATE KEY", sec1, []byte("x"), x509.PEMCipherAES256)
	withKey, err := pkcs12.Modern2023.Encode(root.key, root.Certificate, nil, "p")
	if err != nil {
		t.Fatal(err)
	}
	truncated := root.pem()[:200]
	store := trustStore(t, pkcs12.Modern2023, "changeit", root)
	return []input{
		{name: "empty", problem: Empty},
		{name: "white space", data: []byte(" \n\t"), problem: Empty},
		{name: "garbage", data: []byte("hello"), problem: NoCertificate, text: "-----BEGIN CERTIFICATE-----"},
		{name: "binary garbage", data: []byte{sequence, 3, 2, 1, 7}, problem: NoCertificate},
		{name: "one letter", data: []byte("x"), problem: NoCertificate},
		{name: "a page for a browser", data: []byte("<!doctype html><title>Sign in</title>"), problem: NoCertificate, text: "browser"},
		{name: "base64 of a Secret", data: []byte(base64.StdEncoding.EncodeToString(root.pem())), problem: NoCertificate, text: "base64 -d"},
		{name: "Java key store of old", data: []byte{0xFE, 0xED, 0xFE, 0xED, 0, 0}, problem: NoCertificate, text: "keytool"},
		{name: "certificate request", data: block("CERTIFICATE REQUEST", request), problem: NoCertificate, text: "CERTIFICATE REQUEST"},
		{name: "public key", data: block("PUBLIC KEY", []byte{1}), problem: NoCertificate, text: "PUBLIC KEY"},
		{name: "private key beside a certificate", data: lines(root.pem(), block("PRIVATE KEY", key)), problem: PrivateKey},
		{name: "private key of EC", data: block("EC PRIVATE KEY", sec1), problem: PrivateKey},
		{name: "private key of RSA, before the certificate", data: lines(block("RSA PRIVATE KEY", []byte{1}), root.pem()), problem: PrivateKey},
		{name: "encrypted private key", data: lines(root.pem(), pem.EncodeToMemory(encryptedBlock)), problem: PrivateKey},
		{name: "encrypted private key of PKCS#8", data: block("ENCRYPTED PRIVATE KEY", []byte{1}), problem: PrivateKey},
		{name: "damaged private key", data: lines(root.pem(), []byte("-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----\n")), problem: PrivateKey},
		{name: "private key in DER", data: key, problem: PrivateKey},
		{name: "private key of EC in DER", data: sec1, problem: PrivateKey},
		{name: "private key in PKCS#12", data: withKey, password: "p", problem: PrivateKey},
		{name: "garbage inside", data: block("CERTIFICATE", []byte("no")), problem: Damaged, text: "PEM block 1"},
		{name: "cut off", data: truncated, problem: Damaged, text: "0 of its 1 PEM blocks"},
		{name: "cut off before a good one", data: lines(truncated, []byte("\n"), root.pem()), problem: Damaged},
		{name: "indented, as in a YAML file", data: bytes.ReplaceAll(root.pem(), []byte("\n"), []byte("\n    ")), problem: Damaged, text: "left edge"},
		{name: "DER, cut off", data: root.Raw[:len(root.Raw)-5], problem: NoCertificate},
		{name: "DER, with another version", data: broken(root.Raw), problem: Damaged},
		{name: "expired", data: issue(t, nil, ca("Old"), valid(now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0))).pem(), problem: Expired, text: "expired on 2025-06-01"},
		{name: "expired a second ago", data: issue(t, nil, ca("Old"), valid(now.AddDate(-2, 0, 0), now.Add(-time.Second))).pem(), problem: Expired},
		{name: "not yet valid", data: issue(t, nil, ca("New"), valid(now.AddDate(0, 0, 1), now.AddDate(2, 0, 0))).pem(), problem: NotYetValid,
			text: "valid from 2026-06-02 12:00 UTC only; check this machine's clock, which says 2026-06-01 12:00 UTC"},
		{name: "a server's certificate alone", data: leaf.pem(), problem: LeafOnly, text: "issued by CN=Root A"},
		{name: "the same in DER", data: leaf.Raw, problem: LeafOnly},
		{name: "an intermediate that may not sign", data: noSign.pem(), problem: CannotSign, text: "keyCertSign"},
		{name: "a key that Go does not know", data: block("CERTIFICATE", withDSA(t, root)), problem: "", warnings: []Kind{WeakKey}, form: PEM},
		{name: "PKCS#7 without certificates", data: signedData(t), problem: NoCertificate},
		{name: "PKCS#7, cut off", data: block("PKCS7", signedData(t, root)[:100]), problem: Damaged},
		{name: "PKCS#7 of indefinite length", data: append([]byte{sequence, indefinite}, signedData(t, root)...), problem: Damaged, text: "openssl pkcs7"},
		{name: "PKCS#7 with a server's certificate alone", data: signedData(t, leaf), problem: LeafOnly},
		{name: "PKCS#12 without its password", data: store, problem: PasswordMissing, text: "--ca-password-file"},
		{name: "PKCS#12 with a wrong password", data: store, password: "changed", problem: PasswordWrong},
		{name: "PKCS#12, damaged", data: damagedStore(store), password: "changeit", problem: PasswordWrong},
	}
}

func TestRead(t *testing.T) {
	inputs := append(goodInputs(t), badInputs(t)...)
	if len(inputs) < 40 {
		t.Fatalf("only %d inputs", len(inputs))
	}
	for _, tt := range inputs {
		t.Run(tt.name, func(t *testing.T) {
			file, err := Read(tt.data, tt.password, now)
			checkProblem(t, tt, err)
			var kinds []Kind
			text := ""
			for _, w := range file.Warnings {
				kinds = append(kinds, w.Kind)
				text += w.Text + "\n"
			}
			if diff := cmp.Diff(tt.warnings, kinds); diff != "" {
				t.Errorf("warnings: %s%s", diff, text)
			}
			if file.Form != tt.form {
				t.Errorf("form %q, want %q", file.Form, tt.form)
			}
			if err == nil && !strings.Contains(text, tt.text) {
				t.Errorf("the warnings lack %q: %s", tt.text, text)
			}
			if tt.want != nil && !sameOrder(file.Bundle, tt.want) {
				t.Errorf("got %d certificates in that order, want %d", len(file.Bundle.Certificates), len(tt.want))
			}
		})
	}
}

func checkProblem(t *testing.T, tt input, err error) {
	t.Helper()
	if tt.problem == "" {
		if err != nil {
			t.Errorf("error %v", err)
		}
		return
	}
	var refused *FileError
	if !errors.As(err, &refused) || refused.Problem != tt.problem || !strings.Contains(err.Error(), tt.text) {
		t.Errorf("error %#v, want %s with %q", err, tt.problem, tt.text)
	}
	if !errors.Is(err, &FileError{Problem: tt.problem}) {
		t.Errorf("errors.Is does not know the problem")
	}
}

func sameOrder(b Bundle, want []issued) bool {
	if len(b.Certificates) != len(want) {
		return false
	}
	for i, c := range b.Certificates {
		if !c.Equal(want[i].Certificate) {
			return false
		}
	}
	return true
}

func TestNoPrivateKeyIsEverQuoted(t *testing.T) {
	root := issue(t, nil, ca("Root"))
	key := block("PRIVATE KEY", root.pkcs8(t))
	for name, data := range map[string][]byte{"alone": key, "after a certificate": lines(root.pem(), key), "indented": bytes.ReplaceAll(key, []byte("\n"), []byte("\n  "))} {
		_, err := Read(data, "", now)
		if !errors.Is(err, &FileError{Problem: PrivateKey}) {
			t.Errorf("%s: error = %v", name, err)
		}
		if body := strings.TrimSpace(strings.Split(string(key), "\n")[1]); strings.Contains(err.Error(), body) {
			t.Errorf("%s: the error holds the key", name)
		}
	}
}

func TestTooLarge(t *testing.T) {
	root := issue(t, nil, ca("Root"), func(c *x509.Certificate) {
		c.Subject.OrganizationalUnit = []string{strings.Repeat("u", sizeLimit)}
	})
	if _, err := Read(root.Raw, "", now); !errors.Is(err, &FileError{Problem: TooLarge}) {
		t.Errorf("error = %v", err)
	}
}

func TestParsePEMTakesTextAlone(t *testing.T) {
	root := issue(t, nil, ca("Root"))
	if b, err := ParsePEM(root.pem(), now); err != nil || !b.Contains(root.Certificate) {
		t.Errorf("%v, %v", b, err)
	}
	if _, err := ParsePEM(root.Raw, now); !errors.Is(err, &FileError{Problem: NoCertificate}) {
		t.Errorf("DER: %v", err)
	}
}

func rsaRoot(t *testing.T) issued {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return issueFor(t, nil, key, ca("RSA"))
}

func sha1Root(t *testing.T) issued {
	t.Helper()
	return issue(t, nil, ca("Old hash"), func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 })
}

func trustStore(t *testing.T, encoder *pkcs12.Encoder, password string, certs ...issued) []byte {
	t.Helper()
	var all []*x509.Certificate
	for _, c := range certs {
		all = append(all, c.Certificate)
	}
	data, err := encoder.EncodeTrustStore(all, password)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// damagedStore has another content than its checksum is for.
func damagedStore(data []byte) []byte {
	data = bytes.Clone(data)
	data[len(data)/2] ^= 1
	return data
}

// broken changes the version of a certificate to one that there is not.
func broken(der []byte) []byte {
	return bytes.Replace(der, []byte{0xA0, 3, 2, 1, 2}, []byte{0xA0, 3, 2, 1, 9}, 1)
}
