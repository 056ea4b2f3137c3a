package checks

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// controllerKind is a kind beside stores and ExternalSecrets that the controller watches, unless a flag tells it not to. Where one is missing, the
// controller does not start, or its work stands still once it has to start again.
type controllerKind struct {
	resource, group, version string
	// flag switches it off, if there is one.
	flag string
}

const (
	esoGroup        = "external-secrets.io"
	generatorsGroup = "generators.external-secrets.io"
)

// controllerKinds are the same in all versions since 0.16.
var controllerKinds = []controllerKind{
	{"secretstores", esoGroup, neededVersion, "enable-secret-store-reconciler"},
	{"clusterexternalsecrets", esoGroup, neededVersion, "enable-cluster-external-secret-reconciler"},
	{"pushsecrets", esoGroup, "v1alpha1", "enable-push-secret-reconciler"},
	{"clusterpushsecrets", esoGroup, "v1alpha1", "enable-cluster-push-secret-reconciler"},
	{"generatorstates", generatorsGroup, "v1alpha1", "enable-generator-state"},
}

func (k controllerKind) path() string { return "/apis/" + k.group + "/" + k.version }

// served are the resources that the API server has of ESO's groups, by the path of group and version. Everybody who is logged in may ask.
var served = doctor.NewInput("the resources that the cluster serves", func(ctx context.Context, s *doctor.Snapshot) (map[string][]string, error) {
	found := map[string][]string{}
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for _, path := range kindPaths() {
		all.Go(func() {
			names, err := resourcesAt(ctx, s, path)
			mu.Lock()
			defer mu.Unlock()
			found[path] = names
			failed = firstError(failed, err)
		})
	}
	all.Wait()
	return found, failed
}).Asking(asksNothing).Keeping(whole)

func kindPaths() []string {
	var paths []string
	for _, k := range controllerKinds {
		if !slices.Contains(paths, k.path()) {
			paths = append(paths, k.path())
		}
	}
	return paths
}

func resourcesAt(ctx context.Context, s *doctor.Snapshot, path string) ([]string, error) {
	data, err := s.Cluster.Raw(ctx, path)
	if isAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list struct {
		Resources []struct {
			Name string `json:"name"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	var names []string
	for _, r := range list.Resources {
		if !strings.Contains(r.Name, "/") {
			names = append(names, r.Name)
		}
	}
	return names, nil
}

// kindChecks are about definitions that matter for one of ESO's parts.
var kindChecks = []doctor.Check{
	{Code: "EI267", Needs: codes("EI201", "EI204"), Inputs: sources(deployments, served), Run: controllerHasItsKinds},
	{Code: "EI274", Needs: codes("EI201", "EI204"), Inputs: sources(deployments, definitions), Run: certControllerSeesDefinitions},
}

func controllerHasItsKinds(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	controller, err := theController(ctx, s)
	if err != nil || controller == nil {
		return failedOrNothing(err)
	}
	have, err := served.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	var missing []string
	var objects []doctor.Object
	for _, k := range controllerKinds {
		if slices.Contains(have[k.path()], k.resource) || flagOf(controller, k.flag, "true") == "false" {
			continue
		}
		name := k.resource + "." + k.group
		missing = append(missing, name)
		objects = append(objects, doctor.Object{Kind: "CustomResourceDefinition", Name: name})
	}
	if len(missing) == 0 {
		return one(doctor.Holds(""))
	}
	return one(problem("EI267", "the cluster does not serve "+strings.Join(missing, ", ")+", and the controller needs what it watches",
		"apply the definitions of the version that is installed (deploy/crds/bundle.yaml of its release), or tell the controller to do without, as with "+
			"--set processPushSecret=false", objects...).From(doctor.Seen(controller, "spec.template.spec.containers[0].args", strings.Join(arguments(controller), " "))))
}

// certControllerSeesDefinitions matters where the cert-controller keeps those definitions only in mind that carry a label. It waits for the others
// for ever, and is never ready.
func certControllerSeesDefinitions(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	found, err := deployments.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	all, err := definitions.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	i := slices.IndexFunc(found, func(d unstructured.Unstructured) bool { return flagOf(&d, "enable-partial-cache", "false") == "true" })
	if i < 0 {
		return one(doctor.Holds(""))
	}
	const label = "external-secrets.io/component=controller"
	var result doctor.Result
	for _, d := range all {
		if d.Metadata.Labels.Component != "controller" {
			command := "kubectl label crd " + d.name + " " + label
			result = append(result, problem("EI274", "it lacks the label "+label+", without which the cert-controller does not see it and is never ready", "label it: "+command, d.object()).
				MendedBy(command).From(d.seen("metadata.labels[external-secrets.io/component]", d.Metadata.Labels.Component), doctor.Seen(&found[i], "spec.template.spec.containers[0].args", "--enable-partial-cache=true")))
		}
	}
	if len(result) == 0 {
		return one(doctor.Holds("", doctor.ObjectOf(&found[i])))
	}
	return result
}
