package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Sandbox is what is decided once, when a sandbox is made, and holds until it is removed.
type Sandbox struct {
	Name       string `json:"name"`
	Executable string `json:"executable"` // the multi-call binary that every component is started from
	ChartDir   string `json:"chartDir"`   // the packaged chart repository
	SocketDir  string `json:"socketDir"`  // unix sockets; a short path outside the state directory, see MakeSocketDir
	Era        string `json:"era"`        // whose manner the Infisical double has
	OrgID      string `json:"orgId"`      // the organisation in the Infisical double
	Ports      Ports  `json:"ports"`
}

// ErrNone means that there is no sandbox in a directory.
var ErrNone = errors.New("no sandbox here")

// Load reads which sandbox the directory holds; ErrNone if it holds none.
func (d Dir) Load() (Sandbox, error) {
	var sandbox Sandbox
	err := ReadJSON(d.Marker(), &sandbox)
	if errors.Is(err, os.ErrNotExist) {
		return Sandbox{}, ErrNone
	}
	return sandbox, err
}

// Save writes the marker.
func (d Dir) Save(sandbox Sandbox) error { return WriteJSON(d.Marker(), sandbox) }

// EtcdSocket is where etcd listens. A socket in a private directory keeps other users of the machine away from it.
func (s Sandbox) EtcdSocket() string { return filepath.Join(s.SocketDir, "etcd") }

// EtcdPeerSocket is where etcd would listen for its peers if it had any.
func (s Sandbox) EtcdPeerSocket() string { return filepath.Join(s.SocketDir, "etcd-peer") }

// EgressSocket is the proxy through which the API server reaches webhooks and the node.
func (s Sandbox) EgressSocket() string { return filepath.Join(s.SocketDir, "egress") }

// ControlSocket is where the Infisical double takes orders about faults.
func (s Sandbox) ControlSocket() string { return filepath.Join(s.SocketDir, "infisical") }

// APIServerURL is where kubectl and the components connect.
func (s Sandbox) APIServerURL() string { return fmt.Sprintf("https://127.0.0.1:%d", s.Ports.APIServer) }

// ControllerManagerURL is where kube-controller-manager says how it is.
func (s Sandbox) ControllerManagerURL() string {
	return fmt.Sprintf("https://127.0.0.1:%d", s.Ports.ControllerManager)
}

// SchedulerURL is where kube-scheduler says how it is.
func (s Sandbox) SchedulerURL() string { return fmt.Sprintf("https://127.0.0.1:%d", s.Ports.Scheduler) }

// InfisicalURL is the address of the Infisical double.
func (s Sandbox) InfisicalURL() string { return fmt.Sprintf("https://127.0.0.1:%d", s.Ports.Infisical) }

// ChartRepoURL is the address of the local chart repository.
func (s Sandbox) ChartRepoURL() string { return fmt.Sprintf("http://127.0.0.1:%d", s.Ports.Chart) }
