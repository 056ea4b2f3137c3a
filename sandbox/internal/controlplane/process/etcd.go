// Package process runs the parts of the control plane, each as the only one in its process: their flags and their signal
// handling are global to it.
package process

import (
	"context"
	"fmt"
	"net/url"

	"go.etcd.io/etcd/server/v3/embed"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/controlplane"
)

const memberName = "sandbox"

// Etcd runs etcd until the context ends.
func Etcd(ctx context.Context, cfg controlplane.Etcd) error {
	server, err := embed.StartEtcd(etcdConfig(cfg))
	if err != nil {
		return fmt.Errorf("start etcd: %w", err)
	}
	defer server.Close()
	select {
	case err := <-server.Err():
		return fmt.Errorf("run etcd: %w", err)
	case <-server.Server.StopNotify():
		return fmt.Errorf("run etcd: it stopped by itself; its log says why")
	case <-ctx.Done():
		return nil
	}
}

func etcdConfig(cfg controlplane.Etcd) *embed.Config {
	etcd := embed.NewConfig()
	etcd.Name = memberName
	etcd.Dir = cfg.DataDir
	etcd.ListenClientUrls = []url.URL{unixURL(cfg.ClientSocket)}
	etcd.ListenPeerUrls = []url.URL{unixURL(cfg.PeerSocket)}
	// What it advertises must have a host and a port, so it cannot be a socket. Nobody asks: there are no other members, and
	// the API server is told the socket.
	nowhere := url.URL{Scheme: "http", Host: "127.0.0.1:0"}
	etcd.AdvertiseClientUrls, etcd.AdvertisePeerUrls = []url.URL{nowhere}, []url.URL{nowhere}
	etcd.InitialCluster = memberName + "=" + nowhere.String()
	etcd.EnableGRPCGateway = false
	etcd.UnsafeNoFsync = true // the data does not outlive the sandbox
	etcd.LogLevel = "warn"
	etcd.WarningUnaryRequestDuration = embed.DefaultWarningUnaryRequestDuration // zero by itself: it would log every request
	return etcd
}

func unixURL(path string) url.URL { return url.URL{Scheme: "unix", Path: path} }
