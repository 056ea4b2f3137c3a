//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// TestBootstrap gives credentials in every wrong way, from wherever Infisical can be reached.
func TestBootstrap(t *testing.T) {
	t.Parallel()
	s := start(t, "bootstrap")
	id := read(t, s.Infisical.ClientIDFile)
	t.Run("placeholders and other mistakes cost no login", func(t *testing.T) { mistakesCostNothing(t, s, id) })
	t.Run("a wrong secret costs one login", func(t *testing.T) { wrongSecretCostsOne(t, s, id) })
	t.Run("a lock is not prolonged", func(t *testing.T) { lockIsNotProlonged(t, s, id) })
	t.Run("takes over what a person made", func(t *testing.T) { takesOver(t, s) })
	t.Run("stops before what others keep", func(t *testing.T) { stopsBeforeOthers(t, s) })
	t.Run("tokens are revoked", func(t *testing.T) { tokensEnd(t, s) })
	s.mustRun(t, append([]string{"install"}, s.chart()...)...)
	t.Run("verified by ESO", func(t *testing.T) { verifiedByESO(t, s, id) })
	t.Run("verified by ESO for several at once", func(t *testing.T) { verifiedByESOTwice(t, s) })
	t.Run("an Infisical that only the cluster reaches", func(t *testing.T) { onlyInCluster(t, s) })
	t.Run("a wrong administrator's secret costs one login", func(t *testing.T) { wrongAdminCostsOne(t, s) })
	t.Run("no value outside of the Secret", func(t *testing.T) { noLeak(t, s) })
}

// with replaces the file with the client secret.
func (s *sandbox) withSecret(file string, more ...string) []string {
	args := append([]string{"bootstrap", "--client-id-file", s.Infisical.ClientIDFile, "--client-secret-file", file}, s.project()...)
	return append(append(args, s.ca()...), more...)
}

func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "value")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func mistakesCostNothing(t *testing.T, s *sandbox, id string) {
	cost := s.during(t, id, func() {
		for content, text := range map[string]string{
			"<CLIENT_SECRET_FROM_STEP_2>": "placeholder", "REDACTED": "placeholder", "3e5d…": "placeholder", "$CLIENT_SECRET": "placeholder",
			id: "the same as the client ID", "": "is empty", "two words": "white space",
		} {
			s.run(t, s.withSecret(file(t, content))...).expect(t, 2, text, "Nothing has been changed")
		}
		args := append([]string{"bootstrap", "--client-id-file", s.Infisical.ClientSecretFile, "--client-secret-file", s.Infisical.ClientIDFile}, s.project()...)
		s.run(t, args...).expect(t, 2, "are swapped")
		s.run(t, s.bootstrap("--host", strings.Replace(s.Infisical.URL, "https://", "http://", 1))...).expect(t, 2, "unencrypted", "--plain-http")
	})
	if cost.Attempts != 0 {
		t.Errorf("they cost %v", cost)
	}
	gone(t, s.client(t), "secrets", "external-secrets", "infisical-eso-creds")
}

func wrongSecretCostsOne(t *testing.T, s *sandbox, id string) {
	for name, args := range map[string][]string{
		"bootstrap": s.withSecret(wrongSecret(t)),
		"up":        append(append([]string{"up", "--key", s.Infisical.Key}, s.withSecret(wrongSecret(t))[1:]...), s.chart()...),
	} {
		cost := s.during(t, id, func() { s.run(t, args...).expect(t, 1, "EI310") })
		if cost.Attempts != 1 || cost.Failures != 1 {
			t.Errorf("%s costs %v", name, cost)
		}
		gone(t, s.client(t), "secrets", "external-secrets", "infisical-eso-creds")
		// Two failures are one short of a lock, which the next test makes on purpose.
		s.mustRun(t, s.bootstrap()...)
		if err := s.client(t).Resource(resources["secrets"]).Namespace("external-secrets").Delete(t.Context(), "infisical-eso-creds", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	gone(t, s.client(t), "namespaces", "", "eso-test")
}

// lockIsNotProlonged tries a locked identity, and once more when the lock must be over by the time it was made.
func lockIsNotProlonged(t *testing.T, s *sandbox, id string) {
	s.control(t, "fault", "locked-identity")
	s.doubleControl(t, http.MethodPut, "/clock?advance=200s", nil)
	cost := s.during(t, id, func() { s.run(t, s.bootstrap()...).expect(t, 1, "EI311", "the lock ends by itself, at") })
	if cost.Attempts != 1 {
		t.Errorf("it costs %v", cost)
	}
	s.doubleControl(t, http.MethodPut, "/clock?advance=101s", nil)
	s.run(t, s.bootstrap()...).expect(t, 0, "verified")
	s.control(t, "heal", "locked-identity")
}

// handmade is a Secret as kubectl apply leaves it, with a copy of the values in an annotation.
func handmade(t *testing.T, s *sandbox) *unstructured.Unstructured {
	secret := &corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Name: "infisical-eso-creds", Namespace: "external-secrets"},
		StringData: map[string]string{"clientId": "0", "clientSecret": "old-value-made-by-hand"}}
	copied, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	secret.Annotations = map[string]string{"kubectl.kubernetes.io/last-applied-configuration": string(copied)}
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(secret)
	if err != nil {
		t.Fatal(err)
	}
	return &unstructured.Unstructured{Object: fields}
}

func replaceSecret(t *testing.T, s *sandbox, obj *unstructured.Unstructured, manager string) {
	t.Helper()
	api := s.client(t).Resource(resources["secrets"]).Namespace("external-secrets")
	_ = api.Delete(t.Context(), obj.GetName(), metav1.DeleteOptions{}) // it may not be there
	if _, err := api.Create(t.Context(), obj, metav1.CreateOptions{FieldManager: manager}); err != nil {
		t.Fatal(err)
	}
}

func takesOver(t *testing.T, s *sandbox) {
	replaceSecret(t, s, handmade(t, s), "kubectl-client-side-apply")
	s.run(t, s.bootstrap()...).expect(t, 0, "changed", "taken over from kubectl-client-side-apply", "annotation is removed")
	secret, err := s.client(t).Resource(resources["secrets"]).Namespace("external-secrets").Get(t.Context(), "infisical-eso-creds", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	annotations := secret.GetAnnotations()
	if _, leaks := annotations["kubectl.kubernetes.io/last-applied-configuration"]; leaks || annotations["eso-infisical.dev/verified-from"] != "local" {
		t.Errorf("annotations %v", annotations)
	}
	if prefix := annotations["eso-infisical.dev/client-secret-prefix"]; len(prefix) != 4 || !strings.HasPrefix(read(t, s.Infisical.ClientSecretFile), prefix) {
		t.Errorf("prefix %q", prefix)
	}
	s.run(t, s.bootstrap()...).expect(t, 0, "unchanged")
}

func stopsBeforeOthers(t *testing.T, s *sandbox) {
	for name, mark := range map[string]func(*unstructured.Unstructured){
		"Argo CD": func(o *unstructured.Unstructured) {
			o.SetAnnotations(map[string]string{"argocd.argoproj.io/tracking-id": "x"})
		},
		"Flux": func(o *unstructured.Unstructured) {
			o.SetLabels(map[string]string{"kustomize.toolkit.fluxcd.io/name": "infra"})
		},
		"External Secrets Operator": func(o *unstructured.Unstructured) {
			o.SetLabels(map[string]string{"reconcile.external-secrets.io/created-by": "0123"})
		},
	} {
		obj := handmade(t, s)
		mark(obj)
		replaceSecret(t, s, obj, "someone")
		s.run(t, s.bootstrap("--force-conflicts")...).expect(t, 1, "EI320", name)
		if got := held(t, s, "clientSecret"); got != "old-value-made-by-hand" {
			t.Errorf("%s: it was written nevertheless", name)
		}
	}
	replaceSecret(t, s, handmade(t, s), "vault-sync")
	s.run(t, s.bootstrap()...).expect(t, 1, "EI104", "vault-sync")
	s.run(t, s.bootstrap("--force-conflicts")...).expect(t, 0, "changed")
}

// verifiedByESO lets ESO judge the pair, with a store that is gone afterwards, also after a kill.
func verifiedByESO(t *testing.T, s *sandbox, id string) {
	s.run(t, s.bootstrap("--verify=cluster")...).expect(t, 0, "verified from inside the cluster")
	noProbe(t, s)
	cost := s.during(t, id, func() { s.run(t, s.withSecret(wrongSecret(t), "--verify=cluster")...).expect(t, 1, "EI310") })
	if cost.Attempts != 1 {
		t.Errorf("a wrong secret that ESO judges costs %v", cost)
	}
	noProbe(t, s)
	probeSurvivesKills(t, s)
}

// probeSurvivesKills kills verifications at their requests, and lets the next one clear up.
func probeSurvivesKills(t *testing.T, s *sandbox) {
	i := intercept(t, s)
	for _, when := range []moment{before, after} {
		for n := 1; ; n += killStep {
			request, killed := i.killAt(t, s, n, when, s.bootstrap("--verify=cluster")...)
			s.run(t, s.bootstrap("--verify=cluster")...).expect(t, 0, "verified from inside the cluster")
			noProbe(t, s)
			if t.Failed() {
				t.Fatalf("killed %s request %d, %s", when, n, request)
			}
			if !killed {
				t.Logf("killed %s one of each %d requests, up to the %dth", when, killStep, n-killStep)
				break
			}
		}
	}
}

// verifiedByESOTwice lets two runs verify at once, as from two machines.
func verifiedByESOTwice(t *testing.T, s *sandbox) {
	var runs []*invocation
	for n := range 3 {
		run := s.prepare(t.Context(), s.bootstrap("--verify=cluster", "--secret", fmt.Sprintf("creds-%d", n))...)
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
	}
	for _, run := range runs {
		run.finish(t).expect(t, 0, "created: credentials of the machine identity, verified from inside the cluster")
	}
	noProbe(t, s)
}

func noProbe(t *testing.T, s *sandbox) {
	t.Helper()
	for resource, namespace := range map[string]string{"clustersecretstores": "", "secrets": "external-secrets"} {
		list, err := s.client(t).Resource(resources[resource]).Namespace(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "eso-infisical.dev/purpose=probe"})
		if err != nil {
			t.Fatal(err)
		}
		for _, left := range list.Items {
			t.Errorf("%s %s is left", resource, left.GetName())
		}
	}
}

// onlyInCluster reaches Infisical by a name that this machine cannot resolve.
func onlyInCluster(t *testing.T, s *sandbox) {
	s.control(t, "publish")
	const host = "https://infisical.infisical.svc"
	s.run(t, s.bootstrap("--host", host)...).expect(t, 0, "verified; they see")
	s.run(t, s.bootstrap("--via", "service/infisical.infisical:443")...).expect(t, 0, "verified; they see")
	s.run(t, s.bootstrap("--host", "https://another.name.example", "--via", "service/infisical.infisical")...).expect(t, 1, "EI404")
	s.run(t, s.bootstrap("--host", host, "--via", "service/nothing.infisical")...).expect(t, 1, "service/nothing.infisical")
	s.run(t, s.bootstrap("--host", host, "--verify=cluster")...).expect(t, 0, "verified from inside the cluster")
	s.mustRun(t, append([]string{"apply-ca"}, s.ca()...)...)
	s.run(t, "apply-store", "--host", host, "--project", s.Infisical.ProjectSlug).expect(t, 0, "ready, "+host)
	s.run(t, "test", "--key", s.Infisical.Key).expect(t, 0, "keyed hashes are equal")
	s.run(t, s.bootstrap("--host", "https://infisical.no-such-name.invalid")...).expect(t, 1, "EI501", "--verify=cluster", "--via")
}
