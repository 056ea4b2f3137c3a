package egress

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

type resolverFunc func(string) (string, error)

func (f resolverFunc) Resolve(target string) (string, error) { return f(target) }

func startProxy(t *testing.T, resolver Resolver) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "eg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	if err := os.WriteFile(socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- NewProxy(resolver, slog.New(slog.DiscardHandler)).Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return socket
}

func connect(t *testing.T, socket, target string) (net.Conn, *bufio.Reader, *http.Response) {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", target)
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	return conn, reader, response
}

func TestProxyConnects(t *testing.T) {
	backend, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Close()
	go func() {
		conn, err := backend.Accept()
		if err == nil {
			io.Copy(conn, conn)
			conn.Close()
		}
	}()
	socket := startProxy(t, resolverFunc(func(target string) (string, error) {
		if target != "10.0.0.7:443" {
			return "", fmt.Errorf("asked for %q", target)
		}
		return backend.Addr().String(), nil
	}))

	conn, reader, response := connect(t, socket, "10.0.0.7:443")
	if response.StatusCode != http.StatusOK || reader.Buffered() != 0 {
		t.Fatalf("status %q with %d bytes after it, want 200 and none", response.Status, reader.Buffered())
	}
	io.WriteString(conn, "hello")
	conn.(*net.UnixConn).CloseWrite()
	if got, _ := io.ReadAll(reader); string(got) != "hello" {
		t.Errorf("echoed %q, want hello", got)
	}
}

func TestProxySaysWhyInTheStatusLine(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want string
	}{
		{errors.New("no endpoints available for service \"webhook\""), `502 no endpoints available for service "webhook"`},
		{fmt.Errorf("not here: %w", errForbidden), "403 not here: " + errForbidden.Error()},
	} {
		socket := startProxy(t, resolverFunc(func(string) (string, error) { return "", tc.err }))
		_, _, response := connect(t, socket, "10.0.0.7:443")
		if response.Status != tc.want {
			t.Errorf("status %q, want %q", response.Status, tc.want)
		}
	}
}

func TestProxyReportsRefusedConnection(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	socket := startProxy(t, resolverFunc(func(string) (string, error) { return closed.Addr().String(), nil }))
	if _, _, response := connect(t, socket, "10.0.0.7:443"); response.StatusCode != http.StatusBadGateway {
		t.Errorf("status %q, want 502", response.Status)
	}
}
