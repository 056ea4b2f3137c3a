package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const dialTimeout = 10 * time.Second

// Resolver finds the address on this host behind an address of the cluster network.
type Resolver interface {
	Resolve(target string) (string, error)
}

// Proxy answers CONNECT requests, as the API server's HTTPConnect egress selector sends them.
type Proxy struct {
	resolver Resolver
	log      *slog.Logger
}

// NewProxy returns a Proxy that dials what resolver says.
func NewProxy(resolver Resolver, log *slog.Logger) *Proxy {
	return &Proxy{resolver: resolver, log: log}
}

// Listen makes the unix socket of the proxy, in place of one that an earlier run left behind.
func Listen(socket string) (net.Listener, error) {
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove stale egress socket: %w", err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listen on egress socket: %w; the path must be short and its directory must exist", err)
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		listener.Close()
		return nil, fmt.Errorf("restrict egress socket to its owner: %w", err)
	}
	return listener, nil
}

// Serve answers connections of the listener until the context ends.
func (p *Proxy) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: p, BaseContext: func(net.Listener) context.Context { return ctx }, ReadHeaderTimeout: dialTimeout}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve egress proxy: %w", err)
	}
	return nil
}

// ServeHTTP connects the client of a CONNECT request to the address that is meant.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(w, "the sandbox's egress proxy answers CONNECT only", http.StatusMethodNotAllowed)
		return
	}
	target := r.RequestURI
	backend, err := p.dial(r.Context(), target)
	client, _, hijackErr := http.NewResponseController(w).Hijack()
	if hijackErr != nil {
		p.log.Error("take over egress connection", "target", target, "error", hijackErr)
		closeQuietly(backend)
		return
	}
	if err != nil {
		p.log.Info("refused egress connection", "target", target, "reason", err)
		refuse(client, err)
		return
	}
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		closeQuietly(client)
		closeQuietly(backend)
		return
	}
	join(r.Context(), client, backend)
}

func (p *Proxy) dial(ctx context.Context, target string) (net.Conn, error) {
	address, err := p.resolver.Resolve(target)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: dialTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", target, err)
	}
	return conn, nil
}

// refuse puts the reason into the status line, since that is the only part of the answer that the API
// server repeats to its own client.
func refuse(client net.Conn, reason error) {
	defer client.Close()
	status := http.StatusBadGateway
	if errors.Is(reason, errForbidden) {
		status = http.StatusForbidden
	}
	text := strings.NewReplacer("\r", " ", "\n", " ").Replace(reason.Error())
	fmt.Fprintf(client, "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, text, len(text), text)
}

// join copies both ways until either side is done or the context ends.
func join(ctx context.Context, a, b net.Conn) {
	done := make(chan struct{}, 2)
	carry := func(dst, src net.Conn) {
		// The error says only that one side hung up.
		_, _ = io.Copy(dst, src)
		if half, ok := dst.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
		done <- struct{}{}
	}
	stop := context.AfterFunc(ctx, func() { closeQuietly(a); closeQuietly(b) })
	defer stop()
	go carry(a, b)
	go carry(b, a)
	<-done
	<-done
	closeQuietly(a)
	closeQuietly(b)
}

func closeQuietly(conn net.Conn) {
	if conn != nil {
		_ = conn.Close()
	}
}
