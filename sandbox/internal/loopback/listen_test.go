package loopback

import (
	"net"
	"testing"
)

func TestEachListensOnAPortOfItsOwn(t *testing.T) {
	seen := map[int]bool{}
	for range 50 {
		listener, err := Listen(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		port := listener.Addr().(*net.TCPAddr).Port
		if seen[port] || port < lowest || port >= highest {
			t.Errorf("port %d", port)
		}
		seen[port] = true
	}
}
