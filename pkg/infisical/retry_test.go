package infisical

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"syscall"
	"testing"
	"time"
)

// patient makes the client wait for nothing, and returns what it would have waited.
func patient(c *Client) *[]time.Duration {
	var pauses []time.Duration
	c.sleep = func(_ context.Context, d time.Duration) bool {
		pauses = append(pauses, d)
		return true
	}
	return &pauses
}

func TestWhatIsRepeated(t *testing.T) {
	const yes, no = 3, 1
	tests := []struct {
		status                   int
		never, untouched, always int
	}{
		{http.StatusTooManyRequests, no, yes, yes},
		{http.StatusServiceUnavailable, no, yes, yes},
		{http.StatusBadGateway, no, no, yes},
		{http.StatusGatewayTimeout, no, no, yes},
		{http.StatusInternalServerError, no, no, no},
		{http.StatusUnauthorized, no, no, no},
		{http.StatusForbidden, no, no, no},
		{http.StatusNotFound, no, no, no},
		{http.StatusOK, no, no, no},
	}
	for _, tt := range tests {
		for kind, want := range map[repeat]int{never: tt.never, untouched: tt.untouched, always: tt.always} {
			session, p := meet(t, map[string]reply{"POST /x": {tt.status, `{"reqId":"r","message":"m","error":"E"}`}})
			pauses := patient(session.client)
			err := session.post(t.Context(), "try", "/x", nil, nil, kind)
			if len(p.asked) != want || len(*pauses) != want-1 || (err == nil) != (tt.status == http.StatusOK) {
				t.Errorf("%d, kind %d: asked %d times, %d pauses, want %d; error %v", tt.status, kind, len(p.asked), len(*pauses), want, err)
			}
		}
	}
}

func TestARepeatedCallMaySucceed(t *testing.T) {
	session, p := meet(t, nil)
	p.replies["GET /x"] = []reply{{502, "{}"}, {504, "{}"}, ok(`{"value":"v"}`)}
	pauses := patient(session.client)
	var out struct{ Value string }
	if err := session.get(t.Context(), "try", "/x", nil, &out); err != nil || out.Value != "v" {
		t.Fatalf("got %q, %v", out.Value, err)
	}
	for i, full := range []time.Duration{200 * time.Millisecond, 400 * time.Millisecond} {
		if pause := (*pauses)[i]; pause > full || pause < full/2 {
			t.Errorf("pause %d is %s, want between half of %s and that", i, pause, full)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	const now = "Tue, 03 Mar 2026 10:00:00 GMT"
	tests := []struct {
		name, value, date string
		asked             int
		pause             time.Duration
	}{
		{"seconds", "12", "", 3, 12 * time.Second},
		{"the longest", "30", "", 3, 30 * time.Second},
		{"too long", "31", "", 1, 0},
		{"absurd", "99999999999999", "", 1, 0},
		{"until a time", "Tue, 03 Mar 2026 10:00:07 GMT", now, 3, 7 * time.Second},
		{"until a time gone by", "Tue, 03 Mar 2026 09:00:00 GMT", now, 3, 0},
		{"until tomorrow", "Wed, 04 Mar 2026 10:00:00 GMT", now, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			client := serve(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
				asked++
				w.Header().Set("Retry-After", tt.value)
				if tt.date != "" {
					w.Header().Set("Date", tt.date)
				}
				answer(429, "application/json", `{"message":"Rate limit exceeded"}`)(w, r)
			}})
			pauses := patient(client)
			err := client.do(t.Context(), call{op: "try", method: http.MethodGet, path: "/x", repeat: always})
			if asked != tt.asked || !hasStatus(err, http.StatusTooManyRequests) {
				t.Fatalf("asked %d times, want %d; %v", asked, tt.asked, err)
			}
			for _, p := range *pauses {
				if p != tt.pause {
					t.Errorf("pause %s, want %s", p, tt.pause)
				}
			}
		})
	}
}

func TestFailuresToConnect(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	tests := []struct {
		name                     string
		err                      error
		never, untouched, always int
	}{
		{"refused", dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), 1, 3, 3},
		{"unknown name", dial(&net.DNSError{Err: "no such host", IsNotFound: true}), 1, 1, 1},
		{"slow resolver", dial(&net.DNSError{Err: "i/o timeout", IsTimeout: true}), 1, 3, 3},
		{"cut", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, 1, 1, 3},
		{"cancelled", context.Canceled, 1, 1, 1},
	}
	for _, tt := range tests {
		for kind, want := range map[repeat]int{never: tt.never, untouched: tt.untouched, always: tt.always} {
			dials := 0
			client, err := New("http://infisical.example", Options{Dial: func(context.Context, string, string) (net.Conn, error) {
				dials++
				return nil, tt.err
			}})
			if err != nil {
				t.Fatal(err)
			}
			patient(client)
			err = client.WithToken(canary).post(t.Context(), "try", "/x", nil, nil, kind)
			var away *UnreachableError
			if dials != want || !errors.As(err, &away) || !errors.Is(err, tt.err) {
				t.Errorf("%s, kind %d: %d tries, want %d; %v", tt.name, kind, dials, want, err)
			}
		}
	}
}

func TestAnUntrustedServerIsAskedOnce(t *testing.T) {
	dials := 0
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	client, err := New(server.URL, Options{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		dials++
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}})
	if err != nil {
		t.Fatal(err)
	}
	patient(client)
	if _, err := client.WithToken(canary).Projects(t.Context()); err == nil || dials != 1 {
		t.Errorf("%d tries, %v", dials, err)
	}
}

func TestTimeoutsAreTheCallers(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	for name, o := range map[string]Options{"one try": {CallTimeout: time.Millisecond}, "all tries": {Timeout: time.Millisecond}} {
		client, err := New(server.URL, o)
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Login(t.Context(), UniversalAuth{"id", canary})
		var away *UnreachableError
		if !errors.As(err, &away) {
			t.Fatalf("%s: %v", name, err)
		}
		if c, _ := away.Cause(); c.Code != "EI503" {
			t.Errorf("%s: %v: cause %s", name, err, c.Code)
		}
	}
}

func TestNobodyWaitsBeyondTheDeadline(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if sleep(ctx, time.Hour) {
		t.Error("waited for an hour within a minute")
	}
	if !sleep(ctx, 0) {
		t.Error("did not wait for nothing")
	}
	gone, stop := context.WithCancel(t.Context())
	stop()
	if sleep(gone, time.Hour) {
		t.Error("waited although nobody does")
	}
}
