package trust

import (
	"errors"
	"testing"
)

// FuzzRead looks for files that break the reading, or that it takes although nothing of them can be trusted.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n", "0\x03\x02\x01\x03",
		"0\x80", "\xff\xfe-\x00", "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(data, "", now)
		var refused *FileError
		switch {
		case err != nil && (!errors.As(err, &refused) || refused.Text == "" || refused.Problem == ""):
			t.Errorf("an error without a problem: %v", err)
		case err == nil && len(file.Bundle.Certificates) == 0:
			t.Error("no certificate and no error")
		case err == nil && !Stored(file.Bundle.PEM()).Same(file.Bundle):
			t.Error("ESO would find other certificates")
		}
	})
}
