package crds

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

var widgets = schema.GroupVersionResource{Group: "example.io", Version: "v1", Resource: "widgets"}

// cluster holds a definition whose objects may be stored as v1beta1, and n objects.
func cluster(t *testing.T, n int) *fake.FakeDynamicClient {
	t.Helper()
	objects := []runtime.Object{object(t, []string{"v1beta1", "v1"}, version{name: "v1", served: true, storage: true}, version{name: "v1beta1"})}
	for i := range n {
		objects = append(objects, clustertest.Object(t, fmt.Sprintf("apiVersion: example.io/v1\nkind: Widget\nmetadata: {name: w%d, namespace: team}\nspec: {a: b}", i)))
	}
	kinds := map[schema.GroupVersionResource]string{Resource: "CustomResourceDefinitionList", widgets: "WidgetList"}
	return fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds, objects...)
}

func storedIn(t *testing.T, client *fake.FakeDynamicClient) []string {
	t.Helper()
	d, err := read(t.Context(), client, "widgets.example.io")
	if err != nil {
		t.Fatal(err)
	}
	return d.Stored
}

var retire = Migration{Definition: "widgets.example.io", Retire: []string{"v1beta1"}}

func TestMigrateRewritesAndPrunes(t *testing.T) {
	client := cluster(t, 20)
	var told []string
	n, err := retire.Migrate(t.Context(), client, func(line string) { told = append(told, line) })
	if err != nil || n != 20 {
		t.Fatalf("%d objects, %v", n, err)
	}
	if diff := cmp.Diff([]string{"v1"}, storedIn(t, client)); diff != "" {
		t.Error(diff)
	}
	updates := slices.DeleteFunc(clustertest.Verbs(&client.Fake, "widgets"), func(verb string) bool { return verb != "update" })
	if len(updates) != 20 || !slices.Contains(told, "rewriting widgets.example.io: 20 objects") {
		t.Errorf("%d updates, told %q", len(updates), told)
	}
	if n, err := retire.Migrate(t.Context(), client, func(string) {}); err != nil || n != 20 || len(storedIn(t, client)) != 1 {
		t.Errorf("the second run: %d objects, %v", n, err)
	}
}

func TestMigrateReadsAgainWhatSomebodyHasChanged(t *testing.T) {
	client := cluster(t, 1)
	conflicts := 0
	client.PrependReactor("update", "widgets", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if conflicts++; conflicts > 1 {
			return false, nil, nil
		}
		changed := action.(clienttesting.UpdateAction).GetObject().(*unstructured.Unstructured).DeepCopy()
		if err := unstructured.SetNestedField(changed.Object, "theirs", "spec", "a"); err != nil {
			return true, nil, err
		}
		if err := client.Tracker().Update(widgets, changed, "team"); err != nil {
			return true, nil, err
		}
		return true, nil, apierrors.NewConflict(widgets.GroupResource(), "w0", errors.New("it has been modified"))
	})
	if _, err := retire.Migrate(t.Context(), client, func(string) {}); err != nil {
		t.Fatal(err)
	}
	obj, err := client.Resource(widgets).Namespace("team").Get(t.Context(), "w0", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if a, _, _ := unstructured.NestedString(obj.Object, "spec", "a"); a != "theirs" {
		t.Errorf("somebody else's change is undone: %q", a)
	}
}

func TestMigrateGoesOnWithoutWhatHasBeenDeleted(t *testing.T) {
	client := cluster(t, 3)
	client.PrependReactor("update", "widgets", func(action clienttesting.Action) (bool, runtime.Object, error) {
		name := action.(clienttesting.UpdateAction).GetObject().(*unstructured.Unstructured).GetName()
		return name == "w1", nil, apierrors.NewNotFound(widgets.GroupResource(), name)
	})
	if n, err := retire.Migrate(t.Context(), client, func(string) {}); err != nil || n != 3 || len(storedIn(t, client)) != 1 {
		t.Errorf("%d objects, %v", n, err)
	}
}

func TestMigratePrunesNothingWhereAnObjectIsRefused(t *testing.T) {
	client := cluster(t, 3)
	clustertest.Refuse(&client.Fake, "update", "widgets", errors.New("a webhook refuses it"))
	_, err := retire.Migrate(t.Context(), client, func(string) {})
	var refused *RewriteError
	if !errors.As(err, &refused) || refused.Object.Namespace != "team" || !strings.Contains(err.Error(), "a webhook refuses it") {
		t.Errorf("error %v", err)
	}
	if len(storedIn(t, client)) != 2 {
		t.Error("the list of stored versions was pruned")
	}
}

func TestMigrateStopsWhenStorageHasMoved(t *testing.T) {
	client := cluster(t, 1)
	client.PrependReactor("update", "widgets", func(clienttesting.Action) (bool, runtime.Object, error) {
		moved := object(t, []string{"v1beta1", "v1"}, version{name: "v1", served: true}, version{name: "v1beta1", served: true, storage: true})
		return false, nil, client.Tracker().Update(Resource, moved, "")
	})
	if _, err := retire.Migrate(t.Context(), client, func(string) {}); err == nil || !strings.Contains(err.Error(), "meanwhile") {
		t.Errorf("error %v", err)
	}
	if len(storedIn(t, client)) != 2 {
		t.Error("the list of stored versions was pruned")
	}
}

func TestMigrateRefusesTheVersionThatIsWritten(t *testing.T) {
	_, err := Migration{Definition: "widgets.example.io", Retire: []string{"v1"}}.Migrate(t.Context(), cluster(t, 1), func(string) {})
	if err == nil || !strings.Contains(err.Error(), "still stores objects as v1") {
		t.Errorf("error %v", err)
	}
}

func TestMigrateEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := cluster(t, 5)
	client.PrependReactor("update", "widgets", func(clienttesting.Action) (bool, runtime.Object, error) {
		cancel()
		return true, nil, ctx.Err()
	})
	if _, err := retire.Migrate(ctx, client, func(string) {}); !errors.Is(err, context.Canceled) || len(storedIn(t, client)) != 2 {
		t.Errorf("error %v", err)
	}
}

func TestKeepMarksWhatIsNotMarked(t *testing.T) {
	client := cluster(t, 0)
	definitions, err := InCluster(t.Context(), client, client.Resource(Resource), ".example.io")
	if err != nil || len(definitions) != 1 || definitions[0].Kept {
		t.Fatalf("%+v, %v", definitions, err)
	}
	for _, want := range []int{1, 0} {
		n, err := Keep(t.Context(), client, definitions)
		if err != nil || n != want {
			t.Errorf("%d marked, %v", n, err)
		}
		if definitions, err = InCluster(t.Context(), client, client.Resource(Resource), ".example.io"); err != nil || !definitions[0].Kept {
			t.Errorf("%+v, %v", definitions, err)
		}
	}
	if others, err := InCluster(t.Context(), client, client.Resource(Resource), ".other.io"); err != nil || len(others) != 0 {
		t.Errorf("%+v, %v", others, err)
	}
}
