package node

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"time"

	vknode "github.com/virtual-kubelet/virtual-kubelet/node"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	kubeletVersion = "v1.34.4"
	leaseSeconds   = 40
	maxPods        = "110"
	nodeMemory     = "16Gi"
	registerRetry  = time.Second
)

// register keeps the Node registered until the context ends.
func (a *agent) register(ctx context.Context) error {
	object, err := nodeObject(a.cfg)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		// A controller runs once; when the API server is away at its start, another must try again.
		if err := a.keepNode(ctx, object.DeepCopy()); err != nil && ctx.Err() == nil {
			a.log.Warn("register node; trying again", "node", a.cfg.NodeName, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(registerRetry):
		}
	}
	return nil
}

func (a *agent) keepNode(ctx context.Context, object *corev1.Node) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	nodes := a.client.CoreV1().Nodes()
	recreate := func(ctx context.Context, err error) error {
		if !apierrors.IsNotFound(err) {
			return err
		}
		_, err = nodes.Create(ctx, object.DeepCopy(), metav1.CreateOptions{})
		return err
	}
	controller, err := vknode.NewNodeController(vknode.NaiveNodeProvider{}, object, nodes,
		vknode.WithNodeEnableLeaseV1(a.client.CoordinationV1().Leases(corev1.NamespaceNodeLease), leaseSeconds),
		vknode.WithNodeStatusUpdateErrorHandler(recreate))
	if err != nil {
		return err
	}
	return controller.Run(ctx)
}

// nodeObject describes this host as a node. It says linux on every host, since that is what charts select.
func nodeObject(cfg Config) (*corev1.Node, error) {
	_, text, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("parse address of the kubelet API: %w", err)
	}
	port, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("parse port of the kubelet API: %w", err)
	}
	capacity := corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewQuantity(int64(runtime.NumCPU()), resource.DecimalSI),
		corev1.ResourceMemory: resource.MustParse(nodeMemory),
		corev1.ResourcePods:   resource.MustParse(maxPods),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: cfg.NodeName, Labels: map[string]string{
			corev1.LabelOSStable: "linux", corev1.LabelArchStable: runtime.GOARCH, corev1.LabelHostname: cfg.NodeName,
		}},
		Status: corev1.NodeStatus{
			Capacity: capacity, Allocatable: capacity, Conditions: nodeConditions(),
			Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: hostIP}},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(port)}},
			NodeInfo: corev1.NodeSystemInfo{
				OperatingSystem: "linux", Architecture: runtime.GOARCH, KubeletVersion: kubeletVersion,
				OSImage: "sandbox", KernelVersion: "sandbox", ContainerRuntimeVersion: "sandbox://1.0.0",
			},
		},
	}, nil
}

func nodeConditions() []corev1.NodeCondition {
	now := metav1.Now()
	condition := func(kind corev1.NodeConditionType, status corev1.ConditionStatus, reason, message string) corev1.NodeCondition {
		return corev1.NodeCondition{Type: kind, Status: status, Reason: reason, Message: message, LastTransitionTime: now, LastHeartbeatTime: now}
	}
	return []corev1.NodeCondition{
		condition(corev1.NodeMemoryPressure, corev1.ConditionFalse, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
		condition(corev1.NodeDiskPressure, corev1.ConditionFalse, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
		condition(corev1.NodePIDPressure, corev1.ConditionFalse, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
		condition(corev1.NodeReady, corev1.ConditionTrue, "KubeletReady", "kubelet is posting ready status"),
	}
}
