package uninstall

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func TestKindsComeInTheOrderOfTheirDeletion(t *testing.T) {
	object := func(kind, version, name string) *unstructured.Unstructured {
		return clustertest.Object(t, "{apiVersion: external-secrets.io/"+version+", kind: "+kind+", metadata: {name: "+name+"}}")
	}
	p := newCluster(t, object("ClusterSecretStore", "v1", "s"), externalSecret(t, "a", "e"), externalSecret(t, "b", "e"),
		object("ClusterExternalSecret", "v1", "c"), object("PushSecret", "v1alpha1", "p")).planned(t)
	var got []string
	for _, k := range p.Kinds {
		for _, c := range k.Objects {
			got = append(got, reference(k.Name, c.Namespace, c.Name))
		}
	}
	want := []string{"clusterexternalsecret/c", "externalsecret/a/e", "externalsecret/b/e", "pushsecret/p", "clustersecretstore/s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if p.Count() != 5 || p.Empty() || len(p.Blockers) > 0 {
		t.Errorf("%d objects, empty %t, blockers %v", p.Count(), p.Empty(), p.Blockers)
	}
}

func TestSecretsAndWhatTheyAreFor(t *testing.T) {
	merged := owned(t, "shop", "merged")
	merged.SetOwnerReferences(nil)
	foreign := owned(t, "shop", "foreign")
	foreign.SetLabels(nil)
	foreign.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "v1", Kind: "ExternalSecret", Name: "foreign"}})
	for keep, fate := range map[bool]Fate{false: Deleted, true: Kept} {
		c := newCluster(t, owned(t, "shop", "db"), merged, foreign)
		c.KeepSecrets = keep
		p := c.planned(t)
		if len(p.Secrets) != 2 {
			t.Fatalf("secrets %+v", p.Secrets)
		}
		if s := p.Secrets[0]; s.Name != "db" || s.ExternalSecret != "db" || s.Fate != fate {
			t.Errorf("keep %t: %+v", keep, s)
		}
		if s := p.Secrets[1]; s.Name != "merged" || s.ExternalSecret != "" || s.Fate != Kept {
			t.Errorf("keep %t: %+v", keep, s)
		}
	}
}

func TestUsesByPods(t *testing.T) {
	tests := map[string]string{
		"env":              `{containers: [{env: [{valueFrom: {secretKeyRef: {name: db}}}]}]}`,
		"envFrom":          `{containers: [{envFrom: [{secretRef: {name: db}}]}]}`,
		"init container":   `{initContainers: [{envFrom: [{secretRef: {name: db}}]}]}`,
		"debug container":  `{ephemeralContainers: [{env: [{valueFrom: {secretKeyRef: {name: db}}}]}]}`,
		"volume":           `{volumes: [{secret: {secretName: db}}]}`,
		"projected volume": `{volumes: [{projected: {sources: [{configMap: {name: x}}, {secret: {name: db}}]}}]}`,
		"csi volume":       `{volumes: [{csi: {driver: d, nodePublishSecretRef: {name: db}}}]}`,
		"image pull":       `{imagePullSecrets: [{name: db}]}`,
		"in many ways":     `{imagePullSecrets: [{name: db}], volumes: [{secret: {secretName: db}}], containers: [{envFrom: [{secretRef: {name: db}}]}]}`,
	}
	for name, spec := range tests {
		t.Run(name, func(t *testing.T) {
			pod := clustertest.Object(t, "{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: p}, spec: "+spec+"}")
			elsewhere := pod.DeepCopy()
			elsewhere.SetNamespace("other")
			ended := pod.DeepCopy()
			ended.SetName("ended")
			ended.Object["status"] = map[string]any{"phase": "Succeeded"}
			p := newCluster(t, owned(t, "shop", "db"), pod, elsewhere, ended).planned(t)
			if diff := cmp.Diff([]Use{{Workload: "Pod/p", Pods: []string{"p"}}}, p.Secrets[0].UsedBy); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWorkload(t *testing.T) {
	yes := true
	pod := func(kind, owner, hash string) corev1.Pod {
		p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Labels: map[string]string{"pod-template-hash": hash}}}
		if kind != "" {
			p.OwnerReferences = []metav1.OwnerReference{{Kind: kind, Name: owner, Controller: &yes}}
		}
		return p
	}
	for want, p := range map[string]corev1.Pod{
		"Pod/p": pod("", "", ""), "Deployment/web": pod("ReplicaSet", "web-7d9", "7d9"), "ReplicaSet/web-7d9": pod("ReplicaSet", "web-7d9", ""),
		"StatefulSet/db": pod("StatefulSet", "db", ""), "Job/nightly-1": pod("Job", "nightly-1", ""),
	} {
		if got := workload(p); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// credential is a Secret that carries this program's mark.
func credential(t *testing.T, managers string) *unstructured.Unstructured {
	t.Helper()
	return clustertest.Object(t, `
apiVersion: v1
kind: Secret
metadata: {namespace: external-secrets, name: infisical-eso-creds, labels: {app.kubernetes.io/managed-by: kubectl-eso-infisical}, managedFields: [`+managers+`]}`)
}

func TestOnlyWhatThisProgramMadeGoes(t *testing.T) {
	const mine = `{manager: kubectl-eso-infisical, fieldsV1: {"f:data": {}, "f:type": {}}}`
	adopted := credential(t, mine)
	adopted.SetAnnotations(map[string]string{"eso-infisical.dev/adopted-from": "kubectl-create"})
	kept := credential(t, mine)
	kept.SetLabels(map[string]string{"app.kubernetes.io/managed-by": "kubectl-eso-infisical", "kustomize.toolkit.fluxcd.io/name": "apps"})
	tests := []struct {
		name   string
		secret *unstructured.Unstructured
		keep   bool
		fate   Fate
		reason string
	}{
		{"made by this program", credential(t, mine), false, Deleted, ""},
		{"touched by others", credential(t, mine+`, {manager: kubectl-annotate, fieldsV1: {"f:metadata": {}}}`), false, Deleted, ""},
		{"token filled in by Kubernetes", credential(t, mine+`, {manager: kube-controller-manager, fieldsV1: {"f:data": {}}}`), false, Deleted, ""},
		{"taken over", adopted, false, Kept, "made by kubectl-create"},
		{"taken over before that was recorded", credential(t, mine+`, {manager: kubectl-create, fieldsV1: {"f:type": {}}}`), false, Kept, "kubectl-create"},
		{"edited by hand", credential(t, mine+`, {manager: kubectl-edit, fieldsV1: {"f:data": {}}}`), false, Kept, "kubectl-edit"},
		{"kept by Flux", kept, false, Kept, "Flux"},
		{"to be kept", credential(t, mine), true, Kept, "--keep-credentials"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCluster(t, tt.secret)
			c.KeepCredentials = tt.keep
			p := c.planned(t)
			if len(p.Own) != 1 || p.Own[0].Fate != tt.fate || !strings.Contains(p.Own[0].Reason, tt.reason) {
				t.Errorf("got %+v", p.Own)
			}
		})
	}
}

func TestDefinitions(t *testing.T) {
	definition := func(name string) *unstructured.Unstructured {
		return clustertest.Object(t, "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: "+name+"}}")
	}
	going := definition("uuids.generators.external-secrets.io")
	now := metav1.Now()
	going.SetDeletionTimestamp(&now)
	objects := []*unstructured.Unstructured{definition("externalsecrets.external-secrets.io"), going, definition("things.example.com"), definition("x.not-external-secrets.io")}
	for all, want := range map[bool][]Fate{false: {Kept, Kept}, true: {Deleted, Deleted}} {
		c := newCluster(t, objects...)
		c.DeleteCRDs = all
		var fates []Fate
		for _, d := range c.planned(t).Definitions {
			fates = append(fates, d.Fate)
		}
		if diff := cmp.Diff(want, fates); diff != "" {
			t.Errorf("delete all %t: %s", all, diff)
		}
	}
}

func TestWebhooks(t *testing.T) {
	service := func(namespace string) admissionv1.WebhookClientConfig {
		return admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{Namespace: namespace, Name: "external-secrets-webhook"}}
	}
	c := newCluster(t)
	for name, webhooks := range map[string][]admissionv1.ValidatingWebhook{
		"secretstore-validate": {{Name: "validate.secretstore.external-secrets.io", ClientConfig: service("external-secrets")}},
		"another-release":      {{Name: "validate.secretstore.external-secrets.io", ClientConfig: service("other")}},
		"another-product":      {{Name: "validate.kyverno.svc", ClientConfig: service("external-secrets")}},
		"mixed":                {{Name: "a.external-secrets.io", ClientConfig: service("external-secrets")}, {Name: "b.example.com", ClientConfig: service("external-secrets")}},
		"by address":           {{Name: "a.external-secrets.io"}},
		"empty":                nil,
	} {
		configuration := &admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: name}, Webhooks: webhooks}
		if err := c.typed.Tracker().Add(configuration); err != nil {
			t.Fatal(err)
		}
	}
	p := c.planned(t)
	if len(p.Webhooks) != 1 || p.Webhooks[0].Name != "secretstore-validate" {
		t.Errorf("webhooks %+v", p.Webhooks)
	}
}

func TestNamespaces(t *testing.T) {
	foreign := kube.Inhabitants{Objects: []kube.Inhabitant{{Resource: configMapsResource,
		PartialObjectMetadata: metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: "external-secrets", Name: "theirs"}}}}}
	unseen := kube.Inhabitants{Unseen: []error{errors.New("widgets: forbidden")}}
	byHelm := []metav1.ManagedFieldsEntry{{Manager: "helm"}}
	made := metav1.NewTime(newCluster(t).releases.content.FirstDeployed)
	tests := []struct {
		name   string
		meta   metav1.ObjectMeta
		holds  kube.Inhabitants
		fate   Fate
		reason string
	}{
		{"marked and empty", metav1.ObjectMeta{Labels: map[string]string{kube.ManagedByLabel: kube.FieldManager}}, kube.Inhabitants{}, Deleted, ""},
		{"made by Helm with the release", metav1.ObjectMeta{ManagedFields: byHelm, CreationTimestamp: made}, kube.Inhabitants{}, Deleted, ""},
		{"made by Helm long before", metav1.ObjectMeta{ManagedFields: byHelm, CreationTimestamp: metav1.NewTime(made.AddDate(-1, 0, 0))}, kube.Inhabitants{}, Kept, "did not make it"},
		{"made by hand", metav1.ObjectMeta{CreationTimestamp: made}, kube.Inhabitants{}, Kept, "did not make it"},
		{"with something of others", metav1.ObjectMeta{ManagedFields: byHelm, CreationTimestamp: made}, foreign, Kept, "configmaps/theirs"},
		{"with what may not be seen", metav1.ObjectMeta{ManagedFields: byHelm, CreationTimestamp: made}, unseen, Kept, "widgets"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCluster(t)
			tt.meta.Name = "external-secrets"
			if err := c.typed.Tracker().Add(&corev1.Namespace{ObjectMeta: tt.meta}); err != nil {
				t.Fatal(err)
			}
			c.Inhabitants = func(context.Context, string) (kube.Inhabitants, error) { return tt.holds, nil }
			p := c.planned(t)
			if len(p.Namespaces) != 1 || p.Namespaces[0].Fate != tt.fate || !strings.Contains(p.Namespaces[0].Reason, tt.reason) {
				t.Errorf("got %+v", p.Namespaces)
			}
		})
	}
}

func TestTheNamespaceOfAReleaseThatOthersBeganStays(t *testing.T) {
	c := newCluster(t)
	made := metav1.NewTime(c.releases.content.FirstDeployed)
	// Somebody has run helm install --create-namespace, and this program the upgrade after it.
	c.releases.content.BegunByUs, c.releases.content.Ours, c.releases.content.Revision = false, true, 2
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "external-secrets", CreationTimestamp: made, ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "helm"}}}}
	if err := c.typed.Tracker().Add(ns); err != nil {
		t.Fatal(err)
	}
	p := c.planned(t)
	if len(p.Namespaces) != 1 || p.Namespaces[0].Fate != Kept || p.made {
		t.Errorf("made %t, got %+v", p.made, p.Namespaces)
	}
}

func TestWhatANamespaceMayHold(t *testing.T) {
	yes := true
	p := &Plan{Release: Release{Name: "r", Namespace: "n", Objects: []Object{
		{Kind: "Service", Namespace: "n", Name: "web", Fate: Deleted, resource: kube.PodsResource.GroupVersion().WithResource("services")}}},
		Own:     []Item{{Kind: "ConfigMap", Namespace: "n", Name: "ca", Fate: Deleted, resource: configMapsResource}, {Kind: "Secret", Namespace: "n", Name: "theirs", Fate: Kept, resource: secretsResource}},
		Secrets: []Secret{{Namespace: "n", Name: "going", Fate: Deleted}, {Namespace: "n", Name: "staying", Fate: Kept}}}
	object := func(resource, name, owner string) kube.Inhabitant {
		i := kube.Inhabitant{Resource: kube.PodsResource.GroupVersion().WithResource(resource)}
		i.Namespace, i.Name = "n", name
		if owner != "" {
			i.OwnerReferences = []metav1.OwnerReference{{Kind: owner, Name: "o", Controller: &yes}}
		}
		return i
	}
	for _, i := range []kube.Inhabitant{object("services", "web", ""), object("configmaps", "ca", ""), object("secrets", "going", ""),
		object("secrets", "sh.helm.release.v1.r.v3", ""), object("pods", "p", "ReplicaSet")} {
		if !p.expects(i) {
			t.Errorf("%s is taken for others'", i)
		}
	}
	for _, i := range []kube.Inhabitant{object("services", "other", ""), object("secrets", "theirs", ""), object("secrets", "staying", ""),
		object("secrets", "sh.helm.release.v1.r2.v3", ""), object("pods", "p", ""), object("pods", "p", "Database")} {
		if p.expects(i) {
			t.Errorf("%s is taken for ours", i)
		}
	}
}
