package checks

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// serverClock is what the answer with the version has told of the API server's clock, so that it takes no request of its own.
var serverClock = doctor.NewInput("the API server's clock", func(ctx context.Context, s *doctor.Snapshot) (kube.Offset, error) {
	if _, err := version.Of(ctx, s); err != nil {
		return kube.Offset{}, err
	}
	return s.Cluster.Clock(), nil
}).Asking(asksNothing).Keeping(whole)

const setClock = "let it take its time by NTP, as from chrony or systemd-timesyncd"

func serverClockAgrees(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	seen, err := serverClock.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	if !seen.Known {
		return one(doctor.Untold("the API server's answers have no date"))
	}
	if seen.Ahead.Abs()-seen.Within/2 < clockTolerance {
		return one(doctor.Holds(""))
	}
	return one(problem("EI109", fmt.Sprintf("the clock of the API server is %s of this machine's by %s", direction(seen.Ahead), seen.Ahead.Abs().Round(time.Second)),
		"find out which of the two is wrong, and "+setClock))
}

func direction(ahead time.Duration) string {
	if ahead < 0 {
		return "behind"
	}
	return "ahead"
}

// nodeClocksAgree compares the times that kubelets write into the status of ESO's pods with those that the API server notes of the same pods:
// nothing can have happened after it was written down, and no pod can have started before it was made.
func nodeClocksAgree(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	found, err := pods.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	var result doctor.Result
	seen := map[string]bool{}
	for i := range found {
		pod := &found[i]
		node, _, _ := unstructured.NestedString(pod.Object, "spec", "nodeName")
		off := nodeAhead(pod)
		if off.Abs() < clockTolerance || seen[node] {
			continue
		}
		seen[node] = true
		object := doctor.Object{Kind: "Node", Name: node}
		result = append(result, problem("EI110", fmt.Sprintf("the clock of the node is %s of the API server's by %s or more", direction(off), off.Abs().Round(time.Second)), setClock, object).
			From(doctor.Seen(pod, "status.startTime", text(pod, "status", "startTime"))))
	}
	if len(result) == 0 {
		return one(doctor.Holds(""))
	}
	return result
}

// nodeAhead is by how much, at the least, the clock of the pod's node is ahead of the API server's.
func nodeAhead(pod *unstructured.Unstructured) time.Duration {
	if started, made := when(text(pod, "status", "startTime")), pod.GetCreationTimestamp().Time; !started.IsZero() && started.Before(made) {
		return started.Sub(made)
	}
	var written time.Time
	for _, entry := range pod.GetManagedFields() {
		if entry.Subresource == "status" && entry.Time != nil && entry.Time.After(written) {
			written = entry.Time.Time
		}
	}
	told := when(text(pod, "status", "startTime"))
	conditions, _, _ := unstructured.NestedSlice(pod.Object, "status", "conditions")
	for _, c := range conditions {
		c, _ := c.(map[string]any)
		at, _ := c["lastTransitionTime"].(string)
		if at := when(at); at.After(told) {
			told = at
		}
	}
	if written.IsZero() || !told.After(written) {
		return 0
	}
	return told.Sub(written)
}

// text is a field of an object, or empty.
func text(obj *unstructured.Unstructured, path ...string) string {
	value, _, _ := unstructured.NestedString(obj.Object, path...)
	return value
}

// when is a time as objects have it, or zero.
func when(value string) time.Time {
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return time.Time{}
	}
	return at
}
