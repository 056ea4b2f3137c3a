package podworker

import (
	"fmt"
	"net/url"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/environ"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/image"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/launch"
)

const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// prepared is a container that is ready to run.
type prepared struct {
	argv      []string
	variables environ.Variables
}

// prepare tries until the container's image and configuration are there. It returns false when the pod ended
// before.
func (c *container) prepare() (prepared, bool) {
	entrypoint, ok := c.awaitImage()
	if !ok {
		return prepared{}, false
	}
	last := ""
	for delay := c.worker.host.Pace.Retry; ; delay = min(2*delay, 10*c.worker.host.Pace.Retry) {
		ready, err := c.configure(entrypoint)
		if err == nil {
			return ready, c.worker.stopping.Err() == nil
		}
		if err.Error() != last {
			last = err.Error()
			c.event(corev1.EventTypeWarning, "Failed", "Error: "+last)
			c.wait("CreateContainerConfigError", last)
		}
		if !c.worker.sleep(delay, nil) {
			return prepared{}, false
		}
	}
}

func (c *container) configure(entrypoint []string) (prepared, error) {
	w := c.worker
	pod := w.withAddresses()
	translation := launch.Translation{PodIP: w.ip, Mounts: w.volumes.Mounts(c.spec)}
	base, err := c.baseVariables(pod)
	if err != nil {
		return prepared{}, err
	}
	variables, err := environ.NewResolver(w.host.Objects).Resolve(pod, c.spec, base, translation.Value)
	if err != nil {
		return prepared{}, err
	}
	command := launch.NewCommandLine(c.spec, image.Repository(c.spec.Image), entrypoint, variables.Expand)
	if translation.Ports, err = w.host.Addresses.MapPorts(w.ip, command.Ports); err != nil {
		return prepared{}, err
	}
	return prepared{argv: command.Argv(translation), variables: variables}, nil
}

// baseVariables are what a container has without asking. Nothing of this process's own environment is in it.
func (c *container) baseVariables(pod *corev1.Pod) (environ.Variables, error) {
	w := c.worker
	server, err := url.Parse(w.host.APIServer.URL)
	if err != nil {
		return nil, fmt.Errorf("parse API server address: %w", err)
	}
	variables := environ.Variables{
		"PATH": searchPath, "HOME": w.home(), "TMPDIR": w.temporary(), "HOSTNAME": pod.Name,
		// Programs written in Go leave loopback addresses out, which the API server and the Infisical double have.
		"HTTPS_PROXY":             w.host.ClusterProxy,
		"KUBERNETES_SERVICE_HOST": server.Hostname(), "KUBERNETES_SERVICE_PORT": server.Port(),
	}
	access := c.accessDir()
	if access == "" {
		return variables, nil
	}
	path := filepath.Join(w.dir, "kubeconfig-"+c.spec.Name)
	if err := writeKubeconfig(path, w.host.APIServer, pod.Namespace, access); err != nil {
		return nil, err
	}
	variables["KUBECONFIG"], variables[accessVariable] = path, access
	return variables, nil
}
