package infisical

import (
	"crypto/tls"
	"errors"
	"fmt"
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

	// before answers in the server's place, if it is set.
	before atomic.Pointer[http.HandlerFunc]
	// spoil changes how the next listener speaks TLS, if it is set.
	spoil atomic.Pointer[func(*tls.Config)]
	// plain listeners speak no TLS.
	plain atomic.Bool

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
		TLSConfig:         f.tls(),
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

func (f *frontend) tls() *tls.Config {
	config := &tls.Config{GetCertificate: f.certificate.get, MinVersion: tls.VersionTLS12}
	if spoil := f.spoil.Load(); spoil != nil {
		(*spoil)(config)
	}
	return config
}

func (f *frontend) answer(w http.ResponseWriter, r *http.Request) {
	if before := f.before.Load(); before != nil {
		(*before)(w, r)
		return
	}
	f.handler.ServeHTTP(w, r)
}

func (f *frontend) serve(server *http.Server, listener net.Listener) {
	if f.plain.Load() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			f.log.Error("serve Infisical's API without TLS", "error", err)
		}
		return
	}
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
