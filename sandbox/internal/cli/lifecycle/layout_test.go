package lifecycle

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/controlplane"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
)

func laidOut(t *testing.T) (state.Dir, state.Sandbox) {
	t.Helper()
	d := state.Dir(filepath.Join(t.TempDir(), "a b"))
	if err := d.Claim(); err != nil {
		t.Fatal(err)
	}
	sandbox := state.Sandbox{
		Name: "test", Executable: "/opt/eso-sandbox", ChartDir: "/opt/chart", SocketDir: "/tmp/eso-sandbox-1",
		Ports: state.Ports{APIServer: 1001, Kubelet: 1002, Infisical: 1003, Chart: 1004},
	}
	if err := write(d, sandbox); err != nil {
		t.Fatal(err)
	}
	return d, sandbox
}

// Every file that a component's configuration names must be there, or nobody would make it.
func TestComponentsFindTheirFiles(t *testing.T) {
	d, _ := laidOut(t)
	api, err := read[controlplane.APIServer](d.ComponentConfig(APIServer))
	if err != nil {
		t.Fatal(err)
	}
	controllers, err := read[controlplane.ControllerManager](d.ComponentConfig(ControllerManager))
	if err != nil {
		t.Fatal(err)
	}
	scheduler, err := read[controlplane.Scheduler](d.ComponentConfig(Scheduler))
	if err != nil {
		t.Fatal(err)
	}
	agent, err := read[node.Config](d.ComponentConfig(Node))
	if err != nil {
		t.Fatal(err)
	}
	double, err := read[infisical.Config](d.ComponentConfig(Infisical))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		api.ClientCAFile, api.TLSCertFile, api.TLSKeyFile, api.TokenKeyFile, api.TokenSigningFile, api.KubeletCAFile,
		api.KubeletCertFile, api.KubeletKeyFile, api.EgressFile, api.AuthenticationFile, api.AuditPolicyFile,
		controllers.Kubeconfig, controllers.TokenSigningFile, controllers.RootCAFile, controllers.Health.TLSCertFile,
		controllers.Health.TLSKeyFile, scheduler.Kubeconfig, scheduler.Health.TLSCertFile, scheduler.Health.TLSKeyFile,
		agent.Kubeconfig, agent.TLSCertFile, agent.TLSKeyFile, agent.ClientCAFile,
		double.TLSCertFile, double.TLSKeyFile, double.SeedFile,
	} {
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%q: %v", path, err)
		}
	}
	if agent.EgressSocket == "" || !strings.Contains(controlplane.EgressSelector(agent.EgressSocket), agent.EgressSocket) {
		t.Errorf("egress socket of the node: %q", agent.EgressSocket)
	}
	if got := agent.Images[operatorImage]; !slices.Equal(got, []string{"/opt/eso-sandbox", "eso"}) {
		t.Errorf("the operator's image runs %q", got)
	}
}

func TestNothingIsForOthersToRead(t *testing.T) {
	d, _ := laidOut(t)
	err := filepath.Walk(string(d), func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("mode of %s: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSeedFilesBelongTogether(t *testing.T) {
	d, _ := laidOut(t)
	var s infisical.Seed
	if err := state.ReadJSON(d.Seed(), &s); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{d.ClientID(): s.ClientID, d.ClientSecret(): s.ClientSecret} {
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want+"\n" || want == "" {
			t.Errorf("%s does not hold what the seed has", path)
		}
	}
	if len(s.ClientSecret) != 64 || s.Secrets[Environment][Key] == "" || s.ProjectSlug != ProjectSlug {
		t.Error("the seed lacks what the report promises")
	}
	if other := NewSeed("org"); other.ClientSecret == s.ClientSecret || other.Secrets[Environment][Key] == s.Secrets[Environment][Key] {
		t.Error("two seeds have the same secrets")
	}
}

func TestKubeconfigNamesTheSandbox(t *testing.T) {
	d, _ := laidOut(t)
	config, err := clientcmd.LoadFromFile(d.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	cluster := config.Clusters["eso-sandbox-test"]
	if config.CurrentContext != "eso-sandbox-test" || cluster == nil || cluster.Server != "https://127.0.0.1:1001" {
		t.Errorf("context %q, cluster %+v", config.CurrentContext, cluster)
	}
}

func TestCleanEnvironment(t *testing.T) {
	got := cleanEnvironment([]string{"PATH=/bin", "KUBECONFIG=/x", "https_proxy=http://x", "HTTP_PROXY=x", "HOME=/h"})
	if want := []string{"PATH=/bin", "HOME=/h"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
