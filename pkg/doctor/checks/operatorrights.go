package checks

import (
	"context"
	"strings"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// workOf is what this controller cannot do without. One that is told to look at a single namespace needs its rights there alone, and one that is
// told to leave ClusterSecretStores alone does not need them.
func workOf(controller *unstructured.Unstructured) []kube.Right {
	namespace, clusterStores := "", true
	args := arguments(controller)
	for i, a := range args {
		name, value, given := strings.Cut(strings.TrimLeft(a, "-"), "=")
		if !given && i+1 < len(args) {
			value = args[i+1]
		}
		switch name {
		case "namespace":
			namespace = value
		case "enable-cluster-store-reconciler":
			clusterStores = value != "false"
		}
	}
	var needed []kube.Right
	for _, right := range work {
		if right.Resource == eso.ClusterSecretStores.Resource && (!clusterStores || namespace != "") {
			continue
		}
		right.Namespace = namespace
		needed = append(needed, right)
	}
	return needed
}

// work is what the controller cannot do without. Without the right to write events and status, it fails in silence.
var work = []kube.Right{
	{Verb: "list", Group: eso.ClusterSecretStores.Group, Resource: eso.ClusterSecretStores.Resource},
	{Verb: "patch", Group: eso.ClusterSecretStores.Group, Resource: eso.ClusterSecretStores.Resource, Subresource: "status"},
	{Verb: "list", Group: eso.ExternalSecrets.Group, Resource: eso.ExternalSecrets.Resource},
	{Verb: "get", Resource: "secrets"},
	{Verb: "create", Resource: "secrets"},
	{Verb: "create", Resource: "events"},
}

// operatorRights are those of its work that the controller's ServiceAccount does not have. Asking changes nothing.
var operatorRights = doctor.NewInput("rights of ESO's ServiceAccount", func(ctx context.Context, s *doctor.Snapshot) ([]kube.Right, error) {
	controller, err := theController(ctx, s)
	if err != nil || controller == nil {
		return nil, err
	}
	needed := workOf(controller)
	denied := make([]bool, len(needed))
	account := subjectOf(controller.GetNamespace(), accountOf(controller))
	group, ctx := errgroup.WithContext(ctx)
	for i, right := range needed {
		group.Go(func() error {
			may, err := account.may(ctx, s, right)
			denied[i] = err == nil && !may
			return err
		})
	}
	err = group.Wait()
	var missing []kube.Right
	for i, is := range denied {
		if is {
			missing = append(missing, needed[i])
		}
	}
	return missing, err
}).Asking(asksAboutOthers).Keeping(func(rights []kube.Right) []kube.Right { return rights })

// accountOf is the name of a Deployment's ServiceAccount.
func accountOf(deployment *unstructured.Unstructured) string {
	name, _, _ := unstructured.NestedString(deployment.Object, "spec", "template", "spec", "serviceAccountName")
	if name == "" {
		return "default"
	}
	return name
}

// operatorMayWork looks whether the controller has the rights of its work.
func operatorMayWork(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	missing, err := operatorRights.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	controller, err := theController(ctx, s)
	if err != nil || controller == nil {
		return failedOrNothing(err)
	}
	account := doctor.Object{Kind: "ServiceAccount", Namespace: controller.GetNamespace(), Name: accountOf(controller)}
	if len(missing) == 0 {
		return one(doctor.Holds("", account))
	}
	var texts []string
	for _, right := range missing {
		texts = append(texts, right.String())
	}
	return one(problem("EI268", "the controller may not "+strings.Join(texts, ", "),
		"bring back ClusterRole and ClusterRoleBinding "+s.Cluster.Release+"-controller of ServiceAccount "+account.Namespace+"/"+account.Name+": "+install+" --repair", account).
		From(doctor.Evidence{Object: account, Field: "rights", Value: "missing: " + strings.Join(texts, ", ")}))
}
