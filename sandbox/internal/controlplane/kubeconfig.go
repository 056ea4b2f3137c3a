package controlplane

import (
	"fmt"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/pki"
)

// Kubeconfig is a kubeconfig file that holds all it needs, so that it can be copied elsewhere.
func Kubeconfig(context, server string, ca []byte, client pki.Pair) ([]byte, error) {
	config := clientcmdapi.NewConfig()
	config.Clusters[context] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: ca}
	config.AuthInfos[context] = &clientcmdapi.AuthInfo{
		ClientCertificateData: client.Certificate,
		ClientKeyData:         client.Key,
	}
	config.Contexts[context] = &clientcmdapi.Context{Cluster: context, AuthInfo: context}
	config.CurrentContext = context
	data, err := clientcmd.Write(*config)
	if err != nil {
		return nil, fmt.Errorf("make the kubeconfig %q: %w", context, err)
	}
	return data, nil
}
