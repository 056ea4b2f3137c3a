package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"time"
	"unicode/utf16"
)

// Form is how a file holds its certificates.
type Form string

// The forms that Read knows.
const (
	PEM    Form = "PEM"
	DER    Form = "DER"
	PKCS7  Form = "PKCS#7"
	PKCS12 Form = "PKCS#12"
)

// File is what a trust file holds that is of use.
type File struct {
	Bundle   Bundle
	Form     Form
	Warnings []Warning
}

// sizeLimit is what a ConfigMap can hold of a bundle, in bytes, with some room for the rest of it.
const sizeLimit = 1_000_000

// Read reads a trust file of any form and picks what can serve as a CA at the time now: roots and intermediates, and self-signed
// certificates of servers. password opens PKCS#12 files. The errors are *FileError.
func Read(data []byte, password string, now time.Time) (File, error) {
	data = plain(data)
	if len(bytes.TrimSpace(data)) == 0 {
		return File{}, refuse(Empty, "the file is empty; give the CA certificate")
	}
	found, form, err := certificates(data, password)
	if err != nil {
		return File{}, err
	}
	file := File{Form: form, Warnings: found.warnings}
	var chosen []Warning
	if file.Bundle, chosen, err = choose(found.certificates, now); err != nil {
		return File{}, err
	}
	file.Warnings = append(file.Warnings, chosen...)
	if size := len(file.Bundle.PEM()); size > sizeLimit {
		return File{}, refuse(TooLarge, "the file holds %d certificates, %d kB, more than a ConfigMap can; give the CA of Infisical's server alone",
			len(file.Bundle.Certificates), size/1000)
	}
	return file, nil
}

// ParsePEM reads a bundle as Read does, of a file that is text.
func ParsePEM(data []byte, now time.Time) (Bundle, error) {
	file, err := Read(data, "", now)
	if err == nil && file.Form != PEM {
		return Bundle{}, refuse(NoCertificate, "it is of the form %s, and ESO reads PEM alone", file.Form)
	}
	return file.Bundle, err
}

// contents are the certificates of a file, and what else was in it.
type contents struct {
	certificates []*x509.Certificate
	warnings     []Warning
}

// certificates finds out by the content what form the file has: names of files often lie.
func certificates(data []byte, password string) (contents, Form, error) {
	if bytes.Contains(data, []byte("-----BEGIN")) {
		found, form, err := fromPEM(data)
		return found, form, err
	}
	if found, form, err := fromDER(data, password); form != "" {
		return found, form, err
	}
	return contents{}, "", refuse(NoCertificate, "the file holds no certificate%s", guess(data))
}

// guess says what a file without a certificate may be instead.
func guess(data []byte) string {
	const means = "; it must contain -----BEGIN CERTIFICATE-----, or be a DER, PKCS#7 (.p7b) or PKCS#12 (.p12) file"
	if decoded, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(data), nil))); err == nil && len(decoded) > 0 {
		if bytes.Contains(decoded, []byte("-----BEGIN")) || decoded[0] == sequence {
			return ", but something encoded in base64, as the values of a Kubernetes Secret are; decode it first: base64 -d"
		}
	}
	switch {
	case bytes.HasPrefix(data, []byte{0xFE, 0xED, 0xFE, 0xED}):
		return ", but is a Java key store; export the CA from it: keytool -exportcert -rfc -alias ALIAS -keystore FILE"
	case bytes.HasPrefix(bytes.TrimSpace(data), []byte("<")):
		return ", but a page for a browser: a download that was answered by something else"
	}
	return means
}

// plain takes away what editors and shells put around text: a byte order mark, or the encoding UTF-16 of a redirection in PowerShell.
func plain(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		order = binary.BigEndian
	default:
		return data
	}
	var units []uint16
	for rest := data[2:]; len(rest) > 1; rest = rest[2:] {
		units = append(units, order.Uint16(rest))
	}
	return []byte(string(utf16.Decode(units)))
}
