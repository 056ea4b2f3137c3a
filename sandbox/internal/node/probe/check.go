package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Target is the container that a probe asks.
type Target struct {
	PodIP     string
	Container *corev1.Container
	// Dial connects to a port of the pod.
	Dial func(ctx context.Context, port int32) (net.Conn, error)
}

// NewChecker returns the Checker for a probe's handler. A handler that the sandbox's node cannot run gives
// one that always fails and says so.
func NewChecker(spec *corev1.Probe, target Target) Checker {
	switch {
	case spec.HTTPGet != nil:
		return httpChecker{get: spec.HTTPGet, target: target}
	case spec.TCPSocket != nil:
		return tcpChecker{socket: spec.TCPSocket, target: target}
	}
	return unsupported{}
}

type unsupported struct{}

func (unsupported) Check(context.Context) Outcome {
	return Outcome{Detail: "exec and grpc probes are not supported by the sandbox's node"}
}

type tcpChecker struct {
	socket *corev1.TCPSocketAction
	target Target
}

func (c tcpChecker) Check(ctx context.Context) Outcome {
	port, err := c.target.port(c.socket.Port)
	if err != nil {
		return Outcome{Detail: err.Error()}
	}
	conn, err := c.target.dial(ctx, c.socket.Host, port)
	if err != nil {
		return Outcome{Detail: err.Error()}
	}
	conn.Close()
	return Outcome{OK: true}
}

type httpChecker struct {
	get    *corev1.HTTPGetAction
	target Target
}

func (c httpChecker) Check(ctx context.Context) Outcome {
	port, err := c.target.port(c.get.Port)
	if err != nil {
		return Outcome{Detail: err.Error()}
	}
	request, err := c.request(ctx, port)
	if err != nil {
		return Outcome{Detail: err.Error()}
	}
	transport := &http.Transport{
		DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return c.target.dial(ctx, c.get.Host, port) },
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true}, // as a kubelet: a probe proves nothing about identity
		DisableKeepAlives:  true,
		DisableCompression: true,
	}
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return Outcome{Detail: err.Error()}
	}
	response.Body.Close()
	if response.StatusCode < http.StatusOK || response.StatusCode >= http.StatusBadRequest {
		return Outcome{Detail: fmt.Sprintf("HTTP probe failed with statuscode: %d", response.StatusCode)}
	}
	return Outcome{OK: true}
}

func (c httpChecker) request(ctx context.Context, port int32) (*http.Request, error) {
	host := c.get.Host
	if host == "" {
		host = c.target.PodIP
	}
	path, query, _ := strings.Cut(c.get.Path, "?")
	address := url.URL{Scheme: "http", Host: net.JoinHostPort(host, strconv.Itoa(int(port))), Path: path, RawQuery: query}
	if c.get.Scheme == corev1.URISchemeHTTPS {
		address.Scheme = "https"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("make probe request: %w", err)
	}
	request.Header.Set("User-Agent", "kube-probe/1.34")
	request.Header.Set("Accept", "*/*")
	for _, header := range c.get.HTTPHeaders {
		if http.CanonicalHeaderKey(header.Name) == "Host" {
			request.Host = header.Value
		}
		request.Header.Set(header.Name, header.Value)
	}
	return request, nil
}

func (t Target) port(wanted intstr.IntOrString) (int32, error) {
	if wanted.Type == intstr.Int {
		return wanted.IntVal, nil
	}
	for _, port := range t.Container.Ports {
		if port.Name == wanted.StrVal {
			return port.ContainerPort, nil
		}
	}
	return 0, fmt.Errorf("couldn't find port: %q", wanted.StrVal)
}

// dial connects to the pod, or to another host where the probe names one. An error shows the pod's address,
// not the port of this host behind it.
func (t Target) dial(ctx context.Context, host string, port int32) (net.Conn, error) {
	if host != "" && host != t.PodIP {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(int(port))))
	}
	conn, err := t.Dial(ctx, port)
	var failed *net.OpError
	if errors.As(err, &failed) {
		failed.Addr = &net.TCPAddr{IP: net.ParseIP(t.PodIP), Port: int(port)}
	}
	return conn, err
}
