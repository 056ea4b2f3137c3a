package controlplane

import (
	"fmt"
	"strings"
)

// Health is where a component says how it is. It answers nothing else there, because it knows no users.
type Health struct {
	Port        int    `json:"port"`
	TLSCertFile string `json:"tlsCertFile"`
	TLSKeyFile  string `json:"tlsKeyFile"`
}

func (h Health) args() []string {
	return []string{
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", h.Port),
		"--tls-cert-file=" + h.TLSCertFile,
		"--tls-private-key-file=" + h.TLSKeyFile,
	}
}

// ControllerManager is how kube-controller-manager is to run.
type ControllerManager struct {
	Kubeconfig       string `json:"kubeconfig"`
	TokenSigningFile string `json:"tokenSigningFile"` // signs the tokens of service account Secrets
	RootCAFile       string `json:"rootCAFile"`       // published to every namespace, for pods
	Health           Health `json:"health"`
}

// controllers are those that a cluster of one node without storage or cloud has work for. Each one left out saves its
// informers' memory and a part of the start.
func controllers() []string {
	return []string{
		"namespace-controller", "garbage-collector-controller", "pod-garbage-collector-controller",
		"deployment-controller", "replicaset-controller", "statefulset-controller", "daemonset-controller",
		"job-controller", "cronjob-controller", "ttl-after-finished-controller",
		"serviceaccount-controller", "serviceaccount-token-controller", "root-ca-certificate-publisher-controller",
		"endpoints-controller", "endpointslice-controller", "disruption-controller", "resourcequota-controller",
		"clusterrole-aggregation-controller", "node-lifecycle-controller", "taint-eviction-controller",
	}
}

// Args are the flags of kube-controller-manager.
func (c ControllerManager) Args() []string {
	return append(c.Health.args(),
		"--kubeconfig="+c.Kubeconfig,
		"--leader-elect=false",
		"--use-service-account-credentials=true", // the rights that the API server sets up are for these
		"--controllers="+strings.Join(controllers(), ","),
		"--service-account-private-key-file="+c.TokenSigningFile,
		"--root-ca-file="+c.RootCAFile,
		"--service-cluster-ip-range="+serviceRange,
		"--allocate-node-cidrs=false",
		// A laptop that slept must not find its pods evicted.
		"--node-monitor-grace-period=5m",
		"--kube-api-qps=200",
		"--kube-api-burst=400",
		"--profiling=false",
	)
}

// Scheduler is how kube-scheduler is to run.
type Scheduler struct {
	Kubeconfig string `json:"kubeconfig"`
	Health     Health `json:"health"`
}

// Args are the flags of kube-scheduler.
func (c Scheduler) Args() []string {
	return append(c.Health.args(),
		"--kubeconfig="+c.Kubeconfig,
		"--leader-elect=false",
		"--profiling=false",
	)
}
