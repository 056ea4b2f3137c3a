package uninstall

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func TestAWebhookThatDoesNotAnswer(t *testing.T) {
	tests := []struct {
		name    string
		pods    int64
		force   bool
		answer  error
		objects bool
		blocked string
		silence bool
	}{
		{"answers", 1, false, nil, true, "", false},
		{"answers, by force", 1, true, nil, true, "", false},
		{"dead, controller alive", 1, false, dead, true, "EI221", false},
		{"dead, controller alive, by force", 1, true, dead, true, "", true},
		{"dead, controller away, by force", 0, true, dead, true, "", true},
		{"dead, and nothing to delete", 1, false, dead, false, "", false},
		{"unknown, controller alive, by force", 1, true, clustertest.Forbidden("clustersecretstores"), true, "", false},
		{"unknown, controller away, by force", 0, true, clustertest.Forbidden("clustersecretstores"), true, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCluster(t)
			if tt.objects { // without finalizers: the webhook is asked about every deletion
				if err := c.dynamic.Tracker().Add(of(t, "ClusterSecretStore", "store")); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.dynamic.Tracker().Update(kube.DeploymentsResource, controller(t, tt.pods), "external-secrets"); err != nil {
				t.Fatal(err)
			}
			c.ForceFinalizers = tt.force
			c.addWebhook(t, tt.answer)
			p := c.planned(t)
			var blocked *BlockedError
			if err := c.Check(p); errors.As(err, &blocked) != (tt.blocked != "") || blocked != nil && string(blocked.Blockers[0].Code) != tt.blocked {
				t.Errorf("%v, want %q", err, tt.blocked)
			}
			if p.silence != tt.silence {
				t.Errorf("silence %t", p.silence)
			}
		})
	}
}

func TestADeadWebhookGoesBeforeAnythingIsDeleted(t *testing.T) {
	c := newCluster(t, of(t, "ClusterSecretStore", "store"))
	c.ForceFinalizers = true
	c.addWebhook(t, dead)
	if _, err := c.run(t); err != nil {
		t.Fatal(err)
	}
	if deleted := c.deletions(); deleted[0] != "validatingwebhookconfigurations/externalsecret-validate" || deleted[1] != "clustersecretstores/store" {
		t.Errorf("deleted %v", deleted)
	}
}

// TestWhatAControllerDoesNotLetGo: a controller that runs gets its time, and finalizers are taken from what it still holds then.
func TestWhatAControllerDoesNotLetGo(t *testing.T) {
	for name, tt := range map[string]struct {
		force, foreign bool
		advice         string
	}{
		"held":                      {false, false, "--force-finalizers"},
		"by force":                  {true, false, ""},
		"by force, held by another": {true, true, "ESO's finalizers have been taken away"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { controllerHolds(t, tt.force, tt.foreign, tt.advice) })
		})
	}
}

func controllerHolds(t *testing.T, force, foreign bool, advice string) {
	es := externalSecret(t, "shop", "db")
	if foreign {
		es.SetFinalizers(append(es.GetFinalizers(), "example.com/mine"))
	}
	c := newCluster(t, es)
	c.ForceFinalizers = force
	c.holdFinalizers(t)
	_, err := c.run(t)
	var held *HeldError
	if errors.As(err, &held) != (advice != "") || held != nil && !strings.Contains(err.Error(), advice) {
		t.Errorf("%v, want %q", err, advice)
	}
	if patched := slices.Contains(clustertest.Verbs(&c.dynamic.Fake, "externalsecrets"), "patch"); patched != force {
		t.Errorf("finalizers taken away: %t", patched)
	}
}

// holdFinalizers makes the cluster delete an ExternalSecret only when it has no finalizer any more, as the API server does.
func (c *cluster) holdFinalizers(t *testing.T) {
	t.Helper()
	tracker := c.dynamic.Tracker()
	c.dynamic.PrependReactor("delete", "externalsecrets", func(action clienttesting.Action) (bool, runtime.Object, error) {
		held, err := tracker.Get(eso.ExternalSecrets, action.GetNamespace(), action.(clienttesting.DeleteAction).GetName())
		if err != nil {
			return true, nil, err
		}
		going := held.(*unstructured.Unstructured).DeepCopy()
		now := metav1.Now()
		going.SetDeletionTimestamp(&now)
		return true, nil, tracker.Update(eso.ExternalSecrets, going, going.GetNamespace())
	})
	c.dynamic.PrependReactor("patch", "externalsecrets", func(action clienttesting.Action) (bool, runtime.Object, error) {
		patch := action.(clienttesting.PatchAction)
		if strings.Contains(string(patch.GetPatch()), `"finalizers":[]`) {
			return true, &unstructured.Unstructured{}, tracker.Delete(eso.ExternalSecrets, patch.GetNamespace(), patch.GetName())
		}
		return false, nil, nil
	})
}
