package kube

import (
	"net/http"
	"sync"
	"time"
)

// clock compares the API server's clock with this machine's by the dates of its answers, which come with every request.
type clock struct {
	mu   sync.Mutex
	best Offset
}

// Offset is by how much the API server's clock is ahead of this machine's, to half of Within; Known is false as long as it has not answered.
type Offset struct {
	Ahead, Within time.Duration
	Known         bool
}

// dateGrain is how exactly HTTP gives the date.
const dateGrain = time.Second

// wrap is what rest.Config.Wrap takes.
func (c *clock) wrap(next http.RoundTripper) http.RoundTripper { return timed{c, next} }

// seen takes note of an answer to a request that was sent and answered at these times. The quickest one tells most.
func (c *clock) seen(date string, sent, answered time.Time) {
	server, err := http.ParseTime(date)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	within := answered.Sub(sent) + dateGrain
	if !c.best.Known || within < c.best.Within {
		c.best = Offset{Ahead: server.Add(dateGrain / 2).Sub(sent.Add(answered.Sub(sent) / 2)), Within: within, Known: true}
	}
}

type timed struct {
	clock *clock
	next  http.RoundTripper
}

func (t timed) RoundTrip(request *http.Request) (*http.Response, error) {
	sent := time.Now()
	response, err := t.next.RoundTrip(request)
	if err == nil {
		t.clock.seen(response.Header.Get("Date"), sent, time.Now())
	}
	return response, err
}

// WrappedRoundTripper lets client-go cancel a request that is under way.
func (t timed) WrappedRoundTripper() http.RoundTripper { return t.next }

// Clock is what the answers so far tell of the API server's clock.
func (c *Connection) Clock() Offset {
	c.clock.mu.Lock()
	defer c.clock.mu.Unlock()
	return c.clock.best
}
