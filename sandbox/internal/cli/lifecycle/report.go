package lifecycle

import (
	"errors"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/chart"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/fault"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
)

// Report is all that a user or a test needs to know about a sandbox. It holds paths of secrets, but no secret.
type Report struct {
	Name         string `json:"name"`
	Dir          string `json:"dir"`
	Running      bool   `json:"running"`
	Kubeconfig   string `json:"kubeconfig"`
	ChartRepo    string `json:"chartRepo"`
	ChartVersion string `json:"chartVersion"`
	// OlderChartVersion is one that the repository also has, to upgrade from.
	OlderChartVersion string            `json:"olderChartVersion"`
	Infisical         InfisicalReport   `json:"infisical"`
	Faults            []string          `json:"faults"`
	Components        []ComponentReport `json:"components"`
}

// InfisicalReport says where the Infisical double is and what to read from it.
type InfisicalReport struct {
	URL              string `json:"url"`
	Era              string `json:"era"`
	CAFile           string `json:"caFile"`
	ClientIDFile     string `json:"clientIdFile"`
	ClientSecretFile string `json:"clientSecretFile"`
	ProjectSlug      string `json:"projectSlug"`
	Environment      string `json:"environment"`
	Key              string `json:"key"`

	// What an administrator has, and where the double takes orders.
	AdminTokenFile        string `json:"adminTokenFile"`
	AdminClientIDFile     string `json:"adminClientIdFile"`
	AdminClientSecretFile string `json:"adminClientSecretFile"`
	OrgID                 string `json:"orgId"`
	ControlSocket         string `json:"controlSocket"`
}

// ComponentReport says how one component is.
type ComponentReport struct {
	Name     string `json:"name"`
	PID      int    `json:"pid"`
	Running  bool   `json:"running"`
	Restarts int    `json:"restarts"`
}

// Report looks at the sandbox. Running means that its supervisor is there and every component has a process.
func (s Sandbox) Report() (Report, error) {
	report := Report{
		Name: s.Name, Dir: string(s.Dir), ChartVersion: chart.Version, OlderChartVersion: chart.OlderVersion,
		Faults: []string{}, Components: []ComponentReport{},
	}
	sandbox, err := s.Dir.Load()
	if errors.Is(err, state.ErrNone) {
		return report, nil
	}
	if err != nil {
		return report, err
	}
	report.Name = sandbox.Name
	report.Kubeconfig = s.Dir.Kubeconfig()
	report.ChartRepo = sandbox.ChartRepoURL()
	report.Infisical = InfisicalReport{
		URL: sandbox.InfisicalURL(), Era: sandbox.Era, CAFile: s.Dir.InfisicalCA(),
		ClientIDFile: s.Dir.ClientID(), ClientSecretFile: s.Dir.ClientSecret(),
		ProjectSlug: ProjectSlug, Environment: Environment, Key: Key,
		AdminTokenFile: s.Dir.AdminToken(), AdminClientIDFile: s.Dir.AdminClientID(), AdminClientSecretFile: s.Dir.AdminClientSecret(),
		OrgID: sandbox.OrgID, ControlSocket: sandbox.ControlSocket(),
	}
	if report.Faults, err = fault.Active(s.Dir.Faults()); err != nil {
		return report, err
	}
	return report, s.reportComponents(&report)
}

func (s Sandbox) reportComponents(report *Report) error {
	status, err := s.status()
	if err != nil {
		return err
	}
	alive := s.Dir.SupervisorAlive()
	report.Running = alive && len(status.Components) > 0
	for _, c := range status.Components {
		if !alive { // what a dead supervisor said last no longer holds
			c.PID, c.Running = 0, false
		}
		report.Running = report.Running && c.Running
		report.Components = append(report.Components, ComponentReport{Name: c.Name, PID: c.PID, Running: c.Running, Restarts: c.Restarts})
	}
	return nil
}
