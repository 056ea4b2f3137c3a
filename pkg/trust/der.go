package trust

import (
	"crypto/x509"
	"encoding/asn1"
)

// sequence is the first byte of every binary file that is of interest.
const sequence = 0x30

// Object identifiers of PKCS#7 and of encrypted private keys.
var (
	oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidPKCS5      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5}
	oidPKCS12PBE  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 1}
)

// fromDER reads a binary file. An empty form means that it is of none that is known.
func fromDER(data []byte, password string) (contents, Form, error) {
	if len(data) < 2 || data[0] != sequence {
		return contents{}, "", nil
	}
	if privateKey(data) {
		return contents{}, DER, refusePrivateKey()
	}
	if certs, err := x509.ParseCertificates(data); err == nil {
		return contents{certificates: certs}, DER, nil
	} else if looksLikeCertificate(data) {
		return contents{}, DER, refuse(Damaged, "the file is not a certificate that Go can read, though it looks like one in DER form: %v", err)
	}
	var outer struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(data, &outer); err == nil && outer.Type.Equal(oidSignedData) || data[1] == indefinite {
		certs, err := fromPKCS7(data)
		return contents{certificates: certs}, PKCS7, err
	}
	if looksLikePKCS12(data) {
		certs, err := fromPKCS12(data, password)
		return contents{certificates: certs}, PKCS12, err
	}
	return contents{}, "", nil
}

// looksLikeCertificate reports whether the outer form is that of a certificate: a sequence of a sequence, an algorithm and bits.
func looksLikeCertificate(data []byte) bool {
	var outer struct {
		Body, Algorithm asn1.RawValue
		Signature       asn1.BitString
	}
	_, err := asn1.Unmarshal(data, &outer)
	return err == nil && outer.Body.Tag == asn1.TagSequence && outer.Algorithm.Tag == asn1.TagSequence
}

// privateKey reports whether the file is a private key, encrypted or not.
func privateKey(data []byte) bool {
	_, pkcs8 := x509.ParsePKCS8PrivateKey(data)
	_, pkcs1 := x509.ParsePKCS1PrivateKey(data)
	_, sec1 := x509.ParseECPrivateKey(data)
	if pkcs8 == nil || pkcs1 == nil || sec1 == nil {
		return true
	}
	var encrypted struct {
		Algorithm struct {
			ID         asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Data []byte
	}
	_, err := asn1.Unmarshal(data, &encrypted)
	return err == nil && (under(encrypted.Algorithm.ID, oidPKCS5) || under(encrypted.Algorithm.ID, oidPKCS12PBE))
}

func under(id, prefix asn1.ObjectIdentifier) bool {
	return len(id) > len(prefix) && id[:len(prefix)].Equal(prefix)
}

// indefinite is a length that is not told in advance, which BER allows and DER does not.
const indefinite = 0x80

// fromPKCS7 reads the certificates of PKCS#7 signed data; what is signed, and by whom, does not matter.
func fromPKCS7(data []byte) ([]*x509.Certificate, error) {
	if len(data) > 1 && data[1] == indefinite {
		return nil, refuse(Damaged, "the file is in BER form, which is not read here; convert it: openssl pkcs7 -inform DER -in FILE -print_certs -out ca.pem, "+
			"or for a .p12 file openssl pkcs12 -in FILE -nokeys -out ca.pem")
	}
	var outer struct {
		Type    asn1.ObjectIdentifier
		Content struct {
			Version      int
			Algorithms   asn1.RawValue
			ContentInfo  asn1.RawValue
			Certificates asn1.RawValue `asn1:"optional,tag:0"`
			CRLs         asn1.RawValue `asn1:"optional,tag:1"`
			Signers      asn1.RawValue
		} `asn1:"explicit,tag:0"`
	}
	if _, err := asn1.Unmarshal(data, &outer); err != nil || !outer.Type.Equal(oidSignedData) {
		return nil, refuse(Damaged, "the PKCS#7 data cannot be read: it is damaged, or holds no certificates")
	}
	certs, err := x509.ParseCertificates(outer.Content.Certificates.Bytes)
	if err != nil {
		return nil, refuse(Damaged, "the PKCS#7 data holds something that is not a certificate that Go can read: %v", err)
	}
	if len(certs) == 0 {
		return nil, refuse(NoCertificate, "the PKCS#7 data holds no certificate")
	}
	return certs, nil
}
