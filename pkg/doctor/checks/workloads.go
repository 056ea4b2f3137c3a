package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// controllerLabel is on ESO's controller, whatever release it is of; webhook and cert-controller have other names.
const controllerLabel = "app.kubernetes.io/name=external-secrets"

// usualDeployments is how many a release has: controller, webhook and cert-controller.
const usualDeployments = 3

// partsOf lists what the release has of a resource.
func partsOf(ctx context.Context, s *doctor.Snapshot, list func(context.Context, metav1.ListOptions) (*unstructured.UnstructuredList, error)) ([]unstructured.Unstructured, error) {
	found, err := list(ctx, metav1.ListOptions{LabelSelector: eso.InstanceSelector(s.Cluster.Release)})
	if err != nil {
		return nil, err
	}
	return found.Items, nil
}

var deployments = doctor.NewInput("Deployments", func(ctx context.Context, s *doctor.Snapshot) ([]unstructured.Unstructured, error) {
	return partsOf(ctx, s, s.Cluster.Dynamic.Resource(kube.DeploymentsResource).Namespace(s.Cluster.Namespace).List)
}).Asking(asks("list", kube.DeploymentsResource, atHome)).Keeping(keptDeployments)

var pods = doctor.NewInput("pods", func(ctx context.Context, s *doctor.Snapshot) ([]unstructured.Unstructured, error) {
	return partsOf(ctx, s, s.Cluster.Dynamic.Resource(kube.PodsResource).Namespace(s.Cluster.Namespace).List)
}).Asking(asks("list", kube.PodsResource, atHome)).Keeping(keptObjects([]string{"status"}, []string{"spec", "nodeName"}))

// controllers are ESO's controllers in all namespaces.
var controllers = doctor.NewInput("Deployments of all namespaces", func(ctx context.Context, s *doctor.Snapshot) ([]unstructured.Unstructured, error) {
	found, err := s.Cluster.Dynamic.Resource(kube.DeploymentsResource).List(ctx, metav1.ListOptions{LabelSelector: controllerLabel})
	if err != nil {
		return nil, err
	}
	return found.Items, nil
}).Asking(asks("list", kube.DeploymentsResource, everywhere)).Keeping(keptDeployments)

var workloadChecks = []doctor.Check{
	{Code: "EI202", Needs: codes("EI201"), Inputs: sources(deployments, manifest), Run: deploymentsAreAvailable},
	{Code: "EI210", Needs: codes("EI201"), Inputs: sources(pods), Run: podsStart},
	{Code: "EI259", Needs: theCluster, Inputs: sources(controllers), Run: isInstalledOnce},
	{Code: "EI260", Needs: codes("EI201"), Inputs: sources(deployments), Run: looksAtClusterStores},
	{Code: "EI268", Needs: codes("EI201"), Inputs: sources(deployments, operatorRights), Run: operatorMayWork},
}

func deploymentsAreAvailable(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	found, err := deployments.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	if len(found) == 0 {
		return one(problem("EI202", "there are no Deployments of External Secrets Operator in namespace "+s.Cluster.Namespace, "run "+install).MendedBy(install))
	}
	var expected []string
	if len(found) < usualDeployments {
		// Without the release's manifest, what is there is all that is expected.
		r, _ := manifest.Of(ctx, s)
		expected = r.Deployments
	}
	there := make([]*unstructured.Unstructured, len(found))
	for i := range found {
		there[i] = &found[i]
	}
	idle := kube.ScaledToZero(there)
	down := slices.Concat(kube.Missing(there, expected), kube.Unavailable(there), idle)
	slices.Sort(down)
	down = slices.Compact(down)
	if len(down) == 0 {
		return one(doctor.Holds(fmt.Sprintf("%d of them", len(found))))
	}
	f := problem("EI202", "no pod is available of "+strings.Join(down, ", "), "look at its pods, or bring it back with helm upgrade if it is gone").
		MendedBy("kubectl -n " + s.Cluster.Namespace + " describe deployment " + down[0])
	if len(idle) > 0 {
		f.Cause.Summary = "told to run no pod (replicas: 0): " + strings.Join(idle, ", ")
		f.Command = "kubectl -n " + s.Cluster.Namespace + " scale deployment " + strings.Join(idle, " ") + " --replicas 1"
		f.Cause.Fix = "scale it up: " + f.Command
	}
	for _, name := range down {
		f.Objects = append(f.Objects, doctor.Object{Kind: "Deployment", Namespace: s.Cluster.Namespace, Name: name})
	}
	for _, d := range there {
		if slices.Contains(down, d.GetName()) {
			available, _, _ := unstructured.NestedInt64(d.Object, "status", "availableReplicas")
			f = f.From(doctor.Seen(d, "status.availableReplicas", fmt.Sprint(available)))
		}
	}
	return one(f)
}

func podsStart(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	found, err := pods.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	var result doctor.Result
	for i := range found {
		if trouble, stuck := kube.PodTrouble(&found[i]); stuck {
			result = append(result, stuckPod(&found[i], trouble))
		}
	}
	if len(result) == 0 && len(found) > 0 {
		return one(doctor.Holds(fmt.Sprintf("%d of them", len(found))))
	}
	return result
}

func stuckPod(pod *unstructured.Unstructured, trouble kube.Trouble) doctor.Finding {
	command := "kubectl -n " + pod.GetNamespace() + " describe pod " + pod.GetName()
	if trouble.Obstacle == kube.Crashing {
		command = "kubectl -n " + pod.GetNamespace() + " logs " + pod.GetName() + " --previous"
	}
	return doctor.Problem(cause.WorkloadStuck(string(trouble.Obstacle), trouble.Object, pod.GetNamespace()), doctor.ObjectOf(pod)).
		Saying(trouble.String()).MendedBy(command).From(doctor.Seen(pod, "status.containerStatuses", trouble.String()))
}

func isInstalledOnce(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	found, err := controllers.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	if len(found) < 2 {
		return nil
	}
	f := problem("EI259", fmt.Sprintf("there are %d installations of External Secrets Operator", len(found)), "decide which one is to stay: helm list -A")
	for i := range found {
		f.Objects = append(f.Objects, doctor.ObjectOf(&found[i]))
		f = f.From(doctor.Seen(&found[i], "metadata.labels", controllerLabel))
	}
	return one(f)
}

// looksAtClusterStores reads the controller's arguments.
func looksAtClusterStores(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	controller, err := theController(ctx, s)
	if err != nil || controller == nil {
		return failedOrNothing(err)
	}
	for _, argument := range arguments(controller) {
		name, value, _ := strings.Cut(strings.TrimLeft(argument, "-"), "=")
		blind := name == "enable-cluster-store-reconciler" && value == "false" || name == "namespace" && value != ""
		if blind {
			return one(problem("EI260", "the controller has the argument "+argument+", with which it leaves ClusterSecretStores alone",
				"correct the chart's values: processClusterStore=true, and neither scopedNamespace nor scopedRBAC", doctor.ObjectOf(controller)).
				From(doctor.Seen(controller, "spec.template.spec.containers[0].args", argument)).
				MendedBy(fmt.Sprintf("helm -n %s get values %s", s.Cluster.Namespace, s.Cluster.Release)))
		}
	}
	return one(doctor.Holds("", doctor.ObjectOf(controller)))
}

func failedOrNothing(err error) doctor.Result {
	if err != nil {
		return one(doctor.Found(err))
	}
	return nil
}

// theController is the Deployment of ESO's controller, or nil.
func theController(ctx context.Context, s *doctor.Snapshot) (*unstructured.Unstructured, error) {
	found, err := deployments.Of(ctx, s)
	if err != nil {
		return nil, err
	}
	for i := range found {
		name := found[i].GetLabels()["app.kubernetes.io/name"]
		if name == "external-secrets" || name == "" && found[i].GetName() == "external-secrets" {
			return &found[i], nil
		}
	}
	return nil, nil
}

// container is the first one of a Deployment's pods.
func container(deployment *unstructured.Unstructured) map[string]any {
	list, _, _ := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "containers")
	if len(list) == 0 {
		return nil
	}
	first, _ := list[0].(map[string]any)
	return first
}

func arguments(deployment *unstructured.Unstructured) []string {
	args, _, _ := unstructured.NestedStringSlice(container(deployment), "args")
	return args
}
