package kube

import (
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

// gate lets the first request open the connection to the API server, and all others wait until it is there. Over HTTP/2 they share it; without
// the gate, each of twenty that are sent at once would open one of its own, with a TLS handshake that costs both sides more than the request.
type gate struct {
	entered atomic.Bool
	once    sync.Once
	opened  chan struct{}
}

func newGate() *gate { return &gate{opened: make(chan struct{})} }

func (g *gate) open() { g.once.Do(func() { close(g.opened) }) }

// wrap is what rest.Config.Wrap takes. All clients that are made of it share the gate.
func (g *gate) wrap(next http.RoundTripper) http.RoundTripper { return gated{g, next} }

type gated struct {
	gate *gate
	next http.RoundTripper
}

func (t gated) RoundTrip(request *http.Request) (*http.Response, error) {
	if t.gate.entered.CompareAndSwap(false, true) {
		// However it ends, nobody waits for longer than for this one.
		defer t.gate.open()
		trace := &httptrace.ClientTrace{WroteHeaders: t.gate.open}
		return t.next.RoundTrip(request.WithContext(httptrace.WithClientTrace(request.Context(), trace)))
	}
	select {
	case <-t.gate.opened:
		return t.next.RoundTrip(request)
	case <-request.Context().Done():
		if request.Body != nil {
			_ = request.Body.Close() // a RoundTripper must, and nothing is lost with it
		}
		return nil, request.Context().Err()
	}
}

// WrappedRoundTripper lets client-go cancel a request that is under way.
func (t gated) WrappedRoundTripper() http.RoundTripper { return t.next }
