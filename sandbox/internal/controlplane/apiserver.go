package controlplane

import (
	"fmt"
	"strings"
)

const (
	// serviceRange holds the ClusterIPs; nothing routes them, the egress proxy resolves them.
	serviceRange = "10.0.0.0/24"
	// advertiseAddress is of a block reserved for documentation: the server refuses to advertise a loopback address, and would
	// otherwise look for another one on the machine. Pods are told the real address by the node agent.
	advertiseAddress = "192.0.2.1"
)

// APIServerHosts are the names and addresses that the API server's certificate is for.
func APIServerHosts() []string {
	return []string{
		"127.0.0.1", "localhost", "10.0.0.1", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
		"kubernetes.default.svc.cluster.local",
	}
}

// APIServer is how kube-apiserver is to run.
type APIServer struct {
	Port               int    `json:"port"`
	EtcdSocket         string `json:"etcdSocket"`
	CertDir            string `json:"certDir"`
	ClientCAFile       string `json:"clientCAFile"`
	TLSCertFile        string `json:"tlsCertFile"`
	TLSKeyFile         string `json:"tlsKeyFile"`
	TokenKeyFile       string `json:"tokenKeyFile"`       // checks service account tokens
	TokenSigningFile   string `json:"tokenSigningFile"`   // signs them
	KubeletCAFile      string `json:"kubeletCAFile"`      // the node's serving certificate is of this CA
	KubeletCertFile    string `json:"kubeletCertFile"`    // what the API server shows the node
	KubeletKeyFile     string `json:"kubeletKeyFile"`     //
	EgressFile         string `json:"egressFile"`         // EgressSelectorConfiguration
	AuthenticationFile string `json:"authenticationFile"` // AuthenticationConfiguration
	AuditPolicyFile    string `json:"auditPolicyFile"`    // which requests are written down
	AuditLogFile       string `json:"auditLogFile"`       // one line of JSON for each
}

// Args are the flags of kube-apiserver.
func (c APIServer) Args() []string {
	return []string{
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", c.Port),
		"--advertise-address=" + advertiseAddress,
		"--external-hostname=localhost",
		"--endpoint-reconciler-type=none",
		"--etcd-servers=unix://" + c.EtcdSocket,
		"--cert-dir=" + c.CertDir,
		"--client-ca-file=" + c.ClientCAFile,
		"--tls-cert-file=" + c.TLSCertFile,
		"--tls-private-key-file=" + c.TLSKeyFile,
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.TokenKeyFile,
		"--service-account-signing-key-file=" + c.TokenSigningFile,
		"--kubelet-certificate-authority=" + c.KubeletCAFile,
		"--kubelet-client-certificate=" + c.KubeletCertFile,
		"--kubelet-client-key=" + c.KubeletKeyFile,
		"--kubelet-preferred-address-types=InternalIP",
		"--egress-selector-config-file=" + c.EgressFile,
		"--authentication-config=" + c.AuthenticationFile,
		"--audit-policy-file=" + c.AuditPolicyFile,
		"--audit-log-path=" + c.AuditLogFile,
		"--authorization-mode=RBAC",
		"--service-cluster-ip-range=" + serviceRange,
		"--allow-privileged=true",
		"--profiling=false",
	}
}

// EgressSelector is the configuration that sends the API server's calls to webhooks and nodes through a proxy on a socket.
func EgressSelector(socket string) string {
	return strings.Join([]string{
		"apiVersion: apiserver.k8s.io/v1beta1",
		"kind: EgressSelectorConfiguration",
		"egressSelections:",
		"- name: cluster",
		"  connection:",
		"    proxyProtocol: HTTPConnect",
		"    transport:",
		"      uds:",
		fmt.Sprintf("        udsName: %q", socket),
		"",
	}, "\n")
}

// Authentication is the configuration that lets nobody in without a name, but for the health checks.
func Authentication() string {
	return strings.Join([]string{
		"apiVersion: apiserver.config.k8s.io/v1",
		"kind: AuthenticationConfiguration",
		"anonymous:",
		"  enabled: true",
		"  conditions:",
		"  - path: /livez",
		"  - path: /readyz",
		"  - path: /healthz",
		"",
	}, "\n")
}

// AuditPolicy has the requests of people and their programs written down, without what they hold: not those of the cluster's own parts.
func AuditPolicy() string {
	return strings.Join([]string{
		"apiVersion: audit.k8s.io/v1",
		"kind: Policy",
		"omitStages: [RequestReceived, ResponseStarted]",
		"rules:",
		"- level: None",
		"  userGroups: [\"system:nodes\", \"system:serviceaccounts\"]",
		"- level: None",
		"  users: [\"system:apiserver\", \"system:kube-controller-manager\", \"system:kube-scheduler\", \"system:anonymous\"]",
		"- level: Metadata",
		"",
	}, "\n")
}
