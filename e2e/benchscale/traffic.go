package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// traffic is what a command asks the API server for.
type traffic struct {
	requests int
	// bytes are those of the answers' bodies as they went over the wire, compressed where that was agreed.
	bytes int64
	// changing are the requests that do not only read.
	changing []string
}

// count runs the command once more, through a proxy that counts.
func (c *command) count(ctx context.Context, config *rest.Config) error {
	dir, err := os.MkdirTemp("", "bench-scale-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	address, end, err := c.proxy(config)
	if err != nil {
		return err
	}
	defer end()
	kubeconfig := filepath.Join(dir, "kubeconfig")
	through := clientcmdapi.NewConfig()
	through.Clusters["proxy"] = &clientcmdapi.Cluster{Server: address}
	through.Contexts["proxy"] = &clientcmdapi.Context{Cluster: "proxy"}
	through.CurrentContext = "proxy"
	if err := clientcmd.WriteToFile(*through, kubeconfig); err != nil {
		return err
	}
	// The first run fills caches; what counts is the second one.
	for range 2 {
		c.traffic = traffic{}
		cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
		cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "KUBECACHEDIR="+dir)
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
			return fmt.Errorf("run %s through the counting proxy: %w", c.name, err)
		}
	}
	return nil
}

// proxy serves the API server over plain HTTP on this machine and counts what passes.
func (c *command) proxy(config *rest.Config) (address string, end func(), err error) {
	target, err := url.Parse(config.Host)
	if err != nil {
		return "", nil, err
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		return "", nil, err
	}
	var mu sync.Mutex
	forward := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counting := &counter{ResponseWriter: w}
		forward.ServeHTTP(counting, r)
		mu.Lock()
		defer mu.Unlock()
		c.requests++
		c.bytes += counting.bytes
		if !harmless(r) {
			c.changing = append(c.changing, r.Method+" "+r.URL.Path)
		}
	})}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

// harmless reports whether the request only reads, asks about rights, or is a dry run.
func harmless(r *http.Request) bool {
	return r.Method == http.MethodGet || r.URL.Query().Get("dryRun") == "All" || strings.HasSuffix(r.URL.Path, "reviews")
}

// counter counts the bytes of a body.
type counter struct {
	http.ResponseWriter
	bytes int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.bytes += int64(n)
	return n, err
}

// Unwrap lets the proxy flush.
func (c *counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }
