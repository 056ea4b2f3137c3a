package trust

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"

	"software.sslmate.com/src/go-pkcs12"
)

// pfx is the outside of a PKCS#12 file.
type pfx struct {
	Version  int
	AuthSafe struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}
	Mac asn1.RawValue `asn1:"optional"`
}

func looksLikePKCS12(data []byte) bool {
	var outer pfx
	_, err := asn1.Unmarshal(data, &outer)
	return err == nil && outer.Version == 3
}

// fromPKCS12 reads a trust file. One with a private key is refused as soon as the password opens it.
func fromPKCS12(data []byte, password string) ([]*x509.Certificate, error) {
	_, _, _, err := pkcs12.DecodeChain(data, password)
	switch {
	case err == nil:
		return nil, refusePrivateKey()
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && password == "":
		return nil, refuse(PasswordMissing, "the PKCS#12 file is protected by a password: give the file that holds it with --ca-password-file "+
			"(Java's own is often \"changeit\")")
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, refuse(PasswordWrong, "the password does not open the PKCS#12 file")
	}
	withKey, rebuildErr := addKey(data, password)
	if rebuildErr != nil {
		return nil, unreadable(rebuildErr)
	}
	_, first, more, err := pkcs12.DecodeChain(withKey, password)
	if err != nil {
		return nil, unreadable(err)
	}
	return append([]*x509.Certificate{first}, more...), nil
}

func unreadable(err error) error {
	return refuse(Damaged, "the PKCS#12 file cannot be read: %v; write its certificates as text: openssl pkcs12 -in FILE -nokeys -out ca.pem", err)
}

// contentInfo is a part of a PKCS#12 file.
type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

var (
	oidData   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidKeyBag = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
)

// addKey puts a key that was made for this moment beside the certificates. The library hands certificates out together with a key only,
// or else if they carry a mark of Java's, which trust files made by OpenSSL lack.
func addKey(data []byte, password string) ([]byte, error) {
	var outer pfx
	if _, err := asn1.Unmarshal(data, &outer); err != nil {
		return nil, err
	}
	var parts []contentInfo
	if _, err := asn1.Unmarshal(outer.AuthSafe.Content, &parts); err != nil {
		return nil, err
	}
	bag, err := keyBag()
	if err != nil {
		return nil, err
	}
	if outer.AuthSafe.Content, err = asn1.Marshal(append(parts, bag)); err != nil {
		return nil, err
	}
	if len(outer.Mac.FullBytes) > 0 {
		if outer.Mac.FullBytes, err = mac(outer.AuthSafe.Content, password); err != nil {
			return nil, err
		}
	}
	return asn1.Marshal(outer)
}

// keyBag is a part with a private key that protects nothing.
func keyBag() (contentInfo, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return contentInfo{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return contentInfo{}, err
	}
	bags, err := asn1.Marshal([]contentInfo{{oidKeyBag, asn1.RawValue{FullBytes: explicit(der)}}})
	if err != nil {
		return contentInfo{}, err
	}
	octets, err := asn1.Marshal(bags)
	return contentInfo{oidData, asn1.RawValue{FullBytes: explicit(octets)}}, err
}

// explicit wraps DER in the tag [0].
func explicit(der []byte) []byte {
	// Marshalling bytes under a tag cannot fail.
	wrapped, _ := asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: der})
	return wrapped
}

// Object identifiers of PBMAC1, the one kind of checksum that the standard library has all parts for.
var (
	oidPBMAC1     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 14}
	oidPBKDF2     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidHMACSHA256 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
)

// mac is the checksum over the parts of a PKCS#12 file (RFC 9579).
func mac(content []byte, password string) ([]byte, error) {
	salt := make([]byte, 16)
	rand.Read(salt)
	const rounds = 1
	key, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	if err != nil {
		return nil, err
	}
	sum := hmac.New(sha256.New, key)
	sum.Write(content)
	type kdf struct {
		Salt                  []byte
		Iterations, KeyLength int
		PRF                   pkix.AlgorithmIdentifier
	}
	prf := pkix.AlgorithmIdentifier{Algorithm: oidHMACSHA256, Parameters: asn1.NullRawValue}
	derivation, err := asn1.Marshal(kdf{salt, rounds, sha256.Size, prf})
	if err != nil {
		return nil, err
	}
	parameters, err := asn1.Marshal(struct{ KDF, Scheme pkix.AlgorithmIdentifier }{
		pkix.AlgorithmIdentifier{Algorithm: oidPBKDF2, Parameters: asn1.RawValue{FullBytes: derivation}}, prf})
	if err != nil {
		return nil, err
	}
	type digest struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	return asn1.Marshal(struct {
		Mac        digest
		Salt       []byte
		Iterations int
	}{digest{pkix.AlgorithmIdentifier{Algorithm: oidPBMAC1, Parameters: asn1.RawValue{FullBytes: parameters}}, sum.Sum(nil)}, salt, rounds})
}
