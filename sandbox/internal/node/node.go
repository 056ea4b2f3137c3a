// Package node is the sandbox's node agent. It registers a Node, runs the pods that are scheduled to it as
// processes of this host, serves the kubelet API, and carries the API server's connections to pods.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/egress"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/address"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/image"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/podworker"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/process"
)

const (
	hostIP = "127.0.0.1"
	// shutdownGrace is how long pods have when the agent ends. Another agent starts them again.
	shutdownGrace = 5 * time.Second
)

// Config says where the node agent finds what it needs.
type Config struct {
	Kubeconfig   string              `json:"kubeconfig"`
	NodeName     string              `json:"nodeName"`
	Dir          string              `json:"dir"`          // pods' volumes and logs live below
	Listen       string              `json:"listen"`       // 127.0.0.1:PORT of the kubelet API
	TLSCertFile  string              `json:"tlsCertFile"`  // the kubelet API's certificate
	TLSKeyFile   string              `json:"tlsKeyFile"`   // and its key
	ClientCAFile string              `json:"clientCAFile"` // clients (the API server) must present a certificate of this CA
	EgressSocket string              `json:"egressSocket"` // unix socket for the API server's HTTPConnect
	Images       map[string][]string `json:"images"`       // image repository without tag or digest -> argv prefix
}

// agent is the parts of a running node agent.
type agent struct {
	cfg       Config
	client    kubernetes.Interface
	informers informers.SharedInformerFactory
	addresses *address.Table
	pods      *pods
	log       *slog.Logger
}

// Run is the node agent until the context ends. It serves the egress socket first, since the API server may
// need it to become ready.
func Run(ctx context.Context, cfg Config) error {
	log := slog.Default().With("component", "node")
	sockets, err := open(cfg)
	if err != nil {
		return err
	}
	defer sockets.close()
	restConfig, err := loadRESTConfig(cfg.Kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(restConfig)
	if err != nil {
		return fmt.Errorf("make API client: %w", err)
	}
	podsDir, err := emptyPodsDir(cfg.Dir)
	if err != nil {
		return err
	}
	a := &agent{cfg: cfg, client: client, informers: informers.NewSharedInformerFactory(client, 0), addresses: address.NewTable(), log: log}
	recorder, stopEvents := newRecorder(client, cfg.NodeName)
	defer stopEvents()
	spawner := process.NewSpawner()
	defer spawner.Close()
	a.pods = newPods(&podworker.Host{
		Client: client, Recorder: recorder, Objects: newObjects(a.informers),
		Images: image.NewCatalog(cfg.Images), Addresses: a.addresses, Spawner: spawner,
		APIServer:    podworker.APIServer{URL: restConfig.Host, CAData: restConfig.CAData},
		ClusterProxy: "http://" + sockets.pods.Addr().String(), HostIP: hostIP, Dir: podsDir, Pace: podworker.KubeletPace(), Log: log,
	}, log)
	return a.run(ctx, sockets)
}

func (a *agent) run(ctx context.Context, sockets *sockets) error {
	services := a.informers.Core().V1().Services().Lister()
	endpoints := a.informers.Discovery().V1().EndpointSlices().Lister()
	router := egress.NewRouter(services, endpoints, a.addresses, a.cfg.Listen)
	group, ctx := errgroup.WithContext(ctx)
	proxy := egress.NewProxy(router, a.log)
	group.Go(func() error { return proxy.Serve(ctx, sockets.egress) })
	group.Go(func() error { return proxy.Serve(ctx, sockets.pods) })
	group.Go(func() error { return serveKubeletAPI(ctx, sockets.kubelet, kubeletHandler(a.pods)) })
	group.Go(func() error { return a.runPods(ctx) })
	return group.Wait()
}

// runPods registers the node and runs its pods, as soon as there is an API server.
func (a *agent) runPods(ctx context.Context) error {
	defer a.pods.abandon(shutdownGrace)
	podInformer, err := a.watchPods()
	if err != nil {
		return err
	}
	if !awaitAPIServer(ctx, a.client) {
		return nil
	}
	a.informers.Start(ctx.Done())
	defer a.informers.Shutdown()
	a.informers.WaitForCacheSync(ctx.Done())
	// Pods come last: only now is everything known that they refer to.
	var group errgroup.Group
	group.Go(func() error { podInformer.RunWithContext(ctx); return nil })
	group.Go(func() error { return a.register(ctx) })
	return group.Wait()
}

// sockets are the agent's listeners. They are opened before anything else, so that a port or path that is
// taken is an error at once.
type sockets struct {
	egress  net.Listener
	pods    net.Listener // for pods, which have no cluster DNS: what they call by a Service's name goes through here
	kubelet net.Listener
}

func open(cfg Config) (*sockets, error) {
	egressListener, err := egress.Listen(cfg.EgressSocket)
	if err != nil {
		return nil, err
	}
	podsListener, err := net.Listen("tcp", net.JoinHostPort(hostIP, "0"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for pods' calls of Services: %w", err), egressListener.Close())
	}
	kubeletListener, err := listenKubeletAPI(cfg)
	if err != nil {
		return nil, errors.Join(err, egressListener.Close(), podsListener.Close())
	}
	return &sockets{egress: egressListener, pods: podsListener, kubelet: kubeletListener}, nil
}

// close ends what no server has closed. Closing twice is an error that says nothing.
func (s *sockets) close() {
	_ = s.egress.Close()
	_ = s.pods.Close()
	_ = s.kubelet.Close()
}

func loadRESTConfig(path string) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		return nil, fmt.Errorf("read the node agent's kubeconfig: %w", err)
	}
	if err := rest.LoadTLSFiles(config); err != nil {
		return nil, fmt.Errorf("read the certificates of the node agent's kubeconfig: %w", err)
	}
	config.QPS, config.Burst = 50, 100
	return config, nil
}

// emptyPodsDir makes the directory of the pods. What an earlier agent left there belongs to processes that
// ended with it.
func emptyPodsDir(dir string) (string, error) {
	path := filepath.Join(dir, "pods")
	if err := os.RemoveAll(path); err != nil {
		return "", fmt.Errorf("clear pod directory: %w", err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", fmt.Errorf("create pod directory: %w", err)
	}
	return path, nil
}
