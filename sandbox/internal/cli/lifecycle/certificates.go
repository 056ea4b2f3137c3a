package lifecycle

import (
	"crypto/x509"
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
// own keys are forgotten at the end.
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
	serving, err := private.Server(infisicalName, infisicalHosts...)
	if err != nil {
		return err
	}
	if err := writePair(d, infisicalPair, serving); err != nil {
		return err
	}
	return spoiltFiles(d, private)
}

const infisicalName = "infisical.sandbox.test"

var infisicalHosts = []string{infisicalName, "localhost", "127.0.0.1", publish.Host, publish.Host + ".cluster.local"}

// spoiltFiles are the certificates that faults of the double present in place of the good one. They are made here, since the authority's key
// is forgotten afterwards; the double finds them beside the good one, by the fault's name.
func spoiltFiles(d state.Dir, private *pki.Authority) error {
	spoilt := map[string]func() (pki.Pair, error){
		"certificate-expired": func() (pki.Pair, error) {
			return private.Faulty(infisicalName, func(c *x509.Certificate) {
				c.NotBefore, c.NotAfter = time.Now().AddDate(0, -3, 0), time.Now().AddDate(0, 0, -2)
			}, infisicalHosts...)
		},
		"certificate-not-yet-valid": func() (pki.Pair, error) {
			return private.Faulty(infisicalName, func(c *x509.Certificate) {
				c.NotBefore, c.NotAfter = time.Now().AddDate(0, 0, 2), time.Now().AddDate(1, 0, 0)
			}, infisicalHosts...)
		},
		"certificate-expiring": func() (pki.Pair, error) {
			return private.Faulty(infisicalName, func(c *x509.Certificate) {
				c.NotBefore, c.NotAfter = time.Now().AddDate(0, -3, 0), time.Now().AddDate(0, 0, 5)
			}, infisicalHosts...)
		},
		"certificate-other-host":    func() (pki.Pair, error) { return private.Server("other.sandbox.test", "other.sandbox.test") },
		"certificate-without-names": func() (pki.Pair, error) { return private.Server(infisicalName) },
		"certificate-not-for-servers": func() (pki.Pair, error) {
			return private.Faulty(infisicalName, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, infisicalHosts...)
		},
		"certificate-chain-incomplete": func() (pki.Pair, error) { return private.Under(infisicalName, infisicalHosts...) },
		"certificate-issuer-no-ca":     func() (pki.Pair, error) { return private.UnderNoCA(infisicalName, infisicalHosts...) },
		"certificate-weak": func() (pki.Pair, error) {
			return private.Faulty(infisicalName, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }, infisicalHosts...)
		},
		"ca-renewed": func() (pki.Pair, error) {
			renewed, err := pki.NewAuthority("Sandbox Infisical CA", time.Now)
			if err != nil {
				return pki.Pair{}, err
			}
			return renewed.Server(infisicalName, infisicalHosts...)
		},
	}
	for name, make := range spoilt {
		pair, err := make()
		if err != nil {
			return err
		}
		if err := writePair(d, infisicalPair+"-"+name, pair); err != nil {
			return err
		}
	}
	return nil
}
