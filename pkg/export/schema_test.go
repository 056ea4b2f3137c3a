package export

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// fields are those of the tools' kinds that the files may use, as their custom resource definitions have them: Argo CD 3.2 and 3.6, and Flux's
// controllers for Helm 1.4, sources 1.7 and 1.10, and Kustomize 1.10. A ! marks what the definition demands, where what it is in is there at all, and a
// * what is free below.
var fields = map[string][]string{
	"Application":    argoFields("spec."),
	"ApplicationSet": append(argoFields("spec.template.spec."), "spec.generators!", "spec.goTemplate", "spec.goTemplateOptions", "spec.template.metadata.*"),
	"HelmRelease": {"spec.interval!", "spec.releaseName", "spec.values.*", "spec.chart.spec.chart!", "spec.chart.spec.version", "spec.chart.spec.sourceRef.kind!",
		"spec.chart.spec.sourceRef.name!", "spec.chart.spec.sourceRef.namespace", "spec.chartRef.kind!", "spec.chartRef.name!", "spec.chartRef.namespace",
		"spec.install.crds", "spec.install.remediation.retries", "spec.upgrade.crds", "spec.upgrade.remediation.retries"},
	"HelmRepository": {"spec.url!", "spec.interval"},
	"OCIRepository":  {"spec.url!", "spec.interval!", "spec.ref.tag", "spec.ref.digest", "spec.layerSelector.mediaType", "spec.layerSelector.operation"},
	"Kustomization": {"spec.interval!", "spec.prune!", "spec.sourceRef.kind!", "spec.sourceRef.name!", "spec.path", "spec.wait", "spec.timeout", "spec.retryInterval",
		"spec.dependsOn"},
}

func argoFields(below string) []string {
	var all []string
	for _, f := range []string{"project!", "destination.server", "destination.namespace", "source.repoURL!", "source.chart", "source.path", "source.targetRevision",
		"source.helm.releaseName", "source.helm.valuesObject.*", "syncPolicy.automated.*", "syncPolicy.syncOptions", "syncPolicy.retry.limit",
		"syncPolicy.retry.backoff.duration", "syncPolicy.retry.backoff.factor", "syncPolicy.retry.backoff.maxDuration"} {
		all = append(all, below+f)
	}
	return all
}

// leaves are the paths to what is no map; an empty map counts as one below it.
func leaves(path string, value any, all map[string]bool) {
	below, ok := value.(map[string]any)
	if !ok {
		all[path] = true
		return
	}
	if len(below) == 0 {
		all[path+".*"] = true
	}
	for name, v := range below {
		leaves(path+"."+name, v, all)
	}
}

// problems are what the kind's definition would refuse or drop.
func problems(obj *unstructured.Unstructured, known []string) []string {
	found := map[string]bool{}
	leaves("spec", obj.Object["spec"], found)
	var wrong []string
	for _, path := range slices.Sorted(maps.Keys(found)) {
		fits := func(f string) bool {
			free, ok := strings.CutSuffix(f, "*")
			return ok && strings.HasPrefix(path, free) || strings.TrimSuffix(f, "!") == path
		}
		if !slices.ContainsFunc(known, fits) {
			wrong = append(wrong, "unknown "+path)
		}
	}
	for _, f := range known {
		path, demanded := strings.CutSuffix(f, "!")
		parent := path[:strings.LastIndex(path, ".")]
		_, present, _ := unstructured.NestedFieldNoCopy(obj.Object, strings.Split(parent, ".")...)
		if demanded && present && !found[path] {
			wrong = append(wrong, "missing "+path)
		}
	}
	return wrong
}

func TestTheFilesKeepToTheDefinitionsOfTheTools(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range []State{state(), registered(""), registered("sha256:0")} {
		for form := range forms {
			for name, obj := range objects(t, written(t, form, s)) {
				known := fields[obj.GetKind()]
				if known == nil || strings.HasPrefix(obj.GetAPIVersion(), "kustomize.config.k8s.io/") {
					continue
				}
				seen[obj.GetKind()] = true
				for _, problem := range problems(obj, known) {
					t.Errorf("%s: %s: %s", form, name, problem)
				}
			}
		}
	}
	if len(seen) != len(fields) {
		t.Errorf("seen are only %v", seen)
	}
}

func TestAFieldThatADefinitionLacksIsSeen(t *testing.T) {
	obj := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"url": "u", "interval": "1h", "tag": "x", "ref": map[string]any{"semver": "1"}}}}
	if got := problems(obj, fields["OCIRepository"]); !slices.Equal(got, []string{"unknown spec.ref.semver", "unknown spec.tag"}) {
		t.Errorf("%q", got)
	}
	if got := problems(&unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"url": "u"}}}, fields["OCIRepository"]); !slices.Equal(got, []string{"missing spec.interval"}) {
		t.Errorf("%q", got)
	}
}
