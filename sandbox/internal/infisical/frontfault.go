package infisical

import (
	"crypto/tls"
	"io"
	"net/http"
	"time"
)

// The faults in this file change how the server is reached.

// presenting shows another certificate.
func presenting(front *frontend, cert *certificate, other func() (*tls.Certificate, error)) fault {
	return fault{
		set: func() error {
			shown, err := other()
			if err != nil {
				return err
			}
			cert.setOverride(shown)
			return front.cut()
		},
		clear: func() error {
			cert.setOverride(nil)
			return front.cut()
		},
	}
}

// speaking changes how TLS is spoken.
func speaking(front *frontend, spoil func(*tls.Config)) fault {
	return fault{
		set:   func() error { front.spoil.Store(&spoil); return front.cut() },
		clear: func() error { front.spoil.Store(nil); return front.cut() },
	}
}

// withoutTLS speaks plain HTTP where TLS is expected.
func withoutTLS(front *frontend) fault {
	turn := func(on bool) func() error {
		return func() error { front.plain.Store(on); return front.cut() }
	}
	return fault{set: turn(true), clear: turn(false)}
}

// answering lets something before the server answer in its place.
func answering(front *frontend, with http.HandlerFunc) fault {
	return fault{
		set:   func() error { front.before.Store(&with); return nil },
		clear: func() error { front.before.Store(nil); return front.cut() }, // whoever still waits for an answer asks anew
	}
}

// page is what a proxy shows to people.
func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, "<!doctype html><title>Sign in</title>") // a client that went away needs no answer
}

// redirect sends everybody to a page to log in at, as a proxy with single sign-on does.
func redirect(w http.ResponseWriter, r *http.Request) {
	const login = "/sso"
	if r.URL.Path == login {
		page(w, r)
		return
	}
	http.Redirect(w, r, login, http.StatusFound)
}

// cut ends the connection in the middle of a request.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// failing is a server whose database is away.
func failing(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = io.WriteString(w, `{"reqId":"req-sandbox","statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`)
}

// badGateway is a proxy whose server is away.
func badGateway(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusBadGateway)
	_, _ = io.WriteString(w, "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>")
}

// hangs is longer than any client waits.
const hangs = 2 * time.Minute

func hanging(_ http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-time.After(hangs):
	}
}
