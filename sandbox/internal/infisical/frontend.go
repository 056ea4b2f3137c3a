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

	// before, where it is not nil, answers in the server's place.
	before atomic.Pointer[http.HandlerFunc]

	mu       sync.Mutex
	manner   manner
	address  string
	server   *http.Server // nil while closed
	listener net.Listener
}

// manner is how connections are taken; the zero value is as it should be.
type manner struct {
	// plain: without TLS.
	plain bool
	// tls changes the settings of TLS, where it is not nil.
	tls func(*tls.Config)
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
	settings := &tls.Config{GetCertificate: f.certificate.get, MinVersion: tls.VersionTLS12}
	if f.manner.tls != nil {
		f.manner.tls(settings)
	}
	f.server = &http.Server{
		Handler:           http.HandlerFunc(f.answer),
		TLSConfig:         settings,
		ErrorLog:          slog.NewLogLogger(f.log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: time.Minute,
	}
	serve := func() error { return f.server.ServeTLS(listener, "", "") }
	if f.manner.plain {
		serve = func() error { return f.server.Serve(listener) }
	}
	go f.serve(serve)
	return nil
}

// behave takes connections in that manner from now on.
func (f *frontend) behave(m manner) error {
	f.mu.Lock()
	f.manner = m
	f.mu.Unlock()
	return f.cut()
}

// addressNow is where it listens: a port that was left to the system is known by then.
func (f *frontend) addressNow() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.address
}

// put lets something before the server answer in its place, or with nil the server itself.
func (f *frontend) put(before http.HandlerFunc) {
	if before == nil {
		f.before.Store(nil)
		return
	}
	f.before.Store(&before)
}

func (f *frontend) answer(w http.ResponseWriter, r *http.Request) {
	if before := f.before.Load(); before != nil {
		(*before)(w, r)
		return
	}
	f.handler.ServeHTTP(w, r)
}

func (f *frontend) serve(serve func() error) {
	if err := serve(); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
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
