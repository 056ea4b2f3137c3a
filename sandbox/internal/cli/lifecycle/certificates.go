package lifecycle

import (
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/controlplane"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/pki"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/publish"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
)

// Files below the state directory's pki.
const (
	caCert            = "ca.crt"
	kubeletClientCA   = "kubelet-client-ca.crt"
	tokenKey          = "service-account.key"
	tokenPublicKey    = "service-account.pub"
	apiServerPair     = "kube-apiserver"
	healthPair        = "health" // of the controller manager and the scheduler
	kubeletPair       = "kubelet"
	kubeletClientPair = "kubelet-client"
	infisicalPair     = "infisical"
	infisicalCA       = "infisical-ca" // its key alone is kept here
)

func certFile(d state.Dir, pair string) string { return d.PKI(pair + ".crt") }
func keyFile(d state.Dir, pair string) string  { return d.PKI(pair + ".key") }

func writePair(d state.Dir, name string, pair pki.Pair) error {
	if err := state.WriteFile(certFile(d, name), pair.Certificate); err != nil {
		return err
	}
	return state.WriteFile(keyFile(d, name), pair.Key)
}

// certificates makes every certificate and key of the sandbox, and the kubeconfigs that hold some of them. The authorities'
// own keys are forgotten at the end, but for the one of the Infisical double: its faults present other certificates of that CA.
func certificates(d state.Dir, sandbox state.Sandbox) error {
	cluster, err := pki.NewAuthority("Sandbox Cluster CA", time.Now)
	if err != nil {
		return err
	}
	if err := state.WriteFile(d.PKI(caCert), cluster.Certificate()); err != nil {
		return err
	}
	for _, make := range []func(state.Dir, state.Sandbox, *pki.Authority) error{controlPlaneFiles, nodeFiles, kubeconfigs} {
		if err := make(d, sandbox, cluster); err != nil {
			return err
		}
	}
	return infisicalFiles(d)
}

func controlPlaneFiles(d state.Dir, _ state.Sandbox, cluster *pki.Authority) error {
	serving, err := cluster.Server("kube-apiserver", controlplane.APIServerHosts()...)
	if err != nil {
		return err
	}
	if err := writePair(d, apiServerPair, serving); err != nil {
		return err
	}
	health, err := cluster.Server("health", "127.0.0.1")
	if err != nil {
		return err
	}
	if err := writePair(d, healthPair, health); err != nil {
		return err
	}
	private, public, err := pki.SigningKey()
	if err != nil {
		return err
	}
	if err := state.WriteFile(d.PKI(tokenKey), private); err != nil {
		return err
	}
	return state.WriteFile(d.PKI(tokenPublicKey), public)
}

// nodeFiles are for the node's API. Its clients have an authority of their own, so that no other client certificate of the
// cluster opens the logs of every pod.
func nodeFiles(d state.Dir, _ state.Sandbox, cluster *pki.Authority) error {
	serving, err := cluster.Server("system:node:"+nodeName, "127.0.0.1", "localhost", nodeName)
	if err != nil {
		return err
	}
	if err := writePair(d, kubeletPair, serving); err != nil {
		return err
	}
	clients, err := pki.NewAuthority("Sandbox Kubelet Client CA", time.Now)
	if err != nil {
		return err
	}
	if err := state.WriteFile(d.PKI(kubeletClientCA), clients.Certificate()); err != nil {
		return err
	}
	client, err := clients.Client("kube-apiserver-kubelet-client")
	if err != nil {
		return err
	}
	return writePair(d, kubeletClientPair, client)
}

func kubeconfigs(d state.Dir, sandbox state.Sandbox, cluster *pki.Authority) error {
	for _, k := range []struct{ path, context, user, group string }{
		{d.Kubeconfig(), "eso-sandbox-" + sandbox.Name, "sandbox-admin", "system:masters"},
		{d.ComponentKubeconfig(Node), Node, "sandbox-node", "system:masters"},
		{d.ComponentKubeconfig(ControllerManager), ControllerManager, "system:kube-controller-manager", ""},
		{d.ComponentKubeconfig(Scheduler), Scheduler, "system:kube-scheduler", ""},
	} {
		var groups []string
		if k.group != "" {
			groups = []string{k.group}
		}
		client, err := cluster.Client(k.user, groups...)
		if err != nil {
			return err
		}
		data, err := controlplane.Kubeconfig(k.context, sandbox.APIServerURL(), cluster.Certificate(), client)
		if err != nil {
			return err
		}
		if err := state.WriteFile(k.path, data); err != nil {
			return err
		}
	}
	return nil
}

// infisicalFiles are for the Infisical double. Its authority is a private one that no cluster and no machine trusts: to make
// it trusted is what the sandbox is there to try.
func infisicalFiles(d state.Dir) error {
	private, err := pki.NewAuthority("Sandbox Infisical CA", time.Now)
	if err != nil {
		return err
	}
	if err := state.WriteFile(d.InfisicalCA(), private.Certificate()); err != nil {
		return err
	}
	key, err := private.Key()
	if err != nil {
		return err
	}
	if err := state.WriteFile(keyFile(d, infisicalCA), key); err != nil {
		return err
	}
	serving, err := private.Server("infisical.sandbox.test", "infisical.sandbox.test", "localhost", "127.0.0.1", publish.Host, publish.Host+".cluster.local")
	if err != nil {
		return err
	}
	return writePair(d, infisicalPair, serving)
}
