package uninstall

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func of(t *testing.T, kind, name string) *unstructured.Unstructured {
	t.Helper()
	return clustertest.Object(t, "{apiVersion: external-secrets.io/v1, kind: "+kind+", metadata: {name: "+name+"}}")
}

// run carries the plan out.
func (c *cluster) run(t *testing.T) ([]Item, error) {
	t.Helper()
	return c.Run(t.Context(), c.planned(t))
}

func TestRunDeletesInOrder(t *testing.T) {
	definition := clustertest.Object(t, "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: externalsecrets.external-secrets.io}}")
	c := newCluster(t, externalSecret(t, "shop", "db"), of(t, "ClusterSecretStore", "store"), of(t, "ClusterExternalSecret", "everywhere"), credential(t, ""), definition)
	c.DeleteCRDs = true
	left, err := c.run(t)
	if err != nil || len(left) > 0 {
		t.Fatalf("left %v, %v", left, err)
	}
	want := []string{"clusterexternalsecrets/everywhere", "externalsecrets/db", "clustersecretstores/store",
		"customresourcedefinitions/externalsecrets.external-secrets.io", "secrets/infisical-eso-creds"}
	if diff := cmp.Diff(want, c.deletions()); diff != "" {
		t.Error(diff)
	}
	if c.releases.uninstalled != 1 {
		t.Errorf("the release was uninstalled %d times", c.releases.uninstalled)
	}
	if again := c.planned(t); !again.Empty() {
		t.Errorf("the next plan is not empty: %+v", again)
	}
}

func TestTheReleaseStaysWhileThereAreCustomResources(t *testing.T) {
	c := newCluster(t, externalSecret(t, "shop", "db"))
	c.dynamic.PrependReactor("delete", "externalsecrets", func(clienttesting.Action) (bool, runtime.Object, error) {
		again := externalSecret(t, "shop", "again")
		if err := c.dynamic.Tracker().Add(again); err != nil && !apierrors.IsAlreadyExists(err) {
			t.Error(err)
		}
		return false, nil, nil
	})
	var newcomers *NewcomersError
	if _, err := c.run(t); !errors.As(err, &newcomers) || newcomers.Objects[0] != "externalsecret/shop/again" {
		t.Errorf("%v", err)
	}
	if c.releases.uninstalled > 0 {
		t.Error("the release was uninstalled")
	}
}

func TestWhatWasNotPlannedIsNotDeleted(t *testing.T) {
	c := newCluster(t)
	p := c.planned(t)
	if err := c.dynamic.Tracker().Add(externalSecret(t, "shop", "new")); err != nil {
		t.Fatal(err)
	}
	var newcomers *NewcomersError
	if _, err := c.Run(t.Context(), p); !errors.As(err, &newcomers) {
		t.Errorf("%v", err)
	}
	if deleted := c.deletions(); len(deleted) > 0 {
		t.Errorf("deleted %v", deleted)
	}
}

func TestKeptSecrets(t *testing.T) {
	c := newCluster(t, externalSecret(t, "shop", "db"), owned(t, "shop", "db"))
	c.KeepSecrets = true
	// ESO lets the Secret go when it is told to own none.
	c.dynamic.PrependReactor("patch", "externalsecrets", func(clienttesting.Action) (bool, runtime.Object, error) {
		held, err := c.dynamic.Tracker().Get(secretsResource, "shop", "db")
		if err != nil {
			return true, nil, err
		}
		secret := held.(*unstructured.Unstructured).DeepCopy()
		secret.SetOwnerReferences(nil)
		return false, nil, c.dynamic.Tracker().Update(secretsResource, secret, "shop")
	})
	left, err := c.run(t)
	if err != nil || len(left) > 0 {
		t.Fatalf("left %v, %v", left, err)
	}
	if slices.Contains(c.deletions(), "secrets/db") {
		t.Error("the Secret was deleted")
	}
	var patched string
	for _, action := range c.dynamic.Actions() {
		if patch, ok := action.(clienttesting.PatchAction); ok && patch.GetResource() == eso.ExternalSecrets {
			patched = string(patch.GetPatch())
		}
	}
	if !strings.Contains(patched, `"creationPolicy":"Orphan"`) || !strings.Contains(patched, `"deletionPolicy":"Retain"`) {
		t.Errorf("the ExternalSecret was patched with %s", patched)
	}
}

func TestKeptSecretsWithoutAController(t *testing.T) {
	c := newCluster(t, externalSecret(t, "shop", "db"), owned(t, "shop", "db"))
	if err := c.dynamic.Tracker().Update(kube.DeploymentsResource, controller(t, 0), "external-secrets"); err != nil {
		t.Fatal(err)
	}
	c.KeepSecrets, c.ForceFinalizers = true, true
	c.letsGo()
	c.addWebhook(t, dead)
	var order []string
	c.dynamic.PrependReactor("*", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		switch patch, isPatch := action.(clienttesting.PatchAction); {
		case action.Matches("delete", "validatingwebhookconfigurations"):
			order = append(order, "the webhook is silent")
		case isPatch && strings.Contains(string(patch.GetPatch()), `"creationPolicy":"Orphan"`):
			order = append(order, "the policy is Orphan")
		}
		return false, nil, nil
	})
	c.typed.PrependReactor("patch", "secrets", func(clienttesting.Action) (bool, runtime.Object, error) {
		order = append(order, "the Secret is let go")
		return false, nil, nil
	})
	left, err := c.run(t)
	if err != nil || len(left) > 0 {
		t.Fatalf("left %v, %v", left, err)
	}
	// A controller that comes back for a moment must find that it owns nothing.
	want := []string{"the webhook is silent", "the policy is Orphan", "the Secret is let go"}
	if diff := cmp.Diff(want, slices.Compact(order)[:min(len(want), len(order))]); diff != "" {
		t.Error(diff)
	}
}

func TestASecretThatCannotBeKeptStopsEverything(t *testing.T) {
	tests := map[string]func(*unstructured.Unstructured){
		"other data":       func(s *unstructured.Unstructured) { s.SetAnnotations(map[string]string{eso.DataHashAnnotation: "new"}) },
		"another object":   func(s *unstructured.Unstructured) { s.SetUID("new") },
		"still owned":      func(s *unstructured.Unstructured) { s.SetOwnerReferences(owned(t, "shop", "db").GetOwnerReferences()) },
		"is being deleted": func(s *unstructured.Unstructured) { now := metav1.Now(); s.SetDeletionTimestamp(&now) },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, externalSecret(t, "shop", "db"), owned(t, "shop", "db"))
			c.KeepSecrets, c.ForceFinalizers = true, true
			if err := c.dynamic.Tracker().Update(kube.DeploymentsResource, controller(t, 0), "external-secrets"); err != nil {
				t.Fatal(err)
			}
			p := c.planned(t)
			c.typed.PrependReactor("patch", "secrets", func(clienttesting.Action) (bool, runtime.Object, error) {
				secret := owned(t, "shop", "db")
				secret.SetOwnerReferences(nil)
				spoil(secret)
				return true, nil, c.dynamic.Tracker().Update(secretsResource, secret, "shop")
			})
			var keep *KeepError
			if _, err := c.Run(t.Context(), p); !errors.As(err, &keep) || !strings.Contains(keep.Problems[0], "secret/shop/db") {
				t.Errorf("%v", err)
			}
			if deleted := c.deletions(); len(deleted) > 0 || c.releases.uninstalled > 0 {
				t.Errorf("deleted %v, release %d", deleted, c.releases.uninstalled)
			}
		})
	}
}

func TestAnExternalSecretThatWasSetBackIsNotDeleted(t *testing.T) {
	for _, pods := range []int64{1, 0} {
		c := newCluster(t, externalSecret(t, "shop", "db"), owned(t, "shop", "db"))
		if err := c.dynamic.Tracker().Update(kube.DeploymentsResource, controller(t, pods), "external-secrets"); err != nil {
			t.Fatal(err)
		}
		c.KeepSecrets, c.ForceFinalizers = true, true
		p := c.planned(t)
		// A GitOps tool has set the policy back between the look and the deletion.
		err := c.delete(t.Context(), p, p.Kinds[0], externalSecret(t, "shop", "db"))
		var keep *KeepError
		if !errors.As(err, &keep) || !strings.Contains(err.Error(), "GitOps") {
			t.Errorf("%d pods of the controller: %v", pods, err)
		}
		if deleted := c.deletions(); len(deleted) > 0 {
			t.Errorf("%d pods of the controller: deleted %v", pods, deleted)
		}
	}
}

func TestSecretsStayWithTheirOwnersWherePoliciesCannotBeChanged(t *testing.T) {
	c := newCluster(t, externalSecret(t, "shop", "db"), owned(t, "shop", "db"))
	c.KeepSecrets = true
	clustertest.Refuse(&c.dynamic.Fake, "patch", "externalsecrets", clustertest.Forbidden("externalsecrets"))
	var keep *KeepError
	if _, err := c.run(t); !errors.As(err, &keep) || !strings.Contains(err.Error(), "creationPolicy Orphan") {
		t.Errorf("%v", err)
	}
	if slices.Contains(clustertest.Verbs(&c.typed.Fake, "secrets"), "patch") || len(c.deletions()) > 0 {
		t.Errorf("a Secret was let go, or something deleted: %v", c.deletions())
	}
}

func TestForceTakesOnlyFinalizersOfESO(t *testing.T) {
	c := newCluster(t)
	now := metav1.Now()
	es := externalSecret(t, "shop", "db")
	es.SetFinalizers([]string{"externalsecrets.external-secrets.io/externalsecret-cleanup", "example.com/mine"})
	es.SetDeletionTimestamp(&now)
	living := externalSecret(t, "shop", "living")
	for _, o := range []*unstructured.Unstructured{es, living} {
		if err := c.dynamic.Tracker().Add(o); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.release(t.Context(), c.planned(t).Kinds[0]); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{"db": {"example.com/mine"}, "living": living.GetFinalizers()} {
		held, err := c.dynamic.Tracker().Get(eso.ExternalSecrets, "shop", name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, held.(*unstructured.Unstructured).GetFinalizers()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestTheNamespaceIsMarkedBeforeTheReleaseGoes(t *testing.T) {
	c := newCluster(t)
	made := metav1.NewTime(c.releases.content.FirstDeployed)
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "external-secrets", CreationTimestamp: made, ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "helm"}}}}
	if err := c.typed.Tracker().Add(ns); err != nil {
		t.Fatal(err)
	}
	p := c.planned(t)
	// Something of others comes meanwhile, so that the namespace stays after all.
	c.Inhabitants = func(context.Context, string) (kube.Inhabitants, error) {
		i := kube.Inhabitant{Resource: schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}}
		i.Name = "theirs"
		return kube.Inhabitants{Objects: []kube.Inhabitant{i}}, nil
	}
	left, err := c.Run(t.Context(), p)
	if err != nil || len(left) > 0 {
		t.Fatalf("left %v, %v", left, err)
	}
	if p.Namespaces[0].Fate != Kept || !strings.Contains(p.Namespaces[0].Reason, "theirs") {
		t.Errorf("the namespace is %+v", p.Namespaces[0])
	}
	held, err := c.typed.CoreV1().Namespaces().Get(t.Context(), "external-secrets", metav1.GetOptions{})
	if err != nil || held.Labels[kube.ManagedByLabel] != kube.FieldManager {
		t.Errorf("labels %v, %v", held.Labels, err)
	}
}
