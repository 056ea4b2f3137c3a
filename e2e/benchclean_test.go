//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// benchRemovesOnlyItsOwn lets the benchmark's program meet External Secrets Operator that it has not installed, and then some that it could have.
func benchRemovesOnlyItsOwn(t *testing.T, s *sandbox) {
	program := filepath.Join(t.TempDir(), "bench")
	if out, err := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", program, "./bench").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	bench := func(args ...string) result {
		cmd := exec.Command(program, args...)
		var out, errOut bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errOut
		cmd.Env = append(os.Environ(), "KUBECONFIG="+s.Kubeconfig)
		_ = cmd.Run() // the exit code says it all
		return result{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
	}
	context := "eso-sandbox-" + s.name
	before := s.everything(t)
	bench("-clean", "-yes").expect(t, 2, "-context")
	bench("-context", context, "-clean", "-yes").expect(t, 1, "nothing is removed")
	bench("-context", context, "install").expect(t, 1, "must be without External Secrets Operator", "namespaces/external-secrets")
	s.applyYAML(t, `{apiVersion: v1, kind: ConfigMap, metadata: {namespace: default, name: eso-infisical-bench}, data: {store: infisical-`+s.Infisical.ProjectSlug+`}}`)
	bench("-context", context, "-clean").expect(t, 0, "customresourcedefinitions/"+storesCRD, "nothing was removed")
	s.asks(t, "theirs", "ClusterSecretStore", storeName, s.Infisical.Key)
	bench("-context", context, "-clean", "-yes").expect(t, 1, "nothing is removed", "externalsecrets/default/theirs")
	s.forget(t, "theirs")
	s.waitUntil(t, "the ExternalSecret is gone", func() bool { return len(s.names(t, resources["externalsecrets"])) == 0 })
	if diff := cmp.Diff(before, s.everything(t)); diff != "" {
		t.Errorf("objects have changed:\n%s", diff)
	}
	bench("-context", context, "-clean", "-yes").expect(t, 0, "namespaces/external-secrets")
	if left := s.esoDefinitions(t); len(left) > 0 {
		t.Errorf("left are %s", strings.Join(left, ", "))
	}
	gone(t, s.client(t), "namespaces", "", "external-secrets")
	gone(t, s.client(t), "configmaps", "default", "eso-infisical-bench")
}
