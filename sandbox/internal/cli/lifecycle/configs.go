package lifecycle

import (
	"fmt"
	"os"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/chart"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/controlplane"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/publish"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
)

// The images that the node runs this program as ESO for, the older one in charts before 1.0. The tag does not matter.
const (
	operatorImage      = "ghcr.io/external-secrets/external-secrets"
	olderOperatorImage = "oci.external-secrets.io/external-secrets/external-secrets"
)

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// write fills a claimed state directory with everything the components read.
func write(d state.Dir, sandbox state.Sandbox) error {
	if err := os.MkdirAll(d.Logs(), 0o700); err != nil {
		return fmt.Errorf("make the directory for logs: %w", err)
	}
	if err := certificates(d, sandbox); err != nil {
		return err
	}
	if err := seedFiles(d, sandbox.OrgID); err != nil {
		return err
	}
	if err := state.WriteFile(d.APIServerFile("egress"), []byte(controlplane.EgressSelector(sandbox.EgressSocket()))); err != nil {
		return err
	}
	if err := state.WriteFile(d.APIServerFile("authentication"), []byte(controlplane.Authentication())); err != nil {
		return err
	}
	if err := state.WriteFile(d.APIServerFile("audit"), []byte(controlplane.AuditPolicy())); err != nil {
		return err
	}
	for name, config := range configs(d, sandbox) {
		if err := state.WriteJSON(d.ComponentConfig(name), config); err != nil {
			return err
		}
	}
	return nil
}

func configs(d state.Dir, sandbox state.Sandbox) map[string]any {
	return map[string]any{
		Etcd: controlplane.Etcd{
			DataDir:      d.Etcd(),
			ClientSocket: sandbox.EtcdSocket(),
			PeerSocket:   sandbox.EtcdPeerSocket(),
		},
		APIServer: apiServerConfig(d, sandbox),
		ControllerManager: controlplane.ControllerManager{
			Kubeconfig:       d.ComponentKubeconfig(ControllerManager),
			TokenSigningFile: d.PKI(tokenKey),
			RootCAFile:       d.PKI(caCert),
			Health:           health(d, sandbox.Ports.ControllerManager),
		},
		Scheduler: controlplane.Scheduler{
			Kubeconfig: d.ComponentKubeconfig(Scheduler),
			Health:     health(d, sandbox.Ports.Scheduler),
		},
		Node: node.Config{
			Kubeconfig:   d.ComponentKubeconfig(Node),
			NodeName:     nodeName,
			Dir:          d.Node(),
			Listen:       loopback(sandbox.Ports.Kubelet),
			TLSCertFile:  certFile(d, kubeletPair),
			TLSKeyFile:   keyFile(d, kubeletPair),
			ClientCAFile: d.PKI(kubeletClientCA),
			EgressSocket: sandbox.EgressSocket(),
			Images: map[string][]string{
				operatorImage:      {sandbox.Executable, "eso"},
				olderOperatorImage: {sandbox.Executable, "eso"},
				publish.Image:      {sandbox.Executable, "relay", "--to=" + loopback(sandbox.Ports.Infisical)},
			},
		},
		Infisical: infisical.Config{
			Listen:        loopback(sandbox.Ports.Infisical),
			Era:           sandbox.Era,
			TLSCertFile:   certFile(d, infisicalPair),
			TLSKeyFile:    keyFile(d, infisicalPair),
			SeedFile:      d.Seed(),
			ControlSocket: sandbox.ControlSocket(),
		},
		Chart: chart.Config{Listen: loopback(sandbox.Ports.Chart), Dir: sandbox.ChartDir},
	}
}

func health(d state.Dir, port int) controlplane.Health {
	return controlplane.Health{Port: port, TLSCertFile: certFile(d, healthPair), TLSKeyFile: keyFile(d, healthPair)}
}

func apiServerConfig(d state.Dir, sandbox state.Sandbox) controlplane.APIServer {
	return controlplane.APIServer{
		Port:               sandbox.Ports.APIServer,
		EtcdSocket:         sandbox.EtcdSocket(),
		CertDir:            d.PKI(""),
		ClientCAFile:       d.PKI(caCert),
		TLSCertFile:        certFile(d, apiServerPair),
		TLSKeyFile:         keyFile(d, apiServerPair),
		TokenKeyFile:       d.PKI(tokenPublicKey),
		TokenSigningFile:   d.PKI(tokenKey),
		KubeletCAFile:      d.PKI(caCert),
		KubeletCertFile:    certFile(d, kubeletClientPair),
		KubeletKeyFile:     keyFile(d, kubeletClientPair),
		EgressFile:         d.APIServerFile("egress"),
		AuthenticationFile: d.APIServerFile("authentication"),
		AuditPolicyFile:    d.APIServerFile("audit"),
		AuditLogFile:       d.Log("audit"),
	}
}
