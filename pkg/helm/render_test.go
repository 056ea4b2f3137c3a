package helm

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v3/pkg/chart"
)

// withTemplates is a chart of the given templates.
func withTemplates(templates ...string) *Chart {
	ch := exampleChart("eso", "1.0.0")
	ch.Templates = nil
	for i, text := range templates {
		ch.Templates = append(ch.Templates, &chart.File{Name: "templates/" + string(rune('a'+i)) + ".yaml", Data: []byte(text)})
	}
	return &Chart{ch}
}

const (
	deploymentTemplate = `apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec: {replicas: 2, template: {spec: {initContainers: [{name: i, image: "one:1"}], containers: [{name: c, image: "{{ .Values.greeting }}:2"}, {name: e, image: "one:1"}]}}}
`
	jobTemplate = `apiVersion: batch/v1
kind: CronJob
metadata: {name: j}
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: "job:3"}]}}}}}
`
	crdTemplate = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.com
spec:
  group: example.com
`
	hookTemplate = `apiVersion: v1
kind: Pod
metadata: {name: h, annotations: {helm.sh/hook: test}}
spec: {containers: [{name: c, image: "hook:4"}]}
`
)

func TestRender(t *testing.T) {
	ch := withTemplates(deploymentTemplate, jobTemplate, crdTemplate, hookTemplate, "# nothing\n",
		"{{ if .Capabilities.APIVersions.Has \"x.example.com/v1\" }}kind: Extra\nmetadata: {name: {{ .Capabilities.KubeVersion.Version }}}\n{{ end }}")
	rendered, err := ch.Render("release", "ns", map[string]any{"greeting": "two"}, Capabilities{Kubernetes: "v1.34.4", APIs: []string{"x.example.com/v1"}})
	if err != nil {
		t.Fatal(err)
	}
	images, err := rendered.Images()
	if diff := cmp.Diff([]string{"hook:4", "job:3", "one:1", "two:2"}, images); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	objects, err := rendered.Objects()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, o := range objects {
		names[o.GetKind()] = o.GetName()
		if _, has := o.Object["spec"]; o.GetKind() == "CustomResourceDefinition" && has {
			t.Error("a whole definition was read")
		}
	}
	want := map[string]string{"Deployment": "d", "CronJob": "j", "CustomResourceDefinition": "things.example.com", "Pod": "h", "Extra": "v1.34.4"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	whole, err := rendered.WholeObjects()
	if err != nil || len(whole) != len(objects) {
		t.Fatalf("%d whole objects of %d, %v", len(whole), len(objects), err)
	}
	for _, o := range whole {
		if _, has := o.Object["spec"]; o.GetKind() == "CustomResourceDefinition" && !has {
			t.Error("a whole definition lacks its spec")
		}
	}
}

func TestRenderFails(t *testing.T) {
	if _, err := withTemplates("{{ fail \"no\" }}").Render("r", "ns", nil, Capabilities{Kubernetes: "v1.34.4"}); err == nil || !strings.HasPrefix(err.Error(), "render chart eso 1.0.0: ") {
		t.Errorf("error = %v", err)
	}
	if _, err := withTemplates().Render("r", "ns", nil, Capabilities{Kubernetes: "newest"}); err == nil || !strings.Contains(err.Error(), "no version of Kubernetes") {
		t.Errorf("error = %v", err)
	}
}

func TestRenderingTwiceGivesTheSame(t *testing.T) {
	ch := withTemplates(deploymentTemplate)
	for range 2 {
		r, err := ch.Render("r", "ns", map[string]any{"greeting": "x"}, Capabilities{Kubernetes: "v1.30.0"})
		if err != nil || !strings.Contains(r.manifest, `image: "x:2"`) {
			t.Errorf("%v\n%s", err, r.manifest)
		}
	}
}

func TestEffectiveValues(t *testing.T) {
	got, err := withTemplates().Effective(map[string]any{"own": 1})
	if diff := cmp.Diff(map[string]any{"greeting": "hello", "own": 1}, map[string]any(got)); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}
