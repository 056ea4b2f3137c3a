// Package infisical speaks Infisical's HTTP API as far as the product needs it: log in, read, and administer machine identities, with
// servers of every age since mid-2024. Its errors keep the server's own text and know their cause.
package infisical

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// The limits of a call where Options set none.
const (
	defaultCallTimeout = 15 * time.Second
	defaultTimeout     = 45 * time.Second
)

// Client calls one Infisical server. It is safe for use by several goroutines.
type Client struct {
	base *url.URL
	http *http.Client
	// timeout bounds all tries of a call together.
	timeout time.Duration
	// sleep is replaced in tests.
	sleep func(context.Context, time.Duration) bool

	mu      sync.Mutex
	refused map[UniversalAuth]error
	dialect *Dialect
}

// Options are what a Client needs beside the address.
type Options struct {
	// RootCAs verify the server; nil means the system's.
	RootCAs *x509.CertPool
	// Dial opens connections instead of the network, and then no proxy is asked; nil is the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// CallTimeout limits one try of a call, and Timeout all its tries together with the pauses between them; 0 is 15 s and 45 s.
	CallTimeout, Timeout time.Duration
}

// String keeps the pairs that were refused out of every log and message.
func (c *Client) String() string { return "[Infisical at " + c.base.Host + "]" }

// GoString does the same for %#v.
func (c *Client) GoString() string { return c.String() }

// NormalizeHost turns what people type as Infisical's address into the one form that all readers agree on:
// scheme and host, no trailing slash, no /api.
func NormalizeHost(host string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(host))
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return "", fmt.Errorf("read Infisical's address %q: write it as https://HOST[:PORT]", host)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("read Infisical's address: it must hold neither a user nor a query; write it as https://HOST[:PORT]")
	}
	path := strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/api")
	return u.Scheme + "://" + u.Host + strings.TrimRight(path, "/"), nil
}

// New makes a client for the server at host (see NormalizeHost). It does not connect yet.
func New(host string, o Options) (*Client, error) {
	normal, err := NormalizeHost(host)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(normal)
	if err != nil {
		return nil, fmt.Errorf("read Infisical's address %q: %w", host, err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12}
	if o.Dial != nil {
		transport.DialContext, transport.Proxy = o.Dial, nil
	}
	timeout := cmp.Or(o.Timeout, defaultTimeout)
	return &Client{base: base, timeout: timeout, sleep: sleep, refused: map[UniversalAuth]error{}, http: &http.Client{
		Transport: transport,
		Timeout:   cmp.Or(o.CallTimeout, defaultCallTimeout),
		// A redirect turns a POST into a GET and may lead to another host: an answer like any other, and a wrong one.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}
