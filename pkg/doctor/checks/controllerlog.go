package checks

import (
	"context"
	"io"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// How much of the controller's log is read: the newest lines of the last hour, and bytes in all for each pod.
const (
	logTail    int64 = 500
	logSeconds int64 = 3600
	logBytes   int64 = 1 << 20
)

// firstContainer is the name of a pod's first container, which is ESO's own; others may have been put beside it.
func firstContainer(pod *unstructured.Unstructured) string {
	list, _, _ := unstructured.NestedSlice(pod.Object, "spec", "containers")
	if len(list) == 0 {
		return ""
	}
	first, _ := list[0].(map[string]any)
	name, _ := first["name"].(string)
	return name
}

// loggedFailures are the stores that the controller could not use, by its log. ESO's client drops the events of an object that has had too many,
// and then the log alone knows the cause. It is read where a store fails.
var loggedFailures = doctor.NewInput("the controller's log", func(ctx context.Context, s *doctor.Snapshot) (map[eso.StoreKey][]eso.LogFailure, error) {
	all, err := pods.Of(ctx, s)
	if err != nil {
		return nil, err
	}
	found := map[eso.StoreKey][]eso.LogFailure{}
	for i := range all {
		if all[i].GetLabels()["app.kubernetes.io/name"] != "external-secrets" {
			continue
		}
		tail, since, limit := logTail, logSeconds, logBytes
		options := &corev1.PodLogOptions{Container: firstContainer(&all[i]), TailLines: &tail, SinceSeconds: &since, LimitBytes: &limit}
		log, err := s.Cluster.Typed.CoreV1().Pods(all[i].GetNamespace()).GetLogs(all[i].GetName(), options).Stream(ctx)
		if isRefusal(err) {
			return nil, err
		}
		if err != nil {
			continue // a pod that has not started has none
		}
		for key, failures := range eso.LogFailures(io.LimitReader(log, logBytes)) {
			found[key] = append(found[key], failures...)
		}
		_ = log.Close() // read to the end, or as far as it matters
	}
	return found, nil
}).Late().Asking(func(c doctor.Cluster) []kube.Right {
	return append(pods.Rights(c), kube.Right{Verb: "get", Resource: "pods", Subresource: "log", Namespace: c.Namespace})
}).Keeping(func(found map[eso.StoreKey][]eso.LogFailure) map[eso.StoreKey][]eso.LogFailure { return found })
