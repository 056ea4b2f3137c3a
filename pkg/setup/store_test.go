package setup

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// inputsOf is what the product notes on a store of which ESO has looked at this version of the Secret, and at no CA.
func inputsOf(secretVersion string) string { return "credentials=" + secretVersion + " ca=none" }

// withStore is a cluster that holds the desired store of project p, judged as ready says, and its Secret in the version that ESO has
// looked at.
func withStore(t *testing.T, ready string) *cluster {
	t.Helper()
	s := store("p")
	held := clustertest.Ready(s.Object(), ready)
	held.SetAnnotations(map[string]string{"eso-infisical.dev/inputs": inputsOf("7")})
	c := newCluster(held, clustertest.Object(t, `{apiVersion: v1, kind: Secret, metadata: {
		name: infisical-eso-creds, namespace: external-secrets, resourceVersion: "7"}}`))
	c.Desired.Host, c.Desired.Project, c.Desired.Environment, c.Desired.Path, c.Desired.Store = s.Host, s.Project, s.Environment, s.Path, s.Name
	return c
}

// withValidStore is the same with an ESO that finds the store valid whenever it looks.
func withValidStore(t *testing.T, ready string) *cluster {
	t.Helper()
	c := withStore(t, ready)
	c.judgeWith(t, "True", "Valid", "store validated")
	return c
}

// judgeWith makes ESO report so on each change of the store. Its status moves when ESO is told to look without a change.
func (c *cluster) judgeWith(t *testing.T, ready, reason, message string) {
	t.Helper()
	event := clustertest.Object(t, `
apiVersion: v1
kind: Event
metadata: {name: verdict, namespace: default}
lastTimestamp: "2026-01-01T00:00:00Z"`)
	event.Object["reason"], event.Object["message"] = reason, message
	looks := 0
	c.dynamic.PrependReactor("patch", "clustersecretstores", func(action clienttesting.Action) (bool, runtime.Object, error) {
		tracker := c.dynamic.Tracker()
		looks++
		event.SetResourceVersion(strconv.Itoa(looks))
		err := tracker.Create(kube.EventsResource, event.DeepCopy(), "default")
		if apierrors.IsAlreadyExists(err) {
			err = tracker.Update(kube.EventsResource, event.DeepCopy(), "default")
		}
		if err != nil {
			return true, nil, err
		}
		if action.(clienttesting.PatchActionImpl).PatchType != types.MergePatchType {
			return false, nil, nil
		}
		held, err := tracker.Get(eso.ClusterSecretStores, "", "infisical-p")
		if err != nil {
			return true, nil, err
		}
		judged := clustertest.Ready(held.(*unstructured.Unstructured).DeepCopy(), ready)
		return false, nil, tracker.Update(eso.ClusterSecretStores, judged, "")
	})
}

// touched reports whether ESO was told to look at the store.
func (c *cluster) touched() bool {
	for _, action := range c.dynamic.Actions() {
		patch, ok := action.(clienttesting.PatchActionImpl)
		if ok && patch.PatchType == types.MergePatchType && strings.Contains(string(patch.Patch), "checked-at") {
			return true
		}
	}
	return false
}

// inputsNoted is what the store says that ESO has looked at.
func (c *cluster) inputsNoted(t *testing.T) string {
	t.Helper()
	held, err := c.dynamic.Resource(eso.ClusterSecretStores).Get(t.Context(), c.Desired.Store, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return held.GetAnnotations()["eso-infisical.dev/inputs"]
}

func TestApplyStoreLeavesAReadyOneAlone(t *testing.T) {
	c := withValidStore(t, "True")
	result, err := c.ApplyStore(t.Context())
	if err != nil || result.Outcome != kube.Unchanged || c.touched() {
		t.Errorf("got %+v, %v; touched: %t", result, err, c.touched())
	}
	if want := "ready, https://p.example.com project p environment staging path /app"; result.Detail != want {
		t.Errorf("detail %q", result.Detail)
	}
}

func TestApplyStoreChangesWhatDiffers(t *testing.T) {
	t.Parallel()
	c := withValidStore(t, "True")
	c.Desired.Environment = "prod"
	result, err := c.ApplyStore(t.Context())
	if err != nil || result.Outcome != kube.Changed || c.inputsNoted(t) != inputsOf("7") {
		t.Errorf("got %+v, %v; noted %q", result, err, c.inputsNoted(t))
	}
}

func TestApplyStoreMakesESOLookAtOneThatWasNotReady(t *testing.T) {
	t.Parallel()
	c := withValidStore(t, "False")
	result, err := c.ApplyStore(t.Context())
	if err != nil || result.Outcome != kube.Unchanged || !c.touched() {
		t.Errorf("got %+v, %v; touched: %t", result, err, c.touched())
	}
}

func TestApplyStoreMakesESOLookAtInputsItHasNotSeen(t *testing.T) {
	t.Parallel()
	ca := configMap("")
	caObject := object("ConfigMap", eso.Reference{Namespace: ca.Namespace, Name: ca.Name})
	caObject.SetResourceVersion("3")
	annotate := func(c *cluster, inputs string) error {
		return c.dynamic.Tracker().Update(eso.ClusterSecretStores, func() *unstructured.Unstructured {
			held := clustertest.Ready(store("p").Object(), "True")
			if inputs != "" {
				held.SetAnnotations(map[string]string{"eso-infisical.dev/inputs": inputs})
			}
			return held
		}(), "")
	}
	tests := []struct {
		name   string
		change func(*cluster) error
		want   string
	}{
		{"another version of the Secret", func(c *cluster) error { return annotate(c, inputsOf("6")) }, inputsOf("7")},
		{"nothing noted", func(c *cluster) error { return annotate(c, "") }, inputsOf("7")},
		{"a CA since then", func(c *cluster) error {
			return errors.Join(c.typed.Tracker().Add(ca), c.dynamic.Tracker().Add(caObject))
		}, "credentials=7 ca=3"},
		{"a Secret that is gone", func(c *cluster) error {
			return c.dynamic.Tracker().Delete(secretsResource, "external-secrets", "infisical-eso-creds")
		}, "credentials=unknown at "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := withValidStore(t, "True")
			if err := tt.change(c); err != nil {
				t.Fatal(err)
			}
			if _, err := c.ApplyStore(t.Context()); err != nil || !c.touched() || !strings.HasPrefix(c.inputsNoted(t), tt.want) {
				t.Fatalf("error %v, touched: %t, noted %q", err, c.touched(), c.inputsNoted(t))
			}
			c.dynamic.ClearActions()
			_, err := c.ApplyStore(t.Context())
			if known := !strings.Contains(tt.want, "unknown"); err != nil || c.touched() == known {
				t.Errorf("a second time: %v, touched: %t", err, c.touched())
			}
		})
	}
}

func TestApplyStoreNamesTheCause(t *testing.T) {
	t.Parallel()
	c := withStore(t, "False")
	c.judgeWith(t, "False", "InvalidProviderConfig", `unable to log in: [status-code=401] [message="Invalid credentials"]`)
	_, err := c.ApplyStore(t.Context())
	var named *cause.Error
	if !errors.As(err, &named) || named.Cause.Code != "EI310" || strings.Contains(named.Cause.Fix, "delete clustersecretstore") {
		t.Errorf("error = %v with the fix %q", err, named.Cause.Fix)
	}
}

func TestANewStoreThatFailsCanBeRemoved(t *testing.T) {
	t.Parallel()
	c := withStore(t, "True")
	if err := c.dynamic.Tracker().Delete(eso.ClusterSecretStores, "", "infisical-p"); err != nil {
		t.Fatal(err)
	}
	c.judgeWith(t, "False", "InvalidProviderConfig", `unable to log in: [status-code=401] [message="Invalid credentials"]`)
	result, err := c.ApplyStore(t.Context())
	var named *cause.Error
	if !errors.As(err, &named) || named.Cause.Code != "EI310" || !strings.HasSuffix(named.Cause.Fix, "kubectl delete clustersecretstore infisical-p") {
		t.Fatalf("error = %v", err)
	}
	if result.Outcome != kube.Created {
		t.Errorf("got %+v", result)
	}
}

func TestFieldsOfOthersAreTakenOverOnlyWhenTold(t *testing.T) {
	for _, force := range []bool{false, true} {
		c := withStore(t, "True")
		c.dynamic.PrependReactor("patch", "*", clustertest.OwnedByOthers)
		c.Desired.ForceConflicts = force
		_, storeErr := c.ApplyStore(t.Context())
		_, secretErr := c.Bootstrap(t.Context(), infisical.UniversalAuth{ClientID: "id", ClientSecret: canary})
		for name, err := range map[string]error{"store": storeErr, "Secret": secretErr} {
			if (err == nil) != force || !force && codeOf(err) != "EI104" {
				t.Errorf("%s, force %t: error = %v", name, force, err)
			}
		}
	}
}

func TestCurrentStore(t *testing.T) {
	c := newCluster(store("p").Object(), clustertest.Object(t,
		"{apiVersion: external-secrets.io/v1, kind: ClusterSecretStore, metadata: {name: v}, spec: {provider: {vault: {}}}}"))
	for name, want := range map[string]struct{ code, text string }{
		"infisical-p": {"", ""}, "absent": {"EI701", "does not exist"}, "v": {"", "not a store for Infisical"},
	} {
		c.Desired.Store = name
		got, err := c.currentStore(t.Context())
		if codeOf(err) != want.code || want.text == "" && (err != nil || got.Project != "p") ||
			want.text != "" && (err == nil || !strings.Contains(err.Error(), want.text)) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
