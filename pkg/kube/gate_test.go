package kube

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// counted is an API server over HTTP/2 that counts the connections to it.
func counted(t *testing.T, delay time.Duration) (connection *Connection, connections *atomic.Int32) {
	t.Helper()
	connections = &atomic.Int32{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(delay) // as long as an API server thinks
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"kind":"Secret","apiVersion":"v1"}`)
	}))
	server.EnableHTTP2 = true
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	connection = NewConnection("test", nil)
	*connection.Flags.APIServer, *connection.Flags.Insecure = server.URL, true
	return connection, connections
}

func TestRequestsAtOnceShareOneConnection(t *testing.T) {
	t.Setenv("KUBECONFIG", t.TempDir()+"/absent")
	connection, connections := counted(t, 20*time.Millisecond)
	typed, err := connection.Typed()
	if err != nil {
		t.Fatal(err)
	}
	dynamic, err := connection.Dynamic()
	if err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = typed.CoreV1().Secrets("n").Get(t.Context(), "s", metav1.GetOptions{})
			} else {
				_, err = dynamic.Resource(DeploymentsResource).Namespace("n").Get(t.Context(), "s", metav1.GetOptions{})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	// The others wait for the connection alone, not for the first answer and not for each other.
	if took := time.Since(started); took > 20*20*time.Millisecond {
		t.Errorf("they took %s, so they went one after the other", took)
	}
}

func TestAFirstRequestThatFailsHoldsNobodyUp(t *testing.T) {
	g := newGate()
	boom := errors.New("boom")
	failing := g.wrap(roundTrip(func(*http.Request) (*http.Response, error) { return nil, boom }))
	for range 3 {
		if _, err := failing.RoundTrip(httptest.NewRequest("GET", "https://h/", nil)); !errors.Is(err, boom) {
			t.Errorf("error = %v", err)
		}
	}
}

func TestWhoWaitsForTheConnectionCanGiveUp(t *testing.T) {
	g := newGate()
	arrived, end := make(chan struct{}), make(chan struct{})
	slow := g.wrap(roundTrip(func(*http.Request) (*http.Response, error) { close(arrived); <-end; return nil, io.EOF }))
	var first sync.WaitGroup
	first.Go(func() { _, _ = slow.RoundTrip(httptest.NewRequest("GET", "https://h/", nil)) })
	<-arrived
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	body := &closed{Reader: strings.NewReader("{}")}
	if _, err := slow.RoundTrip(httptest.NewRequest("POST", "https://h/", body).WithContext(ctx)); !errors.Is(err, context.Canceled) || !body.closed {
		t.Errorf("error = %v, body closed: %t", err, body.closed)
	}
	close(end)
	first.Wait()
}
