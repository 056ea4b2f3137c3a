package infisical

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/api"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/pki"
)

// announcement is what whoever starts a server of its own needs to know.
type announcement struct {
	URL    string `json:"url"`
	CAFile string `json:"caFile"`
	OrgID  string `json:"orgId"`
	// AdminToken is an organisation administrator's; everything else can be made with it.
	AdminToken string `json:"adminToken"`
}

// Serve runs a server that holds one organisation and its administrator, and nothing else, on listen (127.0.0.1:PORT, or port 0 for any)
// until the context ends. When it answers it writes one line of JSON to out. Its log goes to standard error.
func Serve(ctx context.Context, era, listen string, out io.Writer) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	st, err := api.NewStore(era, time.Now)
	if err != nil {
		return err
	}
	admin := NewAdmin(uuid.NewString(), "", "")
	org, _ := admin.plant(st)
	handler, err := api.New(st, era, log)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "eso-sandbox-infisical-")
	if err != nil {
		return fmt.Errorf("make a directory for the server's certificates: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	certificate, err := ownCertificate(dir, log)
	if err != nil {
		return err
	}
	front := newFrontend(listen, handler, certificate, log)
	if err := front.open(); err != nil {
		return err
	}
	defer front.close()
	token, err := admin.Token(time.Now())
	if err != nil {
		return err
	}
	line := announcement{URL: "https://" + front.addressNow(), CAFile: filepath.Join(dir, caFile), OrgID: org.ID, AdminToken: token}
	if err := json.NewEncoder(out).Encode(line); err != nil {
		return fmt.Errorf("say where the server is: %w", err)
	}
	<-ctx.Done()
	return nil
}

const caFile = "ca.crt"

// ownCertificate makes a certificate of a CA that nobody has, and leaves the CA's in dir.
func ownCertificate(dir string, log *slog.Logger) (*certificate, error) {
	authority, err := pki.NewAuthority("Sandbox Infisical CA", time.Now)
	if err != nil {
		return nil, err
	}
	pair, err := authority.Server("infisical.sandbox.test", "localhost", "127.0.0.1", "::1")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{caFile: authority.Certificate(), "tls.crt": pair.Certificate, "tls.key": pair.Key}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return nil, fmt.Errorf("write the server's certificate: %w", err)
		}
	}
	return openCertificate(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"), log)
}
