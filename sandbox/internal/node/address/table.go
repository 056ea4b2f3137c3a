// Package address gives pods their addresses: an IP that exists only in the cluster's objects, and for each
// port that a pod listens on a free port of this host.
package address

import (
	"context"
	"fmt"
	"net"
	"sync"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/loopback"
)

const (
	firstHost = 2
	lastHost  = 254
)

// Table holds the addresses of the pods on this node.
type Table struct {
	mu    sync.Mutex
	next  int
	ports map[string]map[int32]int
}

// NewTable returns a Table without pods.
func NewTable() *Table { return &Table{next: firstHost, ports: map[string]map[int32]int{}} }

// AllocateIP returns a pod IP that no other pod has. It goes round the range, so that an address just given
// back is not at once another pod's.
func (t *Table) AllocateIP() (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for range lastHost - firstHost + 1 {
		ip := fmt.Sprintf("10.244.0.%d", t.next)
		t.next++
		if t.next > lastHost {
			t.next = firstHost
		}
		if _, taken := t.ports[ip]; !taken {
			t.ports[ip] = map[int32]int{}
			return ip, nil
		}
	}
	return "", fmt.Errorf("allocate pod IP: all of 10.244.0.%d-%d are taken; delete some pods", firstHost, lastHost)
}

// ReleaseIP gives a pod's IP and its ports back.
func (t *Table) ReleaseIP(ip string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.ports, ip)
}

// MapPorts gives each of the pod's ports a free port of this host and returns the mapping. A port that was
// mapped before gets a new one, since another program may hold the old one by now.
func (t *Table) MapPorts(ip string, ports []int32) (map[int32]int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ports[ip] == nil {
		return nil, fmt.Errorf("map ports of %s: the address is not allocated", ip)
	}
	free, err := freePorts(len(ports), t.taken())
	if err != nil {
		return nil, fmt.Errorf("find free ports on 127.0.0.1: %w", err)
	}
	mapped := make(map[int32]int, len(ports))
	for i, port := range ports {
		t.ports[ip][port] = free[i]
		mapped[port] = free[i]
	}
	return mapped, nil
}

// HostPort returns the port of this host behind a pod's port.
func (t *Table) HostPort(ip string, port int32) (int, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	hostPort, ok := t.ports[ip][port]
	return hostPort, ok
}

// taken returns the host ports that are given to a pod, whose process may not listen yet.
func (t *Table) taken() map[int]bool {
	taken := map[int]bool{}
	for _, ports := range t.ports {
		for _, hostPort := range ports {
			taken[hostPort] = true
		}
	}
	return taken
}

// freePorts holds all its ports open until it has every one of them, so that no two are the same.
func freePorts(count int, taken map[int]bool) ([]int, error) {
	ports := make([]int, 0, count)
	for len(ports) < count {
		listener, err := loopback.Listen(context.Background())
		if err != nil {
			return nil, err
		}
		defer listener.Close()
		if port := listener.Addr().(*net.TCPAddr).Port; !taken[port] {
			ports = append(ports, port)
		}
	}
	return ports, nil
}
