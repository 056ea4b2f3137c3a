// Package infisical is a stand-in for an Infisical server: it speaks the server's HTTP API over TLS, keeps real state
// in memory (see package store) and answers as a server of a given era does (see package api). Over a control socket
// it can be broken and mended on purpose.
package infisical

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/api"
)

// Config says where the server listens and what it holds.
type Config struct {
	Listen        string `json:"listen"`        // 127.0.0.1:PORT, served with TLS
	Era           string `json:"era"`           // whose manner the API has: "2024" or "2026"
	TLSCertFile   string `json:"tlsCertFile"`   // read again when the files change
	TLSKeyFile    string `json:"tlsKeyFile"`    //
	SeedFile      string `json:"seedFile"`      // JSON of a Seed
	ControlSocket string `json:"controlSocket"` // Unix socket that faults are set on, over HTTP
}

// Run serves until the context ends. It logs to standard error, and never a secret, a token or a body.
func Run(ctx context.Context, cfg Config) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	seed, err := readSeed(cfg.SeedFile)
	if err != nil {
		return err
	}
	st, err := api.NewStore(cfg.Era, time.Now)
	if err != nil {
		return err
	}
	state := plant(seed, st)
	handler, err := api.New(st, cfg.Era, log)
	if err != nil {
		return err
	}
	certificate, err := openCertificate(cfg.TLSCertFile, cfg.TLSKeyFile, log)
	if err != nil {
		return err
	}
	front := newFrontend(cfg.Listen, handler, certificate, log)
	if err := front.open(); err != nil {
		return err
	}
	defer front.close()
	return serveControl(ctx, cfg.ControlSocket, newFaults(state, front, certificate), log)
}

func readSeed(file string) (Seed, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return Seed{}, fmt.Errorf("read the server's seed: %w", err)
	}
	var seed Seed
	if err := json.Unmarshal(content, &seed); err != nil {
		return Seed{}, fmt.Errorf("read the server's seed from %s: %w; it has to be the JSON of a seed", file, err)
	}
	if err := seed.check(); err != nil {
		return Seed{}, fmt.Errorf("read the server's seed from %s: %w", file, err)
	}
	return seed, nil
}
