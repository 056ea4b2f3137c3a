package kube

import (
	"errors"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

func TestApplyForcesOnlyWhenTold(t *testing.T) {
	for _, force := range []bool{false, true} {
		client := newFake()
		client.PrependReactor("patch", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
			options := action.(clienttesting.PatchActionImpl).PatchOptions
			if options.FieldManager != FieldManager || options.Force == nil || *options.Force != force {
				t.Errorf("force %t: options %+v", force, options)
			}
			return true, thing("a", "x"), nil
		})
		if _, outcome, err := Apply(t.Context(), client.Resource(things).Namespace("ns"), thing("a", "x"), force); err != nil || outcome != Created {
			t.Errorf("force %t: %s, %v", force, outcome, err)
		}
	}
}

func TestApplyNamesTheOtherFieldManager(t *testing.T) {
	client := newFake(thing("a", "old"))
	client.PrependReactor("patch", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewApplyConflict(nil, `conflict with "kubectl-create"`)
	})
	_, _, err := Apply(t.Context(), client.Resource(things).Namespace("ns"), thing("a", "new"), false)
	var named *cause.Error
	if !errors.As(err, &named) || named.Cause.Code != "EI104" || !strings.Contains(named.Cause.Fix, "--force-conflicts") {
		t.Fatalf("error = %v", err)
	}
	if !apierrors.IsConflict(err) || !strings.Contains(err.Error(), "apply ConfigMap a: ") || !strings.Contains(err.Error(), "kubectl-create") {
		t.Errorf("error = %v", err)
	}
}

func TestApplyKeepsAChangeThatSomebodyElseHasMade(t *testing.T) {
	client := newFake(thing("a", "old"))
	client.PrependReactor("patch", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewConflict(things.GroupResource(), "a", errors.New(registry))
	})
	obj := thing("a", "new")
	obj.SetResourceVersion("1")
	_, _, err := Apply(t.Context(), client.Resource(things).Namespace("ns"), obj, true)
	var named *cause.Error
	if !errors.As(err, &named) || named.Cause.Code != "EI105" || !apierrors.IsConflict(err) {
		t.Fatalf("error = %v", err)
	}
}

// registry is the API server's own text.
const registry = "the object has been modified; please apply your changes to the latest version and try again"

func TestPreviewWritesNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		after string
		want  Outcome
	}{"nothing differs": {"old", Unchanged}, "a field differs": {"new", Changed}} {
		client := newFake(thing("a", "old"))
		client.PrependReactor("patch", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
			if dry := action.(clienttesting.PatchActionImpl).PatchOptions.DryRun; len(dry) != 1 || dry[0] != "All" {
				t.Errorf("%s: dry run %v", name, dry)
			}
			return true, thing("a", tt.after), nil // with the version that it had
		})
		if _, outcome, err := Preview(t.Context(), client.Resource(things).Namespace("ns"), thing("a", tt.after), false); err != nil || outcome != tt.want {
			t.Errorf("%s: %s, %v", name, outcome, err)
		}
	}
}
