//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// syncsDuringRotation is how many forced syncs must succeed while client secrets are rotated.
const syncsDuringRotation = 200

func (s *sandbox) rotate(more ...string) []string {
	return append(append([]string{"rotate", "credentials", "--settle", "1s"}, s.admin()...), more...)
}

// rotation rotates while ESO works, kills rotations at every step, and gives a new pair by hand.
func rotation(t *testing.T, s *sandbox, admin *administrator) {
	s.mustRun(t, "test", "--keep", "--key", s.Infisical.Key)
	defer s.mustRun(t, "cleanup")
	t.Run("200 syncs meanwhile", func(t *testing.T) { syncsMeanwhile(t, s, admin) })
	t.Run("killed at every step, then converges", func(t *testing.T) { rotateSurvivesKills(t, s, admin) })
	t.Run("a pair that does not work changes nothing", func(t *testing.T) {
		before := versions(t, s.client(t))
		cost := s.during(t, held(t, s, "clientId"), func() {
			s.run(t, "rotate", "credentials", "--client-id-file", clientIDFile(t, s), "--client-secret-file", wrongSecret(t)).expect(t, 1, "EI310")
		})
		if cost.Attempts != 1 {
			t.Errorf("a wrong pair costs %v", cost)
		}
		if now := versions(t, s.client(t)); fmt.Sprint(now) != fmt.Sprint(before) {
			t.Error("something in the cluster has changed")
		}
	})
}

// syncsMeanwhile forces syncs of one ExternalSecret, one after the other, while one rotation follows the other.
func syncsMeanwhile(t *testing.T, s *sandbox, admin *administrator) {
	ctx, done := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() {
		defer done()
		for n := range syncsDuringRotation {
			if err := forceSync(t.Context(), s.client(t), "eso-test", "test-dashscope-api-key"); err != nil {
				t.Errorf("sync %d: %v", n, err)
				return
			}
		}
	})
	rotations := 0
	for ; ctx.Err() == nil; rotations++ {
		r := s.run(t, s.rotate()...)
		r.expect(t, 0, "rotated", "is revoked", "synced with it: eso-test/test-dashscope-api-key")
		s.addCanary(t, held(t, s, "clientSecret"))
		if t.Failed() {
			break
		}
	}
	wait.Wait()
	t.Logf("%d syncs during %d rotations", syncsDuringRotation, rotations)
	admin.oneOfEach(t, identityName)
}

// forceSync annotates an ExternalSecret and waits until ESO has synced it again. A failed sync shows in its Ready condition.
func forceSync(ctx context.Context, client dynamic.Interface, namespace, name string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	api := client.Resource(resources["externalsecrets"]).Namespace(namespace)
	synced := func(es *unstructured.Unstructured) string {
		version, _, _ := unstructured.NestedString(es.Object, "status", "syncedResourceVersion")
		return version
	}
	es, err := api.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	before := synced(es)
	patch := fmt.Sprintf(`{"metadata":{"annotations":{"force-sync":%q}}}`, time.Now().Format(time.RFC3339Nano))
	if _, err := api.Patch(ctx, name, types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		return err
	}
	watch, err := api.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + name})
	if err != nil {
		return err
	}
	defer watch.Stop()
	for event := range watch.ResultChan() {
		es, ok := event.Object.(*unstructured.Unstructured)
		if !ok {
			continue
		}
		if status := readyStatus(es); status == "False" {
			return fmt.Errorf("it is not ready: %v", es.Object["status"])
		} else if status == "True" && synced(es) != before {
			return nil
		}
	}
	return fmt.Errorf("wait for the sync: %w", ctx.Err())
}

func readyStatus(obj *unstructured.Unstructured) string {
	conditions, _, _ := unstructured.NestedSlice(obj.Object, "status", "conditions")
	for _, c := range conditions {
		if m, ok := c.(map[string]any); ok && m["type"] == "Ready" {
			status, _ := m["status"].(string)
			return status
		}
	}
	return ""
}

// rotateSurvivesKills kills "rotate credentials" at each request that changes something, and lets the next run complete it.
func rotateSurvivesKills(t *testing.T, s *sandbox, admin *administrator) {
	i := intercept(t, s)
	s.mustRun(t, "apply-ca", "--ca-file", i.caFile)
	s.mustRun(t, "apply-store", "--store", "infisical-archon-platform", "--host", i.infisicalURL)
	defer func() {
		s.mustRun(t, append([]string{"apply-ca"}, s.ca()...)...)
		s.mustRun(t, "apply-store", "--store", "infisical-archon-platform", "--host", s.Infisical.URL)
	}()
	for _, when := range []moment{before, after} {
		for n := 1; ; n++ {
			request, killed := i.killAt(t, s, n, when, s.rotate()...)
			if killed {
				s.mustRun(t, s.rotate()...)
			}
			_, secret := admin.oneOfEach(t, identityName)
			value := held(t, s, "clientSecret")
			if value[:4] != secret.Prefix || held(t, s, "previousClientSecret") != "" {
				t.Errorf("killed %s %s: the cluster holds %s…, live is %s…, and the old pair is kept: %t", when, request, value[:4], secret.Prefix,
					held(t, s, "previousClientSecret") != "")
			}
			if t.Failed() {
				t.Fatalf("killed %s request %d, %s", when, n, request)
			}
			if !killed {
				t.Logf("killed %s each of %d requests", when, n-1)
				if n < 8 {
					t.Errorf("only %d requests change something, so that something is not intercepted", n-1)
				}
				break
			}
		}
	}
	s.addCanary(t, held(t, s, "clientSecret"))
}
