package kube

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/streaming/pkg/httpstream"
)

// node is the far end of a forwarded connection: it echoes what it gets, or says why it cannot.
type node struct {
	complaint string // written to the stream for errors
	refuse    string // the type of the stream that cannot be made
	port      string
	closed    chan bool
}

func (n *node) Dial(protocols ...string) (httpstream.Connection, string, error) {
	if n.refuse == "connection" {
		return nil, "", errors.New("no connection")
	}
	return n, protocols[0], nil
}

func (n *node) CreateStream(headers http.Header) (httpstream.Stream, error) {
	kind := headers.Get(corev1.StreamType)
	if kind == n.refuse {
		return nil, errors.New("no stream")
	}
	n.port = headers.Get(corev1.PortHeader)
	near, far := net.Pipe()
	go func() {
		defer far.Close()
		switch {
		case kind == corev1.StreamTypeError:
			_, _ = io.WriteString(far, n.complaint)
		case n.complaint == "":
			_, _ = io.Copy(far, far)
		}
	}()
	return &stream{Conn: near, halfOpen: kind == corev1.StreamTypeError}, nil
}

func (n *node) Close() error                       { close(n.closed); return nil }
func (n *node) CloseChan() <-chan bool             { return n.closed }
func (n *node) SetIdleTimeout(time.Duration)       {}
func (n *node) RemoveStreams(...httpstream.Stream) {}

// stream is one end of a pipe. Closing the stream for errors ends only what goes to the node.
type stream struct {
	net.Conn
	halfOpen bool
}

func (s *stream) Close() error {
	if s.halfOpen {
		return nil
	}
	return s.Conn.Close()
}
func (s *stream) Reset() error         { return s.Conn.Close() }
func (s *stream) Headers() http.Header { return nil }
func (s *stream) Identifier() uint32   { return 0 }

func TestForwardCarriesBothWays(t *testing.T) {
	n := &node{closed: make(chan bool)}
	conn, err := openForward(n, 8443)
	if err != nil {
		t.Fatal(err)
	}
	if n.port != "8443" {
		t.Errorf("it asks for port %s", n.port)
	}
	if _, err := io.WriteString(conn, "hello"); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 5)
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "hello" {
		t.Errorf("got %q, %v", answer, err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	<-n.closed // or the connection to the API server is left open
}

func TestForwardSaysWhyTheNodeHangsUp(t *testing.T) {
	n := &node{complaint: "connect to port 8443: connection refused\n", closed: make(chan bool)}
	conn, err := openForward(n, 8443)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Read(make([]byte, 1)); err == nil || err.Error() != "connect to port 8443: connection refused" {
		t.Errorf("got %v", err)
	}
	<-n.closed
}

func TestForwardThatCannotBeOpened(t *testing.T) {
	for refuse, want := range map[string]string{
		"connection":           "no connection",
		corev1.StreamTypeError: "open the stream for errors: no stream",
		corev1.StreamTypeData:  "open the stream for data: no stream",
	} {
		n := &node{refuse: refuse, closed: make(chan bool)}
		if _, err := openForward(n, 8443); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", refuse, err)
		}
		if refuse != "connection" {
			<-n.closed
		}
	}
}
