package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	vkapi "github.com/virtual-kubelet/virtual-kubelet/node/api"
	corev1 "k8s.io/api/core/v1"
)

const (
	headerTimeout = 10 * time.Second
	streamIdle    = 4 * time.Hour
	streamCreate  = 30 * time.Second
)

// listenKubeletAPI opens the port of the kubelet API. Only clients with a certificate of the given CA get in.
func listenKubeletAPI(cfg Config) (net.Listener, error) {
	certificate, err := tls.LoadX509KeyPair(cfg.TLSCertFile, cfg.TLSKeyFile)
	if err != nil {
		return nil, fmt.Errorf("read the kubelet API's certificate: %w", err)
	}
	pem, err := os.ReadFile(cfg.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("read the kubelet API's client CA: %w", err)
	}
	clients := x509.NewCertPool()
	if !clients.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read the kubelet API's client CA: no certificate in %s", cfg.ClientCAFile)
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for the kubelet API: %w; stop what holds the port or choose another", err)
	}
	return tls.NewListener(listener, &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients,
	}), nil
}

func serveKubeletAPI(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the kubelet API: %w", err)
	}
	return nil
}

// kubeletHandler is the kubelet API: the pods, their logs, and connections to their ports.
func kubeletHandler(pods *pods) http.Handler {
	list := func(context.Context) ([]*corev1.Pod, error) { return pods.list(), nil }
	mux := http.NewServeMux()
	mux.Handle("/", vkapi.PodHandler(vkapi.PodHandlerConfig{
		PortForward: pods.forward, GetPods: list, GetPodsFromKubernetes: list,
		StreamIdleTimeout: streamCreate, StreamCreationTimeout: streamIdle, // the library takes them for each other
	}, false))
	// The library cannot tell `--tail=0` from no tail, nor say in a kubelet's words why there is no log.
	mux.Handle("GET /containerLogs/{namespace}/{pod}/{container}", containerLogs(pods))
	for _, verb := range []string{"exec", "attach", "run"} {
		mux.HandleFunc("/"+verb+"/", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusNotImplemented, verb+" is not supported by the sandbox's node")
		})
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	return mux
}

// forward joins a stream of `kubectl port-forward` to the port of this host behind a pod's port.
func (p *pods) forward(ctx context.Context, namespace, name string, port int32, stream io.ReadWriteCloser) error {
	worker := p.find(namespace, name)
	if worker == nil {
		return fmt.Errorf("forward port %d: no pod %s/%s runs on this node", port, namespace, name)
	}
	hostPort, ok := worker.HostPort(port)
	if !ok {
		return fmt.Errorf("forward port %d: pod %s/%s does not listen on it", port, namespace, name)
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(hostIP, strconv.Itoa(hostPort)))
	if err != nil {
		return fmt.Errorf("forward port %d: %w", port, err)
	}
	defer conn.Close()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		// The error says only that one side hung up.
		_, _ = io.Copy(stream, conn)
	}()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		_, _ = io.Copy(conn, stream)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
	}()
	select {
	case <-answered:
	case <-asked:
		<-answered
	case <-ctx.Done():
	}
	return nil
}
