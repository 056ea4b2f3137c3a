// Package verify finds out whether a machine identity's credentials work, from wherever Infisical can be reached: from this machine,
// through the API server to a pod, or by ESO's own eyes from inside the cluster.
package verify

import (
	"fmt"
	"time"

	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// Mode says who tries the credentials out.
type Mode string

// The modes. Local asks Infisical from this machine, Cluster lets ESO ask, None asks nobody.
const (
	Local   Mode = "local"
	Cluster Mode = "cluster"
	None    Mode = "none"
)

// ParseMode reads what a person typed.
func ParseMode(text string) (Mode, error) {
	switch m := Mode(text); m {
	case Local, Cluster, None:
		return m, nil
	}
	return "", fmt.Errorf("%q is no way to verify credentials: use local, cluster or none", text)
}

// Server is Infisical and the way to it.
type Server struct {
	Host string
	// CA is trusted beside the system's certificates, as ESO does; an empty bundle adds nothing.
	CA trust.Bundle
	// Via leads to a pod behind this Service, through the API server; an empty one leads straight to Host, unless Host is a name that only
	// the cluster knows.
	Via kube.ServicePort
}

// Verifier tries credentials out.
type Verifier struct {
	Dynamic dynamic.Interface
	// Forward makes connections to a Service, see kube.Connection.DialService.
	Forward func(kube.ServicePort) (kube.Dial, error)
	// Namespace is where ESO and its credentials are.
	Namespace string
	// Silence is how long a probe must not move to count as left by a killed run; 0 stands for a time that any run would move in.
	Silence time.Duration
	// Progress receives one line whenever what is waited for changes.
	Progress func(string)
}

// Client makes a client for the server. TLS is verified against the host's real name, whatever the way.
func (v *Verifier) Client(s Server) (*infisical.Client, error) {
	dial, err := v.dial(s)
	if err != nil {
		return nil, err
	}
	return infisical.New(s.Host, infisical.Options{RootCAs: s.CA.Pool(), Dial: dial})
}

// dial is the way to the server, nil for the network.
func (v *Verifier) dial(s Server) (kube.Dial, error) {
	via, found := s.via()
	if !found {
		return nil, nil
	}
	return v.Forward(via)
}

// via is the Service that the connection goes through, given or read from a host name such as infisical.tools.svc.
func (s Server) via() (kube.ServicePort, bool) {
	if s.Via.Name != "" {
		return s.Via, true
	}
	return kube.ServiceAt(s.Host)
}
