//go:build e2e

package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// moment is where in a request a run is killed.
type moment int

const (
	before moment = iota // the server has not seen it
	after                // the server has done it, and the run does not know
	never
)

func (m moment) String() string { return [...]string{"before", "after", "never"}[m] }

// interceptor stands between the plugin and its two servers, and kills the plugin at one of the requests that change something.
type interceptor struct {
	// infisicalURL and caFile are how Infisical is reached through it, kubeconfig how the cluster is.
	infisicalURL, caFile, kubeconfig string

	// counts chooses the requests at which a run can be killed; nil stands for all but those that read.
	counts func(*http.Request) bool

	mu      sync.Mutex
	refuse  func(mine bool, r *http.Request) bool
	asked   []string
	seen    int
	at      int
	when    moment
	kill    func()
	request string
}

// intercept makes an interceptor for the sandbox.
func intercept(t *testing.T, s *sandbox) *interceptor {
	t.Helper()
	i := &interceptor{}
	infisical, err := url.Parse(s.Infisical.URL)
	if err != nil {
		t.Fatal(err)
	}
	pemData, err := os.ReadFile(s.Infisical.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pemData)
	front := httptest.NewTLSServer(i.proxy(infisical, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}))
	t.Cleanup(front.Close)
	i.infisicalURL, i.caFile = front.URL, filepath.Join(t.TempDir(), "front.crt")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
	if err := os.WriteFile(i.caFile, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	i.interceptCluster(t, s)
	return i
}

func (i *interceptor) interceptCluster(t *testing.T, s *sandbox) {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", s.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(i.proxy(cluster, transport))
	t.Cleanup(front.CloseClientConnections)
	written := api.NewConfig()
	written.Clusters["c"] = &api.Cluster{Server: front.URL}
	written.Contexts["c"] = &api.Context{Cluster: "c"}
	written.CurrentContext = "c"
	i.kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*written, i.kubeconfig); err != nil {
		t.Fatal(err)
	}
}

// proxy passes requests on. Those of the plugin that change something count; ESO's, which come the same way, do not.
func (i *interceptor) proxy(to *url.URL, transport http.RoundTripper) http.Handler {
	forward := &httputil.ReverseProxy{Transport: transport, FlushInterval: -1, ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = to.Host
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ours := strings.HasPrefix(r.UserAgent(), "kubectl-eso-infisical")
		if ours {
			i.note(r)
		}
		mine := ours && r.Method != http.MethodGet && (i.counts == nil || i.counts(r))
		if i.refuses(ours, r) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"statusCode":500,"error":"InternalServerError","message":"Something went wrong"}`)
			return
		}
		if mine {
			switch i.due() {
			case before:
				i.killNow(r)
				panic(http.ErrAbortHandler)
			case after:
				forward.ServeHTTP(httptest.NewRecorder(), r)
				i.killNow(r)
				panic(http.ErrAbortHandler)
			}
		}
		forward.ServeHTTP(w, r)
	})
}

// note remembers what the plugin asks for.
func (i *interceptor) note(r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked = append(i.asked, r.Method+" "+r.URL.Path)
}

// count tells how many of the plugin's requests so far end in a text.
func (i *interceptor) count(end string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	n := 0
	for _, asked := range i.asked {
		if strings.HasSuffix(asked, end) {
			n++
		}
	}
	return n
}

// setRefuse has the requests fail for which refuse is true.
func (i *interceptor) setRefuse(refuse func(mine bool, r *http.Request) bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.refuse = refuse
}

func (i *interceptor) refuses(mine bool, r *http.Request) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.refuse != nil && i.refuse(mine, r)
}

// due counts a request, of which several may come at once, and says when in it the run is to be killed.
func (i *interceptor) due() moment {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.seen++
	if i.seen != i.at || i.kill == nil {
		return never
	}
	return i.when
}

func (i *interceptor) killNow(r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.request = r.Method + " " + r.URL.Path
	i.kill()
	i.kill = nil
}

// killAt runs the plugin with args and kills it at the nth request that changes something. It reports where that was, and false if the
// run has ended before.
func (i *interceptor) killAt(t *testing.T, s *sandbox, n int, when moment, args ...string) (string, bool) {
	t.Helper()
	run := s.prepare(t.Context(), args...)
	run.Env = append(run.Env, "KUBECONFIG="+i.kubeconfig)
	i.mu.Lock()
	i.seen, i.at, i.when, i.request = 0, n, when, ""
	i.kill = func() { _ = run.Process.Kill() }
	if err := run.Start(); err != nil {
		i.mu.Unlock()
		t.Fatal(err)
	}
	i.mu.Unlock()
	r := run.finish(t)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.kill = nil
	if i.request == "" {
		r.expect(t, 0)
		return "", false
	}
	return i.request, true
}
