package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"strings"
)

// fromPEM reads the blocks of a text. What stands between them is skipped, as OpenSSL writes it; a private key is refused, and so is a
// text of which not every block can be read: one certificate less than meant shows late.
func fromPEM(data []byte) (contents, Form, error) {
	var found contents
	form, blocks := PEM, 0
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		blocks++
		if strings.Contains(block.Type, "PRIVATE KEY") {
			return contents{}, form, refusePrivateKey()
		}
		if block.Type == "PKCS7" || block.Type == "CMS" {
			form = PKCS7
		}
		if err := found.take(block, blocks); err != nil {
			return contents{}, form, err
		}
	}
	if strings.Contains(string(data), "PRIVATE KEY-----") {
		return contents{}, form, refusePrivateKey() // a damaged one is one nevertheless
	}
	if begun := bytes.Count(data, []byte("-----BEGIN ")); begun != blocks || begun == 0 {
		return contents{}, form, refuse(Damaged, "the file is damaged: %d of its %d PEM blocks can be read; each line must begin at the left edge, and "+
			"-----BEGIN and -----END must be there in full", blocks, begun)
	}
	if len(found.certificates) == 0 {
		what := make([]string, 0, len(found.warnings))
		for _, w := range found.warnings {
			what = append(what, w.Text)
		}
		return contents{}, form, refuse(NoCertificate, "the file holds no certificate: %s", strings.Join(what, "; "))
	}
	return found, form, nil
}

// take reads the nth block.
func (c *contents) take(block *pem.Block, n int) error {
	der := block.Bytes
	switch block.Type {
	case "PKCS7", "CMS":
		more, err := fromPKCS7(der)
		c.certificates = append(c.certificates, more...)
		return err
	case "TRUSTED CERTIFICATE": // OpenSSL's own, with what it is trusted for after the certificate
		var first asn1.RawValue
		if _, err := asn1.Unmarshal(der, &first); err == nil {
			der = first.FullBytes
		}
	case "CERTIFICATE", "X509 CERTIFICATE":
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		c.warnings = append(c.warnings, warn(OtherLeftOut, "PEM block %d is a CERTIFICATE REQUEST, not yet a certificate", n))
		return nil
	default:
		c.warnings = append(c.warnings, warn(OtherLeftOut, "PEM block %d is of type %q, not CERTIFICATE", n, block.Type))
		return nil
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return refuse(Damaged, "PEM block %d is not a certificate that Go can read, though it says so: %v", n, err)
	}
	c.certificates = append(c.certificates, cert)
	return nil
}
