package api

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// class is a kind of calls; each has a limit of its own.
type class int

const (
	unlimited class = iota
	reads
	writes
	secretCalls
	identityCreation
	projectCreation
)

// perMinute is how many calls one address may make to one route in a minute.
func (c class) perMinute() int {
	switch c {
	case writes:
		return 200
	case identityCreation, projectCreation:
		return 30
	default:
		return 60
	}
}

// limiter counts the calls of each address to each route.
type limiter struct {
	now func() time.Time

	mu      sync.Mutex
	windows map[string]window
}

// window is a minute that begins with the first call in it.
type window struct {
	began time.Time
	calls int
}

const windowLength = time.Minute

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, windows: map[string]window{}}
}

// take counts a call and returns how many are left, below zero if it is one too many, and the seconds to the next window.
func (l *limiter) take(key string, limit int) (left, reset int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	current, is := l.windows[key]
	if !is || now.Sub(current.began) >= windowLength {
		current = window{began: now}
	}
	current.calls++
	l.windows[key] = current
	remaining := windowLength - now.Sub(current.began)
	return limit - current.calls, int((remaining + time.Second - 1) / time.Second)
}

// count writes how many calls the caller has left, and refuses one too many. A server of one's own does that in some
// eras only.
func (s *server) count(w http.ResponseWriter, r *http.Request, matched route) *store.Failure {
	settings := s.store.Settings()
	counts := s.store.Rules().LimitsSelfHosted || settings.Cloud || settings.CallsExhausted
	if !counts || matched.class == unlimited {
		return nil
	}
	limit := matched.class.perMinute()
	left, reset := s.limits.take(matched.method+" "+matched.path+" "+callerAddress(r), limit)
	if settings.CallsExhausted {
		left = -1
	}
	w.Header().Set("X-RateLimit-Limit", strconv.Itoa(limit))
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(max(left, 0)))
	w.Header().Set("X-RateLimit-Reset", strconv.Itoa(reset))
	if left >= 0 || settings.RaisedLimits && !settings.CallsExhausted {
		return nil
	}
	w.Header().Set("Retry-After", strconv.Itoa(reset))
	return store.Fail(store.RateLimited, "seconds", strconv.Itoa(reset))
}

// callerAddress is where a call comes from. The server believes every proxy.
func callerAddress(r *http.Request) string {
	for _, header := range []string{"X-Forwarded-For", "X-Real-IP"} {
		first, _, _ := strings.Cut(r.Header.Get(header), ",")
		if first = strings.TrimSpace(first); first != "" {
			return first
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
