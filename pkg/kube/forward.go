package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
)

// Dial opens a connection, as net.Dialer.DialContext does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// DialService returns a Dial that leads to a ready pod of the Service through the API server, whatever address it is given, as
// kubectl port-forward does. It needs the rights to read the Service and its EndpointSlices and to create pods/portforward.
func (c *Connection) DialService(s ServicePort) (Dial, error) {
	typed, err := c.Typed()
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		target, err := readyPod(ctx, typed, s)
		if err != nil {
			return nil, err
		}
		return c.forward(ctx, target)
	}, nil
}

// forward opens one connection to a pod's port. client-go's dialers know no context, so one that comes too late is closed.
func (c *Connection) forward(ctx context.Context, target podPort) (net.Conn, error) {
	what := fmt.Sprintf("forward a connection to port %d of pod %s/%s", target.port, target.namespace, target.pod)
	dialer, err := c.forwardDialer(target)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	type dialed struct {
		conn net.Conn
		err  error
	}
	done := make(chan dialed, 1)
	go func() {
		conn, err := openForward(dialer, target.port)
		done <- dialed{conn, err}
	}()
	select {
	case d := <-done:
		if d.err != nil {
			return nil, fmt.Errorf("%s: %w", what, d.err)
		}
		return d.conn, nil
	case <-ctx.Done():
		go func() {
			if d := <-done; d.err == nil {
				_ = d.conn.Close()
			}
		}()
		return nil, fmt.Errorf("%s: %w", what, ctx.Err())
	}
}

// forwardDialer asks for WebSockets first, which pass more proxies, and for SPDY where the API server knows only that.
func (c *Connection) forwardDialer(target podPort) (httpstream.Dialer, error) {
	config := rest.CopyConfig(c.config)
	u := c.typed.CoreV1().RESTClient().Post().Namespace(target.namespace).Resource("pods").Name(target.pod).SubResource("portforward").URL()
	sockets, err := portforward.NewSPDYOverWebsocketDialerForStreaming(u, config)
	if err != nil {
		return nil, err
	}
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	old := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, u)
	return portforward.NewFallbackDialerForStreaming(sockets, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}

// openForward makes the two streams of a forwarded connection; the node reports on the first why the second fails.
func openForward(dialer httpstream.Dialer, port int32) (net.Conn, error) {
	conn, _, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
	if err != nil {
		return nil, err
	}
	headers := http.Header{}
	headers.Set(corev1.PortHeader, strconv.Itoa(int(port)))
	headers.Set(corev1.PortForwardRequestIDHeader, "0")
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	failures, err := conn.CreateStream(headers)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("open the stream for errors: %w", err)
	}
	_ = failures.Close() // nothing is written to it
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := conn.CreateStream(headers)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("open the stream for data: %w", err)
	}
	near, far := net.Pipe()
	reason := make(chan error, 1)
	go carry(conn, data, failures, far, reason)
	return &forwarded{Conn: near, reason: reason, port: port}, nil
}

// lastWords is how long the node is given to say why it has hung up.
const lastWords = time.Second

// carry copies both ways until either side is done. It hands over the node's reason, if there is one, before it hangs up.
func carry(conn httpstream.Connection, data, failures io.ReadWriteCloser, far net.Conn, reason chan<- error) {
	defer conn.Close()
	defer far.Close()
	spoken := make(chan struct{})
	go func() {
		defer close(spoken)
		// A node that is content closes this stream without a word.
		if text, _ := io.ReadAll(failures); len(text) > 0 {
			reason <- errors.New(strings.TrimSpace(string(text)))
		}
	}()
	answered, asked := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = io.Copy(far, data) // the error says only that one side hung up
	}()
	go func() {
		defer close(asked)
		_, _ = io.Copy(data, far)
		_ = data.Close()
	}()
	select {
	case <-asked:
		return
	case <-answered:
	case <-spoken:
		select {
		case <-answered:
		case <-asked:
		}
	}
	select {
	case <-spoken:
	case <-time.After(lastWords):
	}
}

// forwarded is a connection whose far end is a pod's port.
type forwarded struct {
	net.Conn
	reason <-chan error
	port   int32
}

// Read reports the node's reason where the connection ends with one.
func (f *forwarded) Read(b []byte) (int, error) {
	n, err := f.Conn.Read(b)
	if errors.Is(err, io.EOF) {
		select {
		case why := <-f.reason:
			return n, why
		default:
		}
	}
	return n, err
}

func (f *forwarded) RemoteAddr() net.Addr { return podAddress(f.port) }

type podAddress int32

func (podAddress) Network() string  { return "port-forward" }
func (a podAddress) String() string { return "pod:" + strconv.Itoa(int(a)) }
