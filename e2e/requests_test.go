//go:build e2e

package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// The share of Helm's requests to the API server that an install may take.
const requestShare = 0.6

const helmAgent = "helm-for-comparison"

// TestInstallTakesFewRequests counts those of an install and of Helm's own by the API server's audit log. Helm is its SDK, told to do as
// helm upgrade --install --wait does.
func TestInstallTakesFewRequests(t *testing.T) {
	t.Parallel()
	s := start(t, "requests")
	s.mustRun(t, s.install()...)
	ours := s.requests(t, "kubectl-eso-infisical/")
	wipe(t, s.client(t))
	s.installByHelm(t)
	helms := s.requests(t, helmAgent)
	if ours == 0 || helms == 0 {
		t.Fatalf("%d requests of ours and %d of Helm's were seen, so nothing is proved", ours, helms)
	}
	share := float64(ours) / float64(helms)
	t.Logf("install: %d requests, helm: %d, ratio %.2f", ours, helms, share)
	if share > requestShare {
		t.Errorf("install takes %d requests and helm %d: more than %.0f %%", ours, helms, 100*requestShare)
	}
}

// requests counts what the programs with that user agent have asked of the API server.
func (s *sandbox) requests(t *testing.T, agent string) int {
	t.Helper()
	return len(s.audited(t, agent, 0))
}

func (s *sandbox) installByHelm(t *testing.T) {
	t.Helper()
	flags := genericclioptions.NewConfigFlags(true)
	*flags.KubeConfig = s.Kubeconfig
	flags.WithWrapConfigFn(func(c *rest.Config) *rest.Config { c.UserAgent = helmAgent; return c })
	config := &action.Configuration{}
	if err := config.Init(flags, "external-secrets", "secret", func(string, ...any) {}); err != nil {
		t.Fatal(err)
	}
	install := action.NewInstall(config)
	install.ReleaseName, install.Namespace, install.CreateNamespace = "external-secrets", "external-secrets", true
	install.Wait, install.Timeout = true, 4*time.Minute
	if _, err := install.RunWithContext(t.Context(), s.loadChart(t), map[string]any{"installCRDs": true}); err != nil {
		t.Fatal(err)
	}
}

// loadChart fetches the sandbox's chart.
func (s *sandbox) loadChart(t *testing.T) *chart.Chart {
	t.Helper()
	answer, err := http.Get(strings.TrimSuffix(s.ChartRepo, "/") + "/external-secrets-" + s.ChartVersion + ".tgz")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	loaded, err := loader.LoadArchive(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func (s *sandbox) typed(t *testing.T) kubernetes.Interface {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", s.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}
