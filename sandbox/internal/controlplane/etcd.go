// Package controlplane says how the sandbox's control plane is set up: etcd, kube-apiserver, kube-controller-manager and
// kube-scheduler, and the files they read. It runs none of them; package process below it does.
package controlplane

// Etcd is how etcd is to run: a single member on unix sockets.
type Etcd struct {
	DataDir      string `json:"dataDir"`
	ClientSocket string `json:"clientSocket"`
	PeerSocket   string `json:"peerSocket"`
}
