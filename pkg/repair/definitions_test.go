package repair

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

// held is an ExternalSecret that the deletion of its definition has caught, with its Secret.
func held(t *testing.T, c *cluster) {
	t.Helper()
	es := clustertest.Object(t, `
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {namespace: shop, name: db, uid: u, finalizers: [externalsecrets.external-secrets.io/externalsecret-cleanup]}`)
	deleted := metav1.NewTime(now)
	es.SetDeletionTimestamp(&deleted)
	secret := clustertest.Object(t, `
apiVersion: v1
kind: Secret
metadata: {namespace: shop, name: db, uid: s, ownerReferences: [{apiVersion: external-secrets.io/v1, kind: ExternalSecret, name: db, uid: u}]}`)
	c.add(t, es, secret)
}

// releases notes in which order Secrets are let go and finalizers taken away, which then does what is given.
func (c *cluster) releases(taken func() error) *[]string {
	order := &[]string{}
	c.typed.PrependReactor("patch", "secrets", func(clienttesting.Action) (bool, runtime.Object, error) {
		*order = append(*order, "let go")
		return true, &corev1.Secret{}, nil
	})
	c.dynamic.PrependReactor("patch", "externalsecrets", func(clienttesting.Action) (bool, runtime.Object, error) {
		*order = append(*order, "finalizer")
		return true, &unstructured.Unstructured{}, taken()
	})
	return order
}

func TestAHalfDeletedDefinitionWithoutAController(t *testing.T) {
	c := newCluster(t)
	terminate(t, c)
	c.idle(t)
	held(t, c)
	c.restore = []*unstructured.Unstructured{definition(t), deployment(t, 1)}
	order := c.releases(func() error {
		// Nothing holds the definition any more, so it goes, and the object with it.
		_ = c.dynamic.Tracker().Delete(eso.ExternalSecrets, "shop", "db")
		return c.dynamic.Tracker().Delete(crds.Resource, "", definitionName)
	})
	p := c.planned(t)
	if f := p.Findings[0]; len(f.Held) != 1 || !strings.Contains(f.Held[0], "ExternalSecret shop/db") || f.Risk == "" {
		t.Errorf("finding %+v", f)
	}
	if err := c.Run(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if want := []string{"let go", "finalizer"}; !slices.Equal(*order, want) || c.settled != 1 {
		t.Errorf("order %v, settled %d times", *order, c.settled)
	}
}

func TestASecretIsKeptBeforeItsOwnerIsMarkedAsDeleted(t *testing.T) {
	c := newCluster(t)
	terminate(t, c)
	c.idle(t)
	held(t, c)
	// Kubernetes marks the objects of a definition one by one. This one's turn comes right after the Secrets were looked at.
	obj, err := c.dynamic.Tracker().Get(eso.ExternalSecrets, "shop", "db")
	if err != nil {
		t.Fatal(err)
	}
	marked := obj.(*unstructured.Unstructured)
	unmarked := marked.DeepCopy()
	unmarked.SetDeletionTimestamp(nil)
	update := func(o *unstructured.Unstructured) error {
		return c.dynamic.Tracker().Update(eso.ExternalSecrets, o, "shop")
	}
	if err := update(unmarked); err != nil {
		t.Fatal(err)
	}
	c.dynamic.PrependReactor("list", "secrets", func(clienttesting.Action) (bool, runtime.Object, error) { return false, nil, update(marked) })
	order := c.releases(func() error { return nil })
	s, err := c.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.letGo(t.Context(), s, eso.Kind{Name: "ExternalSecret", Resource: eso.ExternalSecrets}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"let go", "finalizer"}; !slices.Equal(*order, want) {
		t.Errorf("order %v", *order)
	}
}

func TestFinalizersAreTheControllersWhereOneRuns(t *testing.T) {
	c := newCluster(t)
	terminate(t, c)
	held(t, c)
	p := c.planned(t)
	if !strings.Contains(p.Findings[0].Repair, "wait") {
		t.Errorf("repair %q", p.Findings[0].Repair)
	}
	go func() {
		_ = c.dynamic.Tracker().Delete(crds.Resource, "", definitionName)
	}()
	c.restore = []*unstructured.Unstructured{definition(t)}
	if err := c.Run(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(clustertest.Verbs(&c.dynamic.Fake, "externalsecrets"), "patch") {
		t.Error("a finalizer was taken away")
	}
}
