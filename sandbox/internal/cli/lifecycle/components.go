package lifecycle

import (
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/supervise"
)

// components are the processes of the sandbox, in the order they start.
func (s Sandbox) components(sandbox state.Sandbox) ([]supervise.Component, error) {
	probes, err := s.probes(sandbox)
	if err != nil {
		return nil, err
	}
	list := []supervise.Component{
		{Name: Etcd},
		{Name: APIServer, After: []string{Etcd}},
		{Name: ControllerManager, After: []string{APIServer}},
		{Name: Scheduler, After: []string{APIServer}},
		// The node takes its pods' processes down with it, which needs longer.
		{Name: Node, After: []string{APIServer}, Grace: 15 * time.Second},
		{Name: Infisical, After: []string{APIServer}},
		{Name: Chart, After: []string{APIServer}},
	}
	for i := range list {
		c := &list[i]
		c.Argv = []string{sandbox.Executable, "component", c.Name, "--config", s.Dir.ComponentConfig(c.Name)}
		c.Env = cleanEnvironment(s.Environ)
		c.Log = s.Dir.Log(c.Name)
		c.Ready = probes[c.Name]
		if c.Grace == 0 {
			c.Grace = 5 * time.Second
		}
	}
	return list, nil
}

// probes ask the components whether they are ready, by their names.
func (s Sandbox) probes(sandbox state.Sandbox) (map[string]probe, error) {
	probes := map[string]probe{
		Etcd: dials("unix", sandbox.EtcdSocket()),
		Node: dials("unix", sandbox.EgressSocket()),
	}
	for _, p := range []struct{ name, ca, url string }{
		{APIServer, s.Dir.PKI(caCert), sandbox.APIServerURL() + "/readyz"},
		{ControllerManager, s.Dir.PKI(caCert), sandbox.ControllerManagerURL() + "/healthz"},
		{Scheduler, s.Dir.PKI(caCert), sandbox.SchedulerURL() + "/readyz"},
		{Infisical, s.Dir.InfisicalCA(), sandbox.InfisicalURL() + "/api/status"},
		{Chart, "", sandbox.ChartRepoURL() + "/index.yaml"},
	} {
		var err error
		if probes[p.name], err = getOK(p.ca, p.url); err != nil {
			return nil, err
		}
	}
	return probes, nil
}

// cleanEnvironment leaves out what would lead the components away from the sandbox: another cluster, a proxy, other
// certificate authorities.
func cleanEnvironment(environ []string) []string {
	var clean []string
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		switch strings.ToUpper(name) {
		case "KUBECONFIG", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
			"KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT":
		default:
			clean = append(clean, variable)
		}
	}
	return clean
}
