// Package loopback finds ports of this machine to listen on.
package loopback

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports that are given out. They lie below those from which the system takes one for each outgoing connection: such a one could be gone between
// the moment when it was seen to be free and the moment when its program listens on it.
const (
	lowest  = 20000
	highest = 32000
)

// attempts is how many ports are tried; all of them would have to be taken.
const attempts = 200

// Listen listens on a free port of 127.0.0.1 that no outgoing connection will take once it is closed again.
func Listen(ctx context.Context) (net.Listener, error) {
	var last error
	for range attempts {
		port := lowest + rand.N(highest-lowest)
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return listener, nil
		}
		last = err
	}
	return nil, fmt.Errorf("find a free port of 127.0.0.1 between %d and %d: %w", lowest, highest, last)
}
