// Package cluster asks a Kubernetes API server whose a token is, as an Infisical server does for Kubernetes Auth.
package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Cluster is an API server and how it is trusted.
type Cluster struct {
	Host       string // URL; without a scheme it is https
	CA         string // PEM; empty: the certificate authorities of the system
	SkipVerify bool
}

// Review is what the API server says of a token.
type Review struct {
	Authenticated bool
	Username      string
	Audiences     []string
	Error         string // why the token is not authenticated, where the API server says so
}

// StatusError is an answer that is no review: the reviewer is not known, or must not review tokens.
type StatusError struct {
	Code    int // of HTTP
	Message string
}

// Error implements error.
func (e *StatusError) Error() string {
	return fmt.Sprintf("the Kubernetes API server answered %d: %s", e.Code, e.Message)
}

const timeout = 10 * time.Second

// Version asks for the API server's version, which everybody may: the error says whether it can be reached.
func (c Cluster) Version(ctx context.Context) error {
	_, err := c.call(ctx, http.MethodGet, "/version", "", nil)
	return err
}

// Review asks with the reviewer's token whose the other token is; audiences are those it has to be for.
func (c Cluster) Review(ctx context.Context, reviewer, token string, audiences []string) (Review, error) {
	spec := map[string]any{"token": token}
	if len(audiences) > 0 {
		spec["audiences"] = audiences
	}
	content, err := c.call(ctx, http.MethodPost, "/apis/authentication.k8s.io/v1/tokenreviews", reviewer, map[string]any{
		"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": spec,
	})
	if err != nil {
		return Review{}, err
	}
	var answer struct {
		Status struct {
			Authenticated bool
			User          struct{ Username string }
			Audiences     []string
			Error         string
		}
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		return Review{}, fmt.Errorf("read the review of a token: %w", err)
	}
	s := answer.Status
	return Review{Authenticated: s.Authenticated, Username: s.User.Username, Audiences: s.Audiences, Error: s.Error}, nil
}

func (c Cluster) call(ctx context.Context, method, path, token string, body any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	content, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write the question to the cluster: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, URL(c.Host)+path, bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("ask the cluster at %s: %w; name it by a URL", c.Host, err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := c.client().Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the cluster at %s: %w", c.Host, err)
	}
	defer func() { _ = response.Body.Close() }() // read to the end below
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("read the answer of the cluster at %s: %w", c.Host, err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		return nil, &StatusError{Code: response.StatusCode, Message: messageOf(answer)}
	}
	return answer, nil
}

// URL completes the name of an API server as people write it.
func URL(host string) string {
	host = strings.TrimSuffix(host, "/")
	if !strings.Contains(host, "://") {
		return "https://" + host
	}
	return host
}

func (c Cluster) client() *http.Client {
	trust := &tls.Config{InsecureSkipVerify: c.SkipVerify, MinVersion: tls.VersionTLS12}
	if c.CA != "" {
		trust.RootCAs = x509.NewCertPool()
		trust.RootCAs.AppendCertsFromPEM([]byte(c.CA))
	}
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: trust}}
}

// messageOf is the text of a Kubernetes Status, or nothing.
func messageOf(content []byte) string {
	var status struct{ Message string }
	_ = json.Unmarshal(content, &status) // what is no Status has no message
	return status.Message
}
