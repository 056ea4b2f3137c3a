package infisical

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// frontend is the TLS listener; it can be closed and opened again on the same port.
type frontend struct {
	handler     http.Handler
	certificate *certificate
	log         *slog.Logger

	// hidden: something before the server answers in its place, with a page for people.
	hidden atomic.Bool

	mu       sync.Mutex
	address  string
	server   *http.Server // nil while closed
	listener net.Listener
}

func newFrontend(address string, handler http.Handler, cert *certificate, log *slog.Logger) *frontend {
	return &frontend{address: address, handler: handler, certificate: cert, log: log}
}

// open starts to listen; it does nothing where that is so already.
func (f *frontend) open() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.server != nil {
		return nil
	}
	listener, err := net.Listen("tcp", f.address)
	if err != nil {
		return fmt.Errorf("listen for Infisical's API on %s: %w; choose another port or end what uses it", f.address, err)
	}
	f.listener, f.address = listener, listener.Addr().String() // keeps a port that was left to the system
	f.server = &http.Server{
		Handler:           http.HandlerFunc(f.answer),
		TLSConfig:         &tls.Config{GetCertificate: f.certificate.get, MinVersion: tls.VersionTLS12},
		ErrorLog:          slog.NewLogLogger(f.log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: time.Minute,
	}
	go f.serve(f.server, listener)
	return nil
}

// addressNow is where it listens: a port that was left to the system is known by then.
func (f *frontend) addressNow() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.address
}

// hide puts a proxy before the server that lets nobody pass.
func (f *frontend) hide(on bool) { f.hidden.Store(on) }

func (f *frontend) answer(w http.ResponseWriter, r *http.Request) {
	if !f.hidden.Load() {
		f.handler.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, "<!doctype html><title>Sign in</title>") // a client that went away needs no answer
}

func (f *frontend) serve(server *http.Server, listener net.Listener) {
	if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		f.log.Error("serve Infisical's API", "error", err)
	}
}

// close stops listening and cuts the connections there are.
func (f *frontend) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.server == nil {
		return
	}
	// The server does not know its listener before its goroutine has run; the port has to be free at once.
	if err := errors.Join(f.listener.Close(), f.server.Close()); err != nil && !errors.Is(err, net.ErrClosed) {
		f.log.Warn("close the listener of Infisical's API", "error", err)
	}
	f.server = nil
}

// cut ends all connections, so that clients meet the certificate as it is now; a closed frontend stays closed.
func (f *frontend) cut() error {
	f.mu.Lock()
	closed := f.server == nil
	f.mu.Unlock()
	if closed {
		return nil
	}
	f.close()
	return f.open()
}
