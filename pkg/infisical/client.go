// Package infisical speaks Infisical's HTTP API as far as the product needs it: log in, read, log out. Its errors keep the
// server's own text, which package cause can name.
package infisical

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// answerLimit bounds what is read of an answer, in bytes. A project's secrets are far below it.
const answerLimit = 32 << 20

// callTimeout bounds each call.
const callTimeout = 15 * time.Second

// Client calls one Infisical server.
type Client struct {
	base *url.URL
	http *http.Client
}

// Options are what a Client needs beside the address.
type Options struct {
	// RootCAs verify the server; nil means the system's.
	RootCAs *x509.CertPool
}

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
	return &Client{base: base, http: &http.Client{
		Transport: transport,
		Timeout:   callTimeout,
		// A redirect turns a POST into a GET and may lead to another host: an answer like any other, and a wrong one.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// call sends one request and decodes a JSON answer into out. op names the attempt in errors; token may be empty.
func (c *Client) call(ctx context.Context, op, method, path string, query url.Values, token string, in, out any) error {
	req, err := c.request(ctx, method, path, query, token, in)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return &UnreachableError{Op: op, Host: c.base.Host, Err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil {
		return &UnreachableError{Op: op, Host: c.base.Host, Err: fmt.Errorf("read the answer: %w", err)}
	}
	if err := refusal(op, req, resp, body); err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		// The body may hold secrets, so the decoder's own text, which can quote it, is left out.
		return fmt.Errorf("%s: the answer is not the JSON expected of Infisical", op)
	}
	return nil
}

func (c *Client) request(ctx context.Context, method, path string, query url.Values, token string, in any) (*http.Request, error) {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return nil, errors.New("encode the request")
		}
		body = bytes.NewReader(data)
	}
	u := c.base.JoinPath(path)
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, nil
}

func isJSON(h http.Header) bool {
	mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && mediaType == "application/json"
}
