//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

func (s *sandbox) rotate(more ...string) []string {
	return append(append([]string{"rotate", "credentials", "--settle", "1s"}, s.admin()...), more...)
}

// rotation rotates while ESO works, kills rotations at every step, and gives a new pair by hand.
func rotation(t *testing.T, s *sandbox, admin *administrator) {
	s.mustRun(t, "test", "--keep", "--key", s.Infisical.Key)
	defer s.mustRun(t, "cleanup")
	t.Run("failures before and after the switch", func(t *testing.T) { rotationFails(t, s, admin) })
	t.Run("syncs meanwhile", func(t *testing.T) { syncsMeanwhile(t, s, admin) })
	t.Run("the old one is kept for a time", func(t *testing.T) { keepsOld(t, s, admin) })
	t.Run("killed, then converges", func(t *testing.T) { rotateSurvivesKills(t, s, admin) })
	t.Run("a pair by hand", func(t *testing.T) { pairByHand(t, s, admin) })
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
			if err := forceSync(t.Context(), s.client(t), "eso-test", "test-dashscope-api-key", false); err != nil {
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

// forceSync annotates an ExternalSecret and waits until ESO has synced it again. A failed sync shows in its Ready condition, which may be
// there already where the object is to be mended.
func forceSync(ctx context.Context, client dynamic.Interface, namespace, name string, mend bool) error {
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
		if status := readyStatus(es); status == "False" && !mend {
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
	defer i.lead(t, s)()
	for _, when := range []moment{before, after} {
		for n := 1; ; n += rotationKillStep {
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
				t.Logf("killed %s one of each %d requests, up to the %dth", when, rotationKillStep, n-rotationKillStep)
				if n < 8 {
					t.Errorf("fewer than %d requests change something, so that something is not intercepted", n)
				}
				break
			}
		}
	}
	s.addCanary(t, held(t, s, "clientSecret"))
}

// lead makes ESO reach Infisical through the interceptor, until the function that it returns is called.
func (i *interceptor) lead(t *testing.T, s *sandbox) func() {
	t.Helper()
	to := func(host string) {
		s.mustRun(t, "apply-store", "--store", "infisical-archon-platform", "--host", host)
	}
	// apply-ca sees the CA work with the store's server, which is the sandbox's before and after.
	s.mustRun(t, "apply-ca", "--ca-file", file(t, read(t, s.Infisical.CAFile)+"\n"+read(t, i.caFile)+"\n"))
	to(i.infisicalURL)
	return func() {
		to(s.Infisical.URL)
		s.mustRun(t, append([]string{"apply-ca"}, s.ca()...)...)
	}
}

// keepsOld rotates with an old client secret that stays valid for a time, for which nobody waits.
func keepsOld(t *testing.T, s *sandbox, admin *administrator) {
	old := held(t, s, "clientSecret")
	s.run(t, s.rotate("--keep-old", "1h")...).expect(t, 0, "rotated", old[:4]+"…, is valid until")
	s.addCanary(t, held(t, s, "clientSecret"))
	if live := admin.liveSecrets(t, admin.identities(t, identityName)[0]); len(live) != 2 || held(t, s, "previousClientSecret") != old {
		t.Fatalf("there are %d client secrets, and the old pair is kept: %t", len(live), held(t, s, "previousClientSecret") == old)
	}
	before := versions(t, s.client(t))
	s.run(t, s.rotate()...).expect(t, 0, "unchanged", "is valid until")
	s.run(t, s.createIdentity()...).expect(t, 0, "unchanged")
	s.run(t, "bootstrap", "--verify=none", "--client-id-file", clientIDFile(t, s), "--client-secret-file", file(t, held(t, s, "clientSecret"))).expect(t, 0, "unchanged")
	if diff := cmp.Diff(before, versions(t, s.client(t))); diff != "" {
		t.Errorf("runs while the old client secret is kept change something:\n%s", diff)
	}
	s.run(t, s.rotate("--keep-old", "1s")...).expect(t, 0, old[:4]+"…, is revoked")
	admin.oneOfEach(t, identityName)
	if held(t, s, "previousClientSecret") != "" {
		t.Error("the old pair is still in the Secret")
	}
}

// rotationFails breaks rotations before the switch, which must change nothing, and after it, which must put the old pair back.
func rotationFails(t *testing.T, s *sandbox, admin *administrator) {
	i := intercept(t, s)
	defer i.lead(t, s)()
	_, old := admin.oneOfEach(t, identityName)
	before := held(t, s, "clientSecret")
	fails := func(texts []string, refuse func(mine bool, r *http.Request) bool) {
		t.Helper()
		i.setRefuse(refuse)
		run := s.prepare(t.Context(), s.rotate()...)
		run.Env = append(run.Env, "KUBECONFIG="+i.kubeconfig)
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		run.finish(t).expect(t, 1, texts...)
		i.setRefuse(nil)
		if _, secret := admin.oneOfEach(t, identityName); secret.ID != old.ID || held(t, s, "clientSecret") != before || held(t, s, "previousClientSecret") != "" {
			t.Errorf("live is %s…, it was %s…; the pair in the cluster is the old one: %t", secret.Prefix, old.Prefix, held(t, s, "clientSecret") == before)
		}
	}
	login := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/universal-auth/login") }
	versionsBefore := versions(t, s.client(t))
	fails([]string{"verify the credentials"}, func(mine bool, r *http.Request) bool { return mine && login(r) })
	if diff := cmp.Diff(versionsBefore, versions(t, s.client(t))); diff != "" {
		t.Errorf("a failure before the switch changes the cluster:\n%s", diff)
	}
	switches := 0
	fails([]string{"EI325", "the old one is back in place"}, func(mine bool, r *http.Request) bool {
		if mine && r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/secrets/infisical-eso-creds") && r.URL.Query().Get("dryRun") == "" {
			switches++
		}
		return !mine && login(r) && switches == 1
	})
	if switches != 2 {
		t.Errorf("the Secret was written %d times", switches)
	}
	s.run(t, "apply-store", "--store", "infisical-archon-platform").expect(t, 0, "ready")
	if err := forceSync(t.Context(), s.client(t), "eso-test", "test-dashscope-api-key", true); err != nil {
		t.Fatal(err)
	}
}

// pairByHand rotates without an administrator's access.
func pairByHand(t *testing.T, s *sandbox, admin *administrator) {
	id, old := admin.oneOfEach(t, identityName)
	var made struct {
		ClientSecret     string
		ClientSecretData secretRecord
	}
	admin.call(t, http.MethodPost, "/api/v1/auth/universal-auth/identities/"+id+"/client-secrets", map[string]any{"description": "by hand"}, &made)
	s.addCanary(t, made.ClientSecret)
	run := func() result {
		i := s.prepare(t.Context(), "rotate", "credentials", "--client-id-file", clientIDFile(t, s), "--client-secret-stdin")
		i.Stdin = strings.NewReader(made.ClientSecret + "\n")
		if err := i.Start(); err != nil {
			t.Fatal(err)
		}
		return i.finish(t)
	}
	run().expect(t, 0, "rotated", "still valid; revoke it in Infisical")
	if held(t, s, "clientSecret") != made.ClientSecret || len(admin.liveSecrets(t, id)) != 2 {
		t.Error("the pair was not put in place, or the old one was revoked")
	}
	run().expect(t, 0, "unchanged")
	s.run(t, "rotate", "credentials", "--keep-old", "1h", "--client-id-file", clientIDFile(t, s), "--client-secret-stdin").expect(t, 2, "--keep-old")
	// An administrator's rotation afterwards ends what nobody has any more.
	s.run(t, s.rotate()...).expect(t, 0, "is revoked")
	s.addCanary(t, held(t, s, "clientSecret"))
	if _, live := admin.oneOfEach(t, identityName); live.ID == old.ID {
		t.Error("the oldest client secret is the one that is left")
	}
}
