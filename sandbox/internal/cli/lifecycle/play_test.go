package lifecycle

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/chart"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/controlplane"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
)

// brokenVariable names a component that ends at once.
const brokenVariable = "LIFECYCLE_TEST_BROKEN"

// TestMain lets the test binary play the sandbox's program: the supervisor is the real one, the components only listen where
// the real ones would.
func TestMain(m *testing.M) {
	var err error
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	switch {
	case len(os.Args) > 5 && os.Args[5] == "supervise": // --name NAME --dir DIR supervise
		executable, _ := os.Executable()
		s := Sandbox{Era: "2026", Name: os.Args[2], Dir: state.Dir(os.Args[4]), Executable: executable, Environ: os.Environ()}
		err = s.Supervise(ctx, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	case len(os.Args) > 4 && os.Args[1] == "component": // component NAME --config FILE
		err = play(ctx, os.Args[2], os.Args[4])
	default:
		code := m.Run()
		stop()
		os.Exit(code)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func play(ctx context.Context, name, config string) error {
	if os.Getenv(brokenVariable) == name {
		return errors.New("broken for the test")
	}
	switch name {
	case Etcd:
		cfg, err := read[controlplane.Etcd](config)
		return errors.Join(err, listen(ctx, cfg.ClientSocket))
	case Node:
		cfg, err := read[node.Config](config)
		return errors.Join(err, listen(ctx, cfg.EgressSocket))
	case Infisical:
		cfg, err := read[infisical.Config](config)
		return errors.Join(err, serve(ctx, cfg.Listen, cfg.TLSCertFile, cfg.TLSKeyFile, content()))
	case ControllerManager:
		cfg, err := read[controlplane.ControllerManager](config)
		return errors.Join(err, serve(ctx, loopback(cfg.Health.Port), cfg.Health.TLSCertFile, cfg.Health.TLSKeyFile, content()))
	case Scheduler:
		cfg, err := read[controlplane.Scheduler](config)
		return errors.Join(err, serve(ctx, loopback(cfg.Health.Port), cfg.Health.TLSCertFile, cfg.Health.TLSKeyFile, content()))
	case APIServer:
		cfg, err := read[controlplane.APIServer](config)
		return errors.Join(err, serve(ctx, loopback(cfg.Port), cfg.TLSCertFile, cfg.TLSKeyFile, cluster()))
	case Chart:
		cfg, err := read[chart.Config](config)
		return errors.Join(err, chart.Run(ctx, cfg))
	default:
		return errors.New("no such component")
	}
}

// content answers 200 to everything.
func content() http.Handler {
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
}

// cluster answers the few questions that Up asks.
func cluster() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	answer := func(path string, object any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(object)
		})
	}
	answer("/api/v1/nodes/"+nodeName, corev1.Node{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Node"},
		Status:   corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}},
	})
	answer("/api/v1/namespaces/default/serviceaccounts/default", corev1.ServiceAccount{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
	})
	return mux
}

func read[T any](path string) (value T, err error) {
	err = state.ReadJSON(path, &value)
	return value, err
}

func listen(ctx context.Context, socket string) error {
	_ = os.Remove(socket)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	defer listener.Close()
	<-ctx.Done()
	return nil
}

func serve(ctx context.Context, address, cert, key string, handler http.Handler) error {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return err
	}
	listener, err := tls.Listen("tcp4", address, &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
