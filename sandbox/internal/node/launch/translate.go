// Package launch turns a container's command line into one that works as a plain process of this host. There
// is no network or mount namespace, so the ports that a container opens and the paths where its volumes are
// mounted must be replaced by others in its arguments.
package launch

import (
	"net"
	"strconv"
	"strings"
)

// Mount says which directory of this host stands for a path in the container.
type Mount struct {
	ContainerPath string
	HostPath      string
}

// Translation replaces a container's ports and paths by those of this host.
type Translation struct {
	PodIP  string
	Ports  map[int32]int
	Mounts []Mount
}

// Args translates the arguments of a command line.
func (t Translation) Args(args []string) []string {
	translated := make([]string, len(args))
	for i, arg := range args {
		translated[i] = t.arg(arg)
	}
	return translated
}

// arg translates the value in --flag=value, or the whole argument when it is no flag.
func (t Translation) arg(arg string) string {
	if !strings.HasPrefix(arg, "-") {
		return t.Value(t.listenAddress(arg))
	}
	flag, value, ok := strings.Cut(arg, "=")
	if !ok {
		return arg
	}
	return flag + "=" + t.Value(t.listenAddress(value))
}

// Value translates a value that is a path in one of the container's volumes.
func (t Translation) Value(value string) string {
	best := Mount{}
	for _, mount := range t.Mounts {
		path := strings.TrimSuffix(mount.ContainerPath, "/")
		inside := value == path || strings.HasPrefix(value, path+"/")
		if inside && len(path) > len(best.ContainerPath) {
			best = Mount{ContainerPath: path, HostPath: mount.HostPath}
		}
	}
	if best.ContainerPath == "" {
		return value
	}
	return best.HostPath + strings.TrimPrefix(value, best.ContainerPath)
}

// listenAddress translates PORT, :PORT and HOST:PORT where the host is one that a program listens on. Another
// host's port stays, since that is an address to call. A process of this host must not listen on all its
// interfaces, so those become the loopback one.
func (t Translation) listenAddress(value string) string {
	if hostPort, ok := t.hostPort(value); ok {
		return hostPort
	}
	host, port, err := net.SplitHostPort(value)
	if err != nil {
		return value
	}
	hostPort, ok := t.hostPort(port)
	if !ok {
		return value
	}
	switch host {
	case "", "0.0.0.0", "::", "127.0.0.1", "::1", "localhost", t.PodIP:
		return net.JoinHostPort("127.0.0.1", hostPort)
	}
	return value
}

func (t Translation) hostPort(text string) (string, bool) {
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", false
	}
	hostPort, ok := t.Ports[int32(port)]
	return strconv.Itoa(hostPort), ok
}
