package helm

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"helm.sh/helm/v3/pkg/provenance"
)

func digestOf(data []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(data)) }

// prove compares the archive with the digest, and checks its signature, where these were asked for.
func (s Source) prove(a archive) error {
	if s.Digest != "" && s.Digest != a.digest {
		return fmt.Errorf("its digest is %s, not %s as asked for; do not use it unless you know why", a.digest, s.Digest)
	}
	if !s.Verify {
		return nil
	}
	keyring := s.Keyring
	if keyring == "" {
		keyring = defaultKeyring()
	}
	if err := verifySignature(keyring, a); err != nil {
		return fmt.Errorf("verify its signature with the keyring %s: %w", keyring, err)
	}
	return nil
}

// defaultKeyring is where gpg keeps public keys, as helm assumes.
func defaultKeyring() string {
	home := os.Getenv("GNUPGHOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		home = filepath.Join(user, ".gnupg")
	}
	return filepath.Join(home, "pubring.gpg")
}

// verifySignature is Helm's own check, which wants files. The archive's name counts: the provenance lists it.
func verifySignature(keyring string, a archive) error {
	signatory, err := provenance.NewFromKeyring(keyring, "")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "eso-infisical-chart-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, filepath.Base(a.name))
	for name, data := range map[string][]byte{file: a.data, file + ".prov": a.provenance} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			return err
		}
	}
	_, err = signatory.Verify(file, file+".prov")
	return err
}
