// Package faraway makes a server seem far away, for tests and measurements: clusters are rarely on the machine of who looks at them.
package faraway

import (
	"errors"
	"net"
	"time"
)

// Listen makes an address on this machine at which the target, HOST:PORT, answers, and everything takes that much longer to go and to come.
func Listen(target string, delay time.Duration) (address string, end func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			go join(near, target, delay)
		}
	}()
	return listener.Addr().String(), func() { _ = listener.Close() }, nil
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
