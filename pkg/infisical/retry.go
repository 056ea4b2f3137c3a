package infisical

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	// maxTries is how often a call is sent at most.
	maxTries = 3
	// firstPause is waited before the second try, twice that before the third, each up to half shorter by chance.
	firstPause = 200 * time.Millisecond
	// maxPause is the longest that a server may ask to be given before the next try.
	maxPause = 30 * time.Second
)

// repeat says when a call may be sent again.
type repeat int

const (
	// never is for logins: three that fail lock a machine identity for everyone who uses it.
	never repeat = iota
	// untouched is for calls that make something: only when the server has certainly not done it.
	untouched
	// always is for calls that do the same when they are done twice.
	always
)

// failure is a try that did not succeed.
type failure struct {
	err    error
	status int
	header http.Header
}

// again reports whether the call may be sent again after this failure.
func (r repeat) again(f failure) bool {
	switch {
	case r == never:
		return false
	case f.status == http.StatusTooManyRequests, f.status == http.StatusServiceUnavailable:
		return true
	case f.status == http.StatusBadGateway, f.status == http.StatusGatewayTimeout:
		return r == always
	case f.status != 0 || permanent(f.err):
		return false
	}
	return r == always || neverSent(f.err)
}

// permanent are failures to connect that the next try meets again.
func permanent(err error) bool {
	var verification *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var resolution *net.DNSError
	return errors.Is(err, context.Canceled) || errors.As(err, &verification) || errors.As(err, &header) || errors.As(err, &unknown) ||
		errors.As(err, &resolution) && resolution.IsNotFound
}

// neverSent reports whether the connection could not even be opened.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// pause is how long to wait before the next try, and false if the server asks for longer than anybody would wait.
func (f failure) pause(tries int) (time.Duration, bool) {
	if asked, set := retryAfter(f.header); set {
		return asked, asked <= maxPause
	}
	pause := firstPause << (tries - 1)
	return pause - rand.N(pause/2), true
}

// retryAfter is how long the server asks to be left alone: in seconds, or until a time on its own clock.
func retryAfter(h http.Header) (time.Duration, bool) {
	text := h.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil && n >= 0 {
		return min(time.Duration(n), 2*maxPause/time.Second) * time.Second, true
	}
	until, err := http.ParseTime(text)
	now, unset := http.ParseTime(h.Get("Date"))
	return max(until.Sub(now), 0), err == nil && unset == nil
}

// sleep waits, and reports false if ctx ends before or would end meanwhile.
func sleep(ctx context.Context, d time.Duration) bool {
	if deadline, set := ctx.Deadline(); set && time.Until(deadline) < d {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
