package infisical

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

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

	// What there is of a project, where the server has one.
	ProjectSlug      string `json:"projectSlug,omitempty"`
	ClientIDFile     string `json:"clientIdFile,omitempty"`
	ClientSecretFile string `json:"clientSecretFile,omitempty"`
}

// Standalone is a server of its own.
type Standalone struct {
	Era string
	// Listen is HOST:PORT; port 0 is any that is free. The certificate names the host beside this machine.
	Listen string
	// Seed is what it holds; without a project, that is an organisation and its administrator.
	Seed Seed
}

// Serve runs the server until the context ends. When it answers it writes one line of JSON to out. Its log goes to standard error.
func (s Standalone) Serve(ctx context.Context, out io.Writer) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	st, err := api.NewStore(s.Era, time.Now)
	if err != nil {
		return err
	}
	if s.Seed.ProjectSlug == "" {
		s.Seed.Admin.plant(st)
	} else {
		plant(s.Seed, st)
	}
	handler, err := api.New(st, s.Era, log)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "eso-sandbox-infisical-")
	if err != nil {
		return fmt.Errorf("make a directory for the server's certificates: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	certificate, err := s.certificate(dir, log)
	if err != nil {
		return err
	}
	front := newFrontend(s.Listen, handler, certificate, log)
	if err := front.open(); err != nil {
		return err
	}
	defer front.close()
	line, err := s.announce(dir)
	if err != nil {
		return err
	}
	line.URL = "https://" + front.addressNow()
	if err := json.NewEncoder(out).Encode(line); err != nil {
		return fmt.Errorf("say where the server is: %w", err)
	}
	<-ctx.Done()
	return nil
}

// announce writes the credentials into files and says where they are.
func (s Standalone) announce(dir string) (announcement, error) {
	token, err := s.Seed.Admin.Token(time.Now())
	line := announcement{CAFile: filepath.Join(dir, caFile), OrgID: s.Seed.Admin.OrgID, AdminToken: token}
	if err != nil || s.Seed.ProjectSlug == "" {
		return line, err
	}
	line.ProjectSlug = s.Seed.ProjectSlug
	line.ClientIDFile, line.ClientSecretFile = filepath.Join(dir, "client-id"), filepath.Join(dir, "client-secret")
	for name, value := range map[string]string{line.ClientIDFile: s.Seed.ClientID, line.ClientSecretFile: s.Seed.ClientSecret} {
		if err := os.WriteFile(name, []byte(value+"\n"), 0o600); err != nil {
			return line, fmt.Errorf("write the machine identity's credentials: %w", err)
		}
	}
	return line, nil
}

const caFile = "ca.crt"

// certificate makes one of a CA that nobody has, and leaves the CA's in dir.
func (s Standalone) certificate(dir string, log *slog.Logger) (*certificate, error) {
	authority, err := pki.NewAuthority("Sandbox Infisical CA", time.Now)
	if err != nil {
		return nil, err
	}
	hosts := []string{"infisical.sandbox.test", "localhost", "127.0.0.1", "::1"}
	if host, _, err := net.SplitHostPort(s.Listen); err == nil && host != "" {
		hosts = append(hosts, host)
	}
	pair, err := authority.Server(hosts[0], hosts...)
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
