// Package podworker runs one pod: it mounts the volumes, starts and restarts the containers as processes of
// this host, probes them, and reports their state to the API server, as a kubelet does.
package podworker

import (
	"log/slog"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/record"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/address"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/environ"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/image"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/process"
)

// Host is what all pods of a node share.
type Host struct {
	Client    kubernetes.Interface
	Recorder  record.EventRecorder
	Objects   environ.Objects
	Images    image.Catalog
	Addresses *address.Table
	Spawner   *process.Spawner
	// APIServer is how pods reach the API server.
	APIServer APIServer
	HostIP    string
	// ClusterProxy is the URL of a proxy that knows Services by name, for pods, which have no cluster DNS.
	ClusterProxy string
	// Dir holds a directory for each pod.
	Dir  string
	Pace Pace
	Log  *slog.Logger
}

// APIServer is an API server as a pod sees it.
type APIServer struct {
	URL    string
	CAData []byte
}

// Pace is how long things wait.
type Pace struct {
	// Sandbox is what a container runtime takes to make a pod's sandbox. Without it programs start sooner
	// than on any real node, and meet an API server that has not yet published what was installed with them.
	Sandbox time.Duration
	// BackOff is the first delay before a crashed container is restarted or an image pulled again; it
	// doubles up to BackOffMax.
	BackOff    time.Duration
	BackOffMax time.Duration
	// PullError is how long a failed pull shows as an error before it shows as backing off.
	PullError time.Duration
	// Retry is the first delay before volumes, configuration or the API server are tried again.
	Retry    time.Duration
	RetryMax time.Duration
}

// KubeletPace is the pace of a kubelet.
func KubeletPace() Pace {
	return Pace{
		Sandbox: 2 * time.Second,
		BackOff: 10 * time.Second, BackOffMax: 5 * time.Minute, PullError: 2 * time.Second,
		Retry: 500 * time.Millisecond, RetryMax: 2 * time.Minute,
	}
}

// event records an event about a pod, or about one of its containers.
func (h *Host) event(pod *corev1.Pod, container, kind, reason, message string) {
	reference := &corev1.ObjectReference{
		APIVersion: "v1", Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name,
		UID: pod.UID, ResourceVersion: pod.ResourceVersion, FieldPath: container,
	}
	h.Recorder.Event(reference, kind, reason, message)
}
