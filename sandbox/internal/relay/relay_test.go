package relay

import (
	"context"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"
)

// echo answers each connection with what it was sent, once the sender has said that there is no more.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			sent, _ := io.ReadAll(conn)
			_, _ = conn.Write(sent)
			conn.Close()
		}
	}()
	return listener.Addr().String()
}

func start(t *testing.T, target string) (address string, stop context.CancelFunc, ended chan error) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = free.Addr().String()
	free.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended = make(chan error, 1)
	go func() { ended <- Run(ctx, address, target, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(cancel)
	return address, cancel, ended
}

func dial(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn.(*net.TCPConn)
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond) // the relay is about to listen
	}
}

func TestBothWays(t *testing.T) {
	address, stop, ended := start(t, echo(t))
	conn := dial(t, address)
	if _, err := io.WriteString(conn, "hello"); err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestATargetThatIsAway(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := closed.Addr().String()
	closed.Close()
	address, _, _ := start(t, target)
	if got, err := io.ReadAll(dial(t, address)); len(got) > 0 {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTheAddressIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if err := Run(t.Context(), taken.Addr().String(), "127.0.0.1:1", slog.New(slog.DiscardHandler)); err == nil {
		t.Error("it runs on an address that is taken")
	}
}
