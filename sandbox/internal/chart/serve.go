package chart

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Config is how the chart repository is to be served.
type Config struct {
	Listen string `json:"listen"` // 127.0.0.1:PORT
	Dir    string `json:"dir"`
}

// Check says whether the directory holds the chart repository.
func Check(dir string) error {
	for _, name := range Files() {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("find the chart repository: %w; make it with `make sandbox`, or name its directory with --chart-dir", err)
		}
	}
	return nil
}

// Run serves the repository until the context ends. It serves its files by name and nothing else.
func Run(ctx context.Context, cfg Config) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", cfg.Listen)
	if err != nil {
		return fmt.Errorf("serve the chart repository: %w; if the port has been taken meanwhile, run down and up", err)
	}
	server := &http.Server{Handler: handler(cfg.Dir), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the chart repository: %w", err)
	}
	return nil
}

func handler(dir string) http.Handler {
	mux := http.NewServeMux()
	for _, name := range Files() {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFile(w, r, filepath.Join(dir, name))
		})
	}
	return mux
}
