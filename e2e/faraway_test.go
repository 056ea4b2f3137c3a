//go:build e2e

package e2e

import (
	"net"
	"net/url"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/eso-infisical/kubectl-eso-infisical/e2e/faraway"
)

// farAway is an address of the sandbox's API server at which everything takes that much longer to go and to come.
func (s *sandbox) farAway(t *testing.T, delay time.Duration) string {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", s.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	address, end, err := faraway.Listen(target.Host, delay)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	return "https://" + address
}

// silent is an address that takes connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			// The connection stays open until the test is over, and with it the process.
			if _, err := listener.Accept(); err != nil {
				return
			}
		}
	}()
	return listener.Addr().String()
}
