// Package relay passes connections on, so that a pod of the sandbox can stand for a server that runs outside of its cluster.
package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"
)

const dialTimeout = 10 * time.Second

// Run accepts connections on listen and joins each to one to target, until the context ends. It reads nothing of what passes.
func Run(ctx context.Context, listen, target string, log *slog.Logger) error {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen for connections to relay: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept a connection to relay: %w", err)
		}
		go pass(ctx, conn, target, log)
	}
}

// pass joins one connection; it ends when both sides have hung up.
func pass(ctx context.Context, from net.Conn, target string, log *slog.Logger) {
	defer from.Close()
	dialer := net.Dialer{Timeout: dialTimeout}
	to, err := dialer.DialContext(ctx, "tcp", target)
	if err != nil {
		log.Warn("relay a connection", "error", err)
		return
	}
	defer to.Close()
	stop := context.AfterFunc(ctx, func() { _, _ = from.Close(), to.Close() })
	defer stop()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		carry(from, to)
	}()
	carry(to, from)
	<-answered
}

// carry copies one way and then says that there is no more. The error says only that a side has hung up.
func carry(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	if half, ok := to.(*net.TCPConn); ok {
		_ = half.CloseWrite()
	}
}
