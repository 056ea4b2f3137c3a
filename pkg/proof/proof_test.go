package proof

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func TestProofOfASecretThatArrived(t *testing.T) {
	for _, keep := range []bool{false, true} {
		c := newCluster(t)
		c.syncs(t, map[string][]byte{targetKey: []byte(canary)})
		req := request()
		req.Keep = keep
		report, err := c.Run(t.Context(), req)
		if err != nil || len(report.Keys) != 1 || report.Keys[0].Outcome != Equal || report.Uncompared != nil {
			t.Fatalf("got %+v, %v", report, err)
		}
		if text := report.Keys[0].Sentence(); strings.Contains(text, canary) {
			t.Errorf("the value is shown: %s", text)
		}
		externalSecrets, namespaces := c.left(t)
		if kept := externalSecrets == 1 && namespaces == 1; kept != keep || !kept && externalSecrets+namespaces != 0 {
			t.Errorf("keep %t: %d ExternalSecrets and %d namespaces are left", keep, externalSecrets, namespaces)
		}
	}
}

func TestAFailedProofLeavesNothingBehind(t *testing.T) {
	for name, data := range map[string]map[string][]byte{"EI808": {targetKey: []byte("another value")}, "EI804": nil} {
		c := newCluster(t)
		c.syncs(t, data)
		_, err := c.Run(t.Context(), request())
		if codeOf(err) != name || strings.Contains(err.Error(), "another value") {
			t.Errorf("error = %v, want %s", err, name)
		}
		if externalSecrets, namespaces := c.left(t); externalSecrets+namespaces != 0 {
			t.Errorf("%d ExternalSecrets and %d namespaces are left", externalSecrets, namespaces)
		}
	}
}

func TestAnInterruptedProofLeavesNothingBehind(t *testing.T) {
	c := newCluster(t)
	ctx, cancel := context.WithCancel(t.Context())
	c.Progress = func(string) { cancel() } // as soon as ESO is waited for
	_, err := c.Run(ctx, request())
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	if externalSecrets, namespaces := c.left(t); externalSecrets+namespaces != 0 {
		t.Errorf("%d ExternalSecrets and %d namespaces are left", externalSecrets, namespaces)
	}
}

func TestInANamespaceOfOthersOnlyTheTestGoes(t *testing.T) {
	c := newCluster(t, space(false), externalSecret(t, "theirs", false))
	c.syncs(t, map[string][]byte{targetKey: []byte(canary)})
	if _, err := c.Run(t.Context(), request()); err != nil {
		t.Fatal(err)
	}
	if externalSecrets, namespaces := c.left(t); externalSecrets != 1 || namespaces != 1 {
		t.Errorf("%d ExternalSecrets and %d namespaces are left", externalSecrets, namespaces)
	}
}

func TestNothingOfOthersIsReplaced(t *testing.T) {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "eso-test", Name: "test-key"}}
	for name, c := range map[string]*cluster{
		"ExternalSecret": newCluster(t, space(false), externalSecret(t, "test-key", false)),
		"Secret":         newCluster(t, space(false), secret),
	} {
		_, err := c.Run(t.Context(), request())
		if codeOf(err) != "EI813" || !strings.Contains(err.Error(), name+" eso-test/test-key") {
			t.Errorf("%s: error = %v", name, err)
		}
		for _, verb := range clustertest.Verbs(&c.dynamic.Fake, "externalsecrets") {
			if verb != "get" {
				t.Errorf("%s: asked to %s", name, verb)
			}
		}
	}
}

func TestWithoutTheRightsNothingIsMade(t *testing.T) {
	c := newCluster(t)
	c.answer(false)
	_, err := c.Run(t.Context(), request())
	var denied *kube.DeniedError
	if !errors.As(err, &denied) || !strings.Contains(err.Error(), "create namespaces") {
		t.Errorf("error = %v", err)
	}
	if _, namespaces := c.left(t); namespaces != 0 {
		t.Error("the namespace was made")
	}
}

func TestAnInfisicalThatOnlyTheClusterReaches(t *testing.T) {
	c := newCluster(t)
	c.syncs(t, map[string][]byte{targetKey: []byte(canary)})
	req := request()
	req.Read = func(context.Context, func(Reader) error) error {
		return &infisical.UnreachableError{Op: "log in", Host: "h", Err: errors.New("no such host")}
	}
	report, err := c.Run(t.Context(), req)
	if err != nil || report.Uncompared == nil || !report.Asked() || report.Keys[0].Outcome != Uncompared {
		t.Errorf("got %+v, %v", report, err)
	}
	req.Read = nil
	if report, err := c.Run(t.Context(), req); err != nil || report.Asked() || report.Keys[0].Outcome != Uncompared {
		t.Errorf("without being asked to compare: %+v, %v", report, err)
	}
}

func TestARefusalThatESOMeetsTooFails(t *testing.T) {
	c := newCluster(t)
	c.syncs(t, map[string][]byte{targetKey: []byte(canary)})
	req := request()
	req.Read = func(context.Context, func(Reader) error) error {
		return &cause.Error{Tried: "read the Secret", Cause: cause.CredentialsMissing}
	}
	if _, err := c.Run(t.Context(), req); codeOf(err) != "EI301" {
		t.Errorf("error = %v", err)
	}
	req.Read = func(context.Context, func(Reader) error) error { return clustertest.Forbidden("secrets") }
	if report, err := c.Run(t.Context(), req); err != nil || !apierrors.IsForbidden(report.Uncompared) {
		t.Errorf("who may not read the Secret: %+v, %v", report, err)
	}
}

func TestAnESOThatIsBusyDoesNotKeepTheNamespace(t *testing.T) {
	c := newCluster(t, space(true), externalSecret(t, "test-key", true))
	// ESO's finalizer keeps the ExternalSecret.
	c.dynamic.PrependReactor("delete", "externalsecrets", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, nil })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Cleanup(ctx, "eso-test", false); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error = %v", err)
	}
	if removal, err := c.removeSpace(t.Context(), "eso-test"); err != nil || removal.Outcome != kube.Deleted {
		t.Errorf("got %+v, %v", removal, err)
	}
	if _, namespaces := c.left(t); namespaces != 0 {
		t.Error("the namespace stays")
	}
}

func TestARefusedPairCostsOneExternalSecret(t *testing.T) {
	for text, want := range map[string]int{
		`APIError: CallUniversalAuthLogin unsuccessful response [status-code=401] [message="Invalid credentials"]`: 1,
		`could not get secret data from provider: [message="Secret with name 'A' not found"]`:                      3,
	} {
		c := newCluster(t)
		c.fails(t, text)
		req := request()
		req.Keys = []string{"A", "B", "C"}
		report, err := c.Run(t.Context(), req)
		if err == nil || len(report.Keys) != 3 {
			t.Errorf("%s: %+v, %v", text, report, err)
		}
		if made := c.made(); made != want {
			t.Errorf("%s: %d ExternalSecrets were made, want %d", text, made, want)
		}
	}
}
