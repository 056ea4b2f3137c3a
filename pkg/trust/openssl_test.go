package trust

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestFilesOfOtherTools reads what OpenSSL and Java's keytool have made of one root, see testdata/README.md.
func TestFilesOfOtherTools(t *testing.T) {
	then := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	open := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	root, err := ParsePEM(open("root.pem"), then)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, password string
		form           Form
	}{
		{"root.p7b", "", PKCS7},
		{"modern.p12", "changeit", PKCS12},
		{"legacy.p12", "changeit", PKCS12},
		{"emptypassword.p12", "", PKCS12},
		{"open.p12", "", PKCS12},
		{"keytool.p12", "changeit", PKCS12},
	} {
		file, err := Read(open(tt.name), tt.password, then)
		if err != nil || file.Form != tt.form || !file.Bundle.Same(root) || len(file.Warnings) != 0 {
			t.Errorf("%s: %+v, %v", tt.name, file, err)
		}
	}
}
