package trust

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Fingerprint is a certificate's SHA-256 fingerprint, as openssl x509 -fingerprint -sha256 prints it.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}

// ParseFingerprint reads a SHA-256 fingerprint with or without colons, in letters of either case, also with what openssl or SSH write
// before it, and returns it as Fingerprint does.
func ParseFingerprint(text string) (string, error) {
	digits := text
	if _, after, found := strings.Cut(digits, "="); found {
		digits = after
	}
	digits = strings.TrimSpace(digits)
	if len(digits) > 7 && strings.EqualFold(digits[:7], "sha256:") {
		digits = digits[7:]
	}
	sum, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(digits))
	if err != nil || len(sum) != sha256.Size {
		return "", fmt.Errorf("%q is no SHA-256 fingerprint: give 64 hexadecimal digits, with or without colons, as "+
			"openssl x509 -noout -fingerprint -sha256 prints them", text)
	}
	upper := strings.ToUpper(hex.EncodeToString(sum))
	var parts []string
	for i := 0; i < len(upper); i += 2 {
		parts = append(parts, upper[i:i+2])
	}
	return strings.Join(parts, ":"), nil
}

// Describe names a certificate in one line: subject, expiry and the first half of its SHA-256 fingerprint.
func Describe(c *x509.Certificate) string {
	kind := "CA"
	if !c.IsCA {
		kind = "not a CA, pinned as it is"
	}
	return fmt.Sprintf("%s (%s), valid until %s, SHA-256 %s…", Name(c), kind, day(c.NotAfter), Fingerprint(c)[:23])
}

// Name is a certificate's subject, or where it has none the names of the hosts that it is for.
func Name(c *x509.Certificate) string {
	if s := c.Subject.String(); s != "" {
		return s
	}
	if names := hosts(c); len(names) > 0 {
		return strings.Join(names, ", ")
	}
	return "a certificate without a name"
}

// hosts are the names and addresses that a certificate lists.
func hosts(c *x509.Certificate) []string {
	names := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

// selfSigned reports whether the certificate's own key has signed it. What it may sign does not matter here. A signature that cannot be
// checked, since it is of a kind that Go refuses, counts.
func selfSigned(c *x509.Certificate) bool {
	if !bytes.Equal(c.RawSubject, c.RawIssuer) {
		return false
	}
	var insecure x509.InsecureAlgorithmError
	err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	return err == nil || errors.As(err, &insecure) || errors.Is(err, x509.ErrUnsupportedAlgorithm) || weakKey(c) != ""
}

// minRSA is the size in bits below which Go's crypto packages refuse RSA keys.
const minRSA = 1024

// weakKey says why Go will accept nothing that the certificate's key has signed, or nothing.
func weakKey(c *x509.Certificate) string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < minRSA {
			return fmt.Sprintf("its RSA key has %d bits", bits)
		}
	case *ecdsa.PublicKey, ed25519.PublicKey:
	default:
		return "its key is of a kind that Go does not use (" + c.PublicKeyAlgorithm.String() + ")"
	}
	return ""
}
