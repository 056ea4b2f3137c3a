package infisical

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// serveControl serves the control socket until the context ends.
func serveControl(ctx context.Context, socket string, f *faults, log *slog.Logger) error {
	listener, err := listenUnix(ctx, socket)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: controlHandler(f, log), ReadHeaderTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // the listener goes away with it; nothing is left to save
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the control socket %s: %w", socket, err)
	}
	return nil
}

// listenUnix takes the place of a socket that an earlier run left behind; only the user may connect.
func listenUnix(ctx context.Context, socket string) (net.Listener, error) {
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the old control socket: %w", err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listen on the control socket: %w; its path may have about 100 characters", err)
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		_ = listener.Close()
		return nil, fmt.Errorf("close the control socket to others: %w", err)
	}
	return listener, nil
}

func controlHandler(f *faults, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string][]string{"faults": f.names()})
	})
	mux.HandleFunc("GET /logins", func(w http.ResponseWriter, _ *http.Request) { answer(w, f.store.Logins()) })
	mux.HandleFunc("PUT /clock", clockHandler(f.store))
	mux.HandleFunc("PUT /fault/{name}", switchHandler(f, true, log))
	mux.HandleFunc("DELETE /fault/{name}", switchHandler(f, false, log))
	return mux
}

// clockHandler puts the server's clock forward by the duration "advance".
func clockHandler(st *store.Store) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		by, err := time.ParseDuration(r.URL.Query().Get("advance"))
		if err != nil || by < 0 {
			http.Error(w, "advance has to be a duration, such as 300s", http.StatusBadRequest)
			return
		}
		answer(w, map[string]time.Time{"now": st.Advance(by)})
	}
}

func switchHandler(f *faults, on bool, log *slog.Logger) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		switch err := f.switchTo(name, on); {
		case errors.Is(err, errUnknownFault):
			http.Error(w, err.Error(), http.StatusNotFound)
		case err != nil:
			http.Error(w, err.Error(), http.StatusConflict)
		default:
			log.Info("fault", "name", name, "on", on)
			answer(w, map[string]bool{"ok": true})
		}
	}
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // a client that went away needs no answer
}
