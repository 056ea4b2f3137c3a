package podworker

import (
	"fmt"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// accessPath is where a pod finds its credentials for the API server. Nothing can be mounted there on this
// host, so a kubeconfig stands for it: client libraries look for one before they look for that path.
const accessPath = "/var/run/secrets/kubernetes.io/serviceaccount"

// accessVariable tells a program that reads its token from a file where that is on this host.
const accessVariable = "ESO_SANDBOX_SERVICE_ACCOUNT"

// accessDir returns the directory of this host with the container's credentials, or "" when it has none.
func (c *container) accessDir() string {
	for _, mount := range c.worker.volumes.Mounts(c.spec) {
		if filepath.Clean(mount.ContainerPath) == accessPath {
			return mount.HostPath
		}
	}
	return ""
}

func writeKubeconfig(path string, server APIServer, namespace, access string) error {
	const name = "pod"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: server.URL, CertificateAuthorityData: server.CAData}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{TokenFile: filepath.Join(access, "token")}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name, Namespace: namespace}
	config.CurrentContext = name
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return fmt.Errorf("write pod's kubeconfig: %w", err)
	}
	return nil
}
