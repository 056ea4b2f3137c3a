package checks

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

const address = "https://infisical.example.com"

// issue makes a certificate for the server that differs from a good one in what change does, and the CA that has issued it, as PEM.
func issue(t *testing.T, change func(*x509.Certificate)) (chain [][]byte, ca string) {
	t.Helper()
	caKey, key := newKey(t), newKey(t)
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Our CA"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-9000 * time.Hour), NotAfter: time.Now().Add(9000 * time.Hour)}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "infisical.example.com"}, DNSNames: []string{"infisical.example.com"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, NotBefore: time.Now().Add(-2000 * time.Hour), NotAfter: time.Now().Add(2000 * time.Hour)}
	if change != nil {
		change(leaf)
	}
	root, err := x509.CreateCertificate(rand.Reader, authority, authority, &caKey.PublicKey, caKey)
	if err != nil {
		t.Fatal(err)
	}
	own, err := x509.CreateCertificate(rand.Reader, leaf, authority, &key.PublicKey, caKey)
	if err != nil {
		t.Fatal(err)
	}
	return [][]byte{own}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root}))
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// presents lets the server be seen with such a certificate of the store's CA.
func presents(change func(*x509.Certificate), more ...func(*sight)) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		chain, ca := issue(t, change)
		w.configMap().Data["ca.crt"] = ca
		seen := sight{Host: "infisical.example.com", Chain: chain, Status: 200, ContentType: "application/json; charset=utf-8", Date: time.Now(), At: time.Now()}
		for _, do := range more {
			do(&seen)
		}
		w.sights = map[string]sight{address: seen}
	}
}

// both does one after the other.
func both(all ...func(*testing.T, *world)) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		for _, do := range all {
			do(t, w)
		}
	}
}

// visits lets the one login show that.
func visits(change func(*visit)) func(*testing.T, *world) {
	return func(_ *testing.T, w *world) { change(&w.login) }
}

// keeps lets Infisical keep that of the machine identity.
func keeps(change func(*record)) func(*testing.T, *world) {
	return func(_ *testing.T, w *world) { change(&w.record) }
}

// serves puts a Service of the cluster in the place of Infisical's host.
func serves(host string, b backing) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		provider(host, "hostAPI")(t, w)
		st := store{object: w.store()}
		st.Host = host
		service, _ := st.service()
		w.backings = map[string]answer[backing]{service.String(): {value: b}}
	}
}

const untrusted = `Post "https://infisical.example.com/api/v1/auth/universal-auth/login": tls: failed to verify certificate: x509: certificate signed by unknown authority`

var infisicalHarms = []harm{
	{"being deleted", func(_ *testing.T, w *world) {
		now := ago(0)
		w.secret().DeletionTimestamp, w.secret().Finalizers = &now, []string{"someone.io/f"}
	}, "EI330", "EI330"},
	{"immutable", func(_ *testing.T, w *world) { yes := true; w.secret().Immutable = &yes }, "EI331", "EI331"},
	{"kept by Argo CD", func(_ *testing.T, w *world) {
		w.secret().Annotations = map[string]string{"argocd.argoproj.io/tracking-id": "app:/Secret:external-secrets/creds"}
	}, "EI331", "EI331"},
	{"copied into a second Secret", func(t *testing.T, w *world) {
		second := storeFor(t)
		second.SetName("infisical-q")
		set(second, "copy", "spec", "provider", "infisical", "auth", "universalAuthCredentials", "clientId", "name")
		set(second, "copy", "spec", "provider", "infisical", "auth", "universalAuthCredentials", "clientSecret", "name")
		w.stores = append(w.stores, second)
		w.storeEvents[eso.StoreKey{Name: "infisical-q"}] = w.storeEvents[eso.StoreKey{Name: "infisical-p"}]
		copied := w.secret().DeepCopy()
		copied.Name = "copy"
		w.secrets["Secret external-secrets/copy"] = answer[*corev1.Secret]{value: copied}
	}, "EI332", "EI332"},
	{"cut off", func(_ *testing.T, w *world) { w.secret().Data["clientSecret"] = []byte(clientSecret[:60]) }, "EI333", "EI333"},
	{"in two Secrets", func(t *testing.T, w *world) {
		provider("other", "auth", "universalAuthCredentials", "clientSecret", "name")(t, w)
		other := w.secret().DeepCopy()
		other.Name = "other"
		w.secrets["Secret external-secrets/other"] = answer[*corev1.Secret]{value: other}
	}, "EI334", "EI334"},

	{"of no client secret that Infisical knows", keeps(func(r *record) { r.Mine = nil }), "EI335", "EI310"},
	{"the client secret expires soon", keeps(func(r *record) { r.Mine[0].Created, r.Mine[0].TTL = time.Now().Add(-time.Hour), 29*24*time.Hour }), "EI336", "EI336"},
	{"the client secret is over", keeps(func(r *record) { r.Mine[0].Created, r.Mine[0].TTL = time.Now().Add(-time.Hour), time.Minute }), "EI336", "EI312"},
	{"a limit of uses", keeps(func(r *record) { r.Mine[0].UsesLimit = 1000 }), "EI337", "EI337"},
	{"tokens of a few uses", keeps(func(r *record) { r.Terms.AccessTokenUses = 2 }), "EI338", "EI338"},
	{"tokens of a second", keeps(func(r *record) { r.Terms.AccessTokenTTL = time.Second }), "EI338", "EI338"},
	{"locked, as an administrator sees", keeps(func(r *record) { r.Locked = true }), "EI339", "EI311"},

	{"locked by its own pair", func(t *testing.T, w *world) {
		fails("temporarily locked")(t, w)
		w.storeEvents[eso.StoreKey{Name: "infisical-p"}] = append(w.storeEvents[eso.StoreKey{Name: "infisical-p"}],
			kube.Event{Reason: reasonInvalid, Message: `[message="Invalid credentials"]`, Last: time.Now().Add(-9 * time.Second)})
	}, "EI702", "EI310"},
	{"locked since it has expired", func(t *testing.T, w *world) {
		fails("temporarily locked")(t, w)
		w.storeEvents[eso.StoreKey{Name: "infisical-p"}] = append(w.storeEvents[eso.StoreKey{Name: "infisical-p"}],
			kube.Event{Reason: reasonInvalid, Message: `[message="Invalid credentials"]`, Last: time.Now().Add(-8 * time.Second)},
			kube.Event{Reason: reasonInvalid, Message: "Access denied due to expired client secret", Last: time.Now().Add(-9 * time.Second)})
	}, "EI702", "EI312"},
	{"locked by others", fails("temporarily locked"), "EI702", "EI311"},
	{"locked, and the pair was replaced since", func(t *testing.T, w *world) {
		fails("temporarily locked")(t, w)
		w.storeEvents[eso.StoreKey{Name: "infisical-p"}] = append(w.storeEvents[eso.StoreKey{Name: "infisical-p"}],
			kube.Event{Reason: reasonInvalid, Message: `[message="Invalid credentials"]`, Last: time.Now().Add(-time.Minute)})
		w.secret().CreationTimestamp = ago(20 * time.Second)
	}, "EI702", "EI311"},
	{"the event is of before it was ready", func(t *testing.T, w *world) {
		fails(`[message="Invalid credentials"]`)(t, w)
		w.storeEvents[eso.StoreKey{Name: "infisical-p"}][0].Last = time.Now().Add(-10 * time.Minute)
		conditions := []any{map[string]any{"type": "Ready", "status": "False", "lastTransitionTime": time.Now().UTC().Format(time.RFC3339)}}
		set(w.store(), conditions, "status", "conditions")
	}, "EI702", "EI703"},

	{"the chain is incomplete", func(t *testing.T, w *world) {
		presents(nil)(t, w)
		w.configMap().Data["ca.crt"] = caPEM(t, 9000)
		fails(untrusted)(t, w)
	}, "EI430", "EI407"},
	{"expired server", both(presents(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }),
		fails("x509: certificate has expired or is not yet valid: current time 2 is after 1")), "EI430", "EI405"},
	{"another host", both(presents(func(c *x509.Certificate) { c.DNSNames = []string{"other.example.com"} }),
		fails("x509: certificate is valid for other.example.com, not infisical.example.com")), "EI430", "EI404"},
	{"no alternative name", both(presents(func(c *x509.Certificate) { c.DNSNames = nil }),
		fails("x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs")), "EI430", "EI406"},
	{"for clients", both(presents(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), fails(untrusted)), "EI430", "EI414"},
	{"mutual TLS", both(presents(nil, func(s *sight) { s.ClientCertificate = true }), fails("remote error: tls: handshake failure")), "EI430", "EI412"},
	{"plain HTTP where TLS is expected", func(t *testing.T, w *world) {
		text := "http: server gave HTTP response to HTTPS client"
		fails(text)(t, w)
		w.sights = map[string]sight{address: {Host: "infisical.example.com", Problem: text, Code: cause.PlainHTTP}}
	}, "EI430", "EI504"},
	{"the server's certificate expires soon", presents(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(29 * 24 * time.Hour) }), "EI431", "EI431"},
	{"expired ones in the bundle", func(t *testing.T, w *world) { w.configMap().Data["ca.crt"] += caPEM(t, -24) }, "EI432", "EI432"},
	{"two places for the CA", func(t *testing.T, w *world) {
		provider(base64.StdEncoding.EncodeToString([]byte(caPEM(t, 9000))), "caBundle")(t, w)
	}, "EI433", "EI433"},
	{"garbage in the store itself", func(t *testing.T, w *world) {
		delete(infisicalOf(w), "caProvider")
		provider("LS0t", "caBundle")(t, w)
	}, "EI409", "EI409"},

	{"a page answers", presents(nil, func(s *sight) { s.ContentType = "text/html" }), "EI520", "EI505"},
	{"a redirect answers", presents(nil, func(s *sight) { s.Status, s.Location = 302, "/sso" }), "EI520", "EI505"},
	{"a page answers, and ESO says why", both(presents(nil, func(s *sight) { s.ContentType = "text/html" }), fails("Route POST:/api/api not found")), "EI520", "EI505"},
	{"it hangs", presents(nil, func(s *sight) { s.Status, s.Problem, s.Code = 0, "context deadline exceeded", cause.TimedOut }), "EI520", "EI503"},
	{"clocks differ", presents(nil, func(s *sight) { s.Date = s.At.Add(-time.Hour) }), "EI521", "EI521"},
	{"too fast for the cloud", func(t *testing.T, w *world) {
		provider("https://app.infisical.com", "hostAPI")(t, w)
		w.wishes[0] = wishFor(t, "api")
		set(w.wishes[0], "500ms", "spec", "refreshInterval")
	}, "EI522", "EI522"},
	{"the web site", provider("https://www.infisical.com", "hostAPI"), "EI523", "EI523"},
	{"its own pod", both(provider("https://127.0.0.1:8443", "hostAPI"), fails("dial tcp 127.0.0.1:8443: connect: connection refused"), func(t *testing.T, w *world) {
		chain, _ := issue(t, nil)
		w.sights = map[string]sight{"https://127.0.0.1:8443": {Host: "127.0.0.1", Chain: chain}}
	}), "EI524", "EI524"},
	{"the port of the other scheme", both(provider("https://infisical.example.com:80", "hostAPI"), fails("http: server gave HTTP response to HTTPS client")), "EI525", "EI525"},
	{"no Service", serves("https://infisical.tools.svc", backing{}), "EI526", "EI526"},
	{"another port", serves("https://infisical.tools.svc:8443", backing{Exists: true, Ports: []int32{443}, Ready: 1}), "EI526", "EI526"},
	{"nothing behind the Service", both(serves("https://infisical.tools.svc", backing{Exists: true, Ports: []int32{443}}),
		fails("dial tcp 10.96.1.1:443: connect: connection refused")), "EI527", "EI527"},

	{"a name, and nothing is found there", func(t *testing.T, w *world) {
		provider("production", "secretsScope", "environmentSlug")(t, w)
		clustertest.Ready(w.wishes[0], "False")
		w.failures = map[string]eso.Told{"app/api": {Message: "error processing spec.data[0] (key: API_KEY), err: Secret does not exist"}}
	}, "EI650", "EI604"},
	{"in maintenance", both(fails("status-code=500 [message=\"Something went wrong\"]"), func(_ *testing.T, w *world) {
		w.maintained = map[string]bool{address: true}
	}), "EI528", "EI511"},
	{"a project's name, which ESO reports as unknown", both(provider("Archon Platform", "secretsScope", "projectSlug"), fails("Project with slug 'Archon Platform' not found")), "EI651", "EI651"},
	{"no path, which ESO reports as unknown", both(provider("app", "secretsScope", "secretsPath"),
		fails("Folder with path 'app' in environment 'prod' was not found")), "EI652", "EI652"},
	{"the environment is unknown", visits(func(v *visit) {
		c, _ := cause.FromText("Environment with slug 'x' not found")
		f := doctor.Problem(c, v.Store)
		v.Place = &f
	}), "EI620", "EI604"},
	{"reads the whole project", visits(func(v *visit) { v.Roles = []string{"member"} }), "EI621", "EI621"},
	{"writes", visits(func(v *visit) { v.Roles = []string{"admin"} }), "EI622", "EI622"},
	{"sees nothing", visits(func(v *visit) { v.Keys = 0 }), "EI623", "EI623"},
}

// The runbook makes the identity a Viewer of the project, and so does this program: that is told, and nothing to warn of.
func TestAViewerOfTheProjectIsNothingToWarnOf(t *testing.T) {
	f := identityReadsNoMore(visit{Roles: []string{"viewer"}, Environment: "prod", Environments: []string{"prod", "dev"}})
	if f.Status != doctor.Pass || !strings.Contains(f.Note, "reads dev as well") {
		t.Errorf("%+v", f)
	}
}

// What is seen from this machine must not be held against a store that works.
func TestWhatIsSeenFromHereDoesNotOutweighESO(t *testing.T) {
	strange := presents(func(c *x509.Certificate) { c.DNSNames = []string{"proxy.corp"} })
	for name, do := range map[string]func(*testing.T, *world){
		"a proxy on the way here":      strange,
		"a portal before this machine": both(strange, func(_ *testing.T, w *world) { page(w) }),
		"the server is not seen": func(_ *testing.T, w *world) {
			w.sights = map[string]sight{address: {Problem: "i/o timeout", Code: cause.TimedOut}}
		},
		"a Service with pods":                serves("https://infisical.tools.svc", backing{Exists: true, Ports: []int32{443}, Ready: 2}),
		"a Service for another name":         serves("https://infisical.tools.svc", backing{Exists: true, External: "vault.example.com"}),
		"a privilege for the place":          visits(func(v *visit) { v.Roles = []string{"no-access"} }),
		"a project with one stage":           visits(func(v *visit) { v.Roles, v.Environments = []string{"viewer"}, []string{"prod"} }),
		"a controller in the host's network": provider("https://127.0.0.1:8443", "hostAPI"),
		"hurried at home": func(_ *testing.T, w *world) {
			set(w.wishes[0], "500ms", "spec", "refreshInterval")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := healthy(t)
			do(t, w)
			r := examine(t, w)
			for _, o := range r.Outcomes {
				for _, f := range o.Findings {
					if f.Status != doctor.Pass {
						t.Errorf("%s %s: %+v", o.Code, o.Title, f)
					}
				}
			}
		})
	}
}

func page(w *world) {
	seen := w.sights[address]
	seen.ContentType = "text/html"
	w.sights[address] = seen
}

func TestALookAtAServer(t *testing.T) {
	server := newServer(t)
	seen := look(t.Context(), server.URL+"/api/")
	if len(seen.Chain) == 0 || seen.Status != 200 || seen.html() || seen.Problem != "" || seen.Date.IsZero() {
		t.Errorf("seen %+v", seen)
	}
	if p, shown := seen.presented(); !shown || p.Host != "127.0.0.1" {
		t.Errorf("presented %v, %t", p.Host, shown)
	}
	server.Close()
	if gone := look(t.Context(), server.URL); gone.Code != cause.ConnectionRefused || len(gone.Chain) > 0 {
		t.Errorf("seen of a server that is down: %+v", gone)
	}
}

func TestALookAtAServerThatHangs(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(server.Close)
	if seen := lookWithin(t.Context(), 300*time.Millisecond, server.URL); !seen.hangs() {
		t.Errorf("seen %+v", seen)
	}
}

func TestOnlyWhatMayBeReachedIsLookedAt(t *testing.T) {
	for host, want := range map[string]bool{address: true, "https://h:8443/api": true, "http://h": false, "h": false, "https://infisical.tools.svc": false,
		"https://infisical.tools.svc.cluster.local:8443": false, "": false, "https://": false} {
		if visible(host) != want {
			t.Errorf("%q: %t", host, !want)
		}
	}
}

func newServer(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/status" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"message":"Ok"}`))
	}))
	t.Cleanup(server.Close)
	return server
}
