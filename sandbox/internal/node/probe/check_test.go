package probe

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func targetAt(address string) Target {
	return Target{
		PodIP:     "10.244.0.5",
		Container: &corev1.Container{Ports: []corev1.ContainerPort{{Name: "ready", ContainerPort: 8081}}},
		Dial: func(ctx context.Context, _ int32) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "tcp", address)
		},
	}
}

func httpGet(path string, port intstr.IntOrString, scheme corev1.URIScheme) *corev1.Probe {
	return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: port, Scheme: scheme}}}
}

func TestHTTPCheck(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Host, "10.244.0.5:8081") || r.URL.Path != "/readyz" || !strings.HasPrefix(r.UserAgent(), "kube-probe/") {
			t.Errorf("asked for %s%s as %s", r.Host, r.URL.Path, r.UserAgent())
		}
		if r.URL.RawQuery == "fail" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	plain, secure := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	defer plain.Close()
	defer secure.Close()
	for name, tc := range map[string]struct {
		server *httptest.Server
		spec   *corev1.Probe
		want   Outcome
	}{
		"named port": {plain, httpGet("/readyz", intstr.FromString("ready"), ""), Outcome{OK: true}},
		"https":      {secure, httpGet("/readyz", intstr.FromInt32(8081), corev1.URISchemeHTTPS), Outcome{OK: true}},
		"status":     {plain, httpGet("/readyz?fail", intstr.FromInt32(8081), ""), Outcome{Detail: "HTTP probe failed with statuscode: 500"}},
		"no port":    {plain, httpGet("/readyz", intstr.FromString("none"), ""), Outcome{Detail: `couldn't find port: "none"`}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := NewChecker(tc.spec, targetAt(tc.server.Listener.Addr().String())).Check(context.Background()); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestChecksOfAClosedPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	socket := &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(8081)}}}
	if got := NewChecker(socket, targetAt(address)).Check(context.Background()); !got.OK {
		t.Errorf("open port: %+v", got)
	}
	listener.Close()
	for want, spec := range map[string]*corev1.Probe{
		"dial tcp 10.244.0.5:8081: connect: connection refused":                                      socket,
		`Get "http://10.244.0.5:8081/readyz": dial tcp 10.244.0.5:8081: connect: connection refused`: httpGet("/readyz", intstr.FromInt32(8081), ""),
		"exec and grpc probes are not supported by the sandbox's node":                               {},
	} {
		if got := NewChecker(spec, targetAt(address)).Check(context.Background()); got.OK || got.Detail != want {
			t.Errorf("got %+v, want %q", got, want)
		}
	}
}

func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	got := NewChecker(httpGet("/readyz", intstr.FromInt32(8081), ""), targetAt(server.Listener.Addr().String())).Check(ctx)
	if got.OK || !strings.Contains(got.Detail, "context deadline exceeded") {
		t.Errorf("got %+v", got)
	}
}
