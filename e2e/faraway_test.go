//go:build e2e

package e2e

import (
	"errors"
	"net"
	"net/url"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
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
	listener := listen(t)
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			go join(near, target.Host, delay)
		}
	}()
	return "https://" + listener.Addr().String()
}

func join(near net.Conn, target string, delay time.Duration) {
	far, err := net.Dial("tcp", target)
	if err != nil {
		_ = near.Close()
		return
	}
	go carry(far, near, delay)
	carry(near, far, delay)
}

// piece is what was read at once, and when it is to arrive.
type piece struct {
	data []byte
	due  time.Time
}

// carry brings what is read to the other side, each piece after the delay, until one side ends.
func carry(to, from net.Conn, delay time.Duration) {
	pieces := make(chan piece, 1024)
	go func() {
		defer close(pieces)
		for {
			data := make([]byte, 64<<10)
			n, err := from.Read(data)
			pieces <- piece{data[:n], time.Now().Add(delay)}
			if err != nil {
				return
			}
		}
	}()
	var failed error
	for p := range pieces {
		time.Sleep(time.Until(p.due))
		if failed == nil {
			_, failed = to.Write(p.data)
		}
	}
	_ = errors.Join(to.Close(), from.Close())
}

// silent is an address that takes connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	listener := listen(t)
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

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}
