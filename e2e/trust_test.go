//go:build e2e && linux

package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"software.sslmate.com/src/go-pkcs12"
)

// TestTrust puts CAs into a cluster in every right and wrong way, and replaces them.
func TestTrust(t *testing.T) {
	t.Parallel()
	s := start(t, "trust")
	root := issue(t, nil, authority("Example Root"))
	s.present(t, issue(t, &root, server(infisicalHosts...)), root)
	s.Infisical.CAFile = root.file(t)
	t.Run("files that are no CA", func(t *testing.T) { filesThatAreNoCA(t, s, root) })
	t.Run("servers that would not be trusted", func(t *testing.T) { distrustedServers(t, s) })
	t.Run("files of every form", func(t *testing.T) { filesOfEveryForm(t, s, root) })
	t.Run("what the system trusts needs no CA", func(t *testing.T) { systemSuffices(t, s, root) })
	t.Run("from the server", func(t *testing.T) { fromServer(t, s, root) })
	t.Run("objects of others", func(t *testing.T) { caOfOthers(t, s, root) })
	s.mustRun(t, append([]string{"install"}, s.chart()...)...)
	s.mustRun(t, s.bootstrap()...)
	s.mustRun(t, append([]string{"apply-ca", "--host", s.Infisical.URL}, s.ca()...)...)
	s.mustRun(t, append([]string{"apply-store"}, s.project()...)...)
	t.Run("by ESO's eyes and through the cluster", func(t *testing.T) { seenFromTheCluster(t, s, root) })
	t.Run("stores are judged anew", func(t *testing.T) { storesAreJudged(t, s, root) })
	t.Run("rotation", func(t *testing.T) { rotateCA(t, s, root) })
}

// caObject is the ConfigMap with the CA.
func caObject(t *testing.T, s *sandbox) *unstructured.Unstructured {
	t.Helper()
	obj, err := s.client(t).Resource(resources["configmaps"]).Namespace("external-secrets").Get(t.Context(), "infisical-ca", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

func caHeld(t *testing.T, s *sandbox) string {
	t.Helper()
	text, _, _ := unstructured.NestedString(caObject(t, s).Object, "data", "ca.crt")
	return text
}

func caVersion(t *testing.T, s *sandbox) string {
	t.Helper()
	return caObject(t, s).GetResourceVersion()
}

func filesThatAreNoCA(t *testing.T, s *sandbox, root issued) {
	store, err := pkcs12.Modern2023.EncodeTrustStore([]*x509.Certificate{root.Certificate}, "right")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ content, text string }{
		"a private key":           {root.pem() + root.keyPEM(t), "private key"},
		"expired":                 {issue(t, nil, authority("Old"), valid(-96*time.Hour, -24*time.Hour)).pem(), "expired on"},
		"not yet valid":           {issue(t, nil, authority("New"), valid(24*time.Hour, 48*time.Hour)).pem(), "check this machine's clock"},
		"garbage":                 {"garbage", "holds no certificate"},
		"empty":                   {"", "empty"},
		"damaged":                 {root.pem()[:300], "damaged"},
		"a server's own":          {issue(t, &root, server("127.0.0.1")).pem(), "give that CA's certificate instead"},
		"PKCS#12 with a password": {string(store), "--ca-password-file"},
	} {
		r := s.run(t, "apply-ca", "--ca-file", file(t, tt.content))
		r.expect(t, 2, tt.text, "Nothing has been changed")
		if strings.Contains(r.errOut, strings.Split(root.keyPEM(t), "\n")[1]) {
			t.Errorf("%s: the private key is shown", name)
		}
	}
	s.run(t, "apply-ca", "--ca-file", file(t, string(store)), "--ca-password-file", file(t, "wrong")).expect(t, 2, "does not open")
	gone(t, s.client(t), "configmaps", "external-secrets", "infisical-ca")
}

// distrustedServers looks at servers that ESO would refuse, each for a reason of its own. Nothing is written then.
func distrustedServers(t *testing.T, s *sandbox) {
	root, renewed, other := issue(t, nil, authority("Root")), issue(t, nil, authority("Root")), issue(t, nil, foreign("Other"))
	middle := issue(t, &root, authority("Middle"))
	leaf := func(issuer issued, changes ...func(*x509.Certificate)) issued {
		return issue(t, &issuer, append([]func(*x509.Certificate){server("127.0.0.1")}, changes...)...)
	}
	clientWanted := func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }
	old := func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	commonName := issue(t, &root, func(c *x509.Certificate) { c.Subject.CommonName = "127.0.0.1" })
	for name, tt := range map[string]struct {
		host string
		want []string
	}{
		"wrong CA":             {serving(t, nil, leaf(other)), []string{"EI401", "CN=Other"}},
		"renewed CA":           {serving(t, nil, leaf(renewed)), []string{"EI407", "the CA has been renewed"}},
		"missing intermediate": {serving(t, nil, leaf(middle)), []string{"EI410", "CN=Middle"}},
		"other host name":      {serving(t, nil, issue(t, &root, server("10.1.2.3"))), []string{"EI404", "10.1.2.3"}},
		"address without SAN":  {serving(t, nil, issue(t, &root, server("infisical.example"))), []string{"EI404", "IP address"}},
		"common name only":     {serving(t, nil, commonName), []string{"EI406"}},
		"expired":              {serving(t, nil, leaf(root, valid(-48*time.Hour, -time.Hour))), []string{"EI405", "expired on"}},
		"not valid yet":        {serving(t, nil, leaf(root, valid(2*time.Hour, 48*time.Hour))), []string{"EI405", "a clock that is wrong"}},
		"client certificate":   {serving(t, clientWanted, leaf(root)), []string{"EI412"}},
		"old TLS":              {serving(t, old, leaf(root)), []string{"EI411"}},
		"no TLS at all":        {"https" + strings.TrimPrefix(plain.URL, "http"), []string{"EI504"}},
	} {
		t.Run(name, func(t *testing.T) {
			s.run(t, "apply-ca", "--ca-file", root.file(t), "--host", tt.host).expect(t, 1, tt.want...)
		})
	}
	gone(t, s.client(t), "configmaps", "external-secrets", "infisical-ca")
	r := s.run(t, "apply-ca", "--ca-file", root.file(t), "--host", serving(t, nil, leaf(other)), "-o", "json")
	var failed struct {
		APIVersion, Kind string
		Error            struct{ Code, Fix string }
	}
	if err := json.Unmarshal([]byte(r.out), &failed); err != nil || r.code != 1 || failed.APIVersion != "eso-infisical.dev/v1alpha1" || failed.Error.Code != "EI401" || failed.Error.Fix == "" {
		t.Errorf("the document of a failure: %v %v", err, r)
	}
	for text, host := range map[string]string{
		"does not send its intermediate": serving(t, nil, leaf(middle)),
		"expires on":                     serving(t, nil, leaf(root, valid(-time.Hour, 29*24*time.Hour))),
	} {
		s.run(t, "apply-ca", "--ca-file", file(t, root.pem()+middle.pem()), "--host", host, "--ca-configmap", "warned").expect(t, 0, "warning: ", text)
	}
	pinned := issue(t, nil, server("127.0.0.1"))
	s.run(t, "apply-ca", "--ca-file", pinned.file(t), "--host", serving(t, nil, pinned), "--ca-configmap", "warned").expect(t, 0, "pinned", "removed", "new ")
}

// filesOfEveryForm gives one CA in all forms: the first run creates the ConfigMap, and all others find nothing to do.
func filesOfEveryForm(t *testing.T, s *sandbox, root issued) {
	certs := []*x509.Certificate{root.Certificate}
	protected, err := pkcs12.Modern2023.EncodeTrustStore(certs, "right")
	if err != nil {
		t.Fatal(err)
	}
	open, err := pkcs12.Passwordless.EncodeTrustStore(certs, "")
	if err != nil {
		t.Fatal(err)
	}
	host := []string{"apply-ca", "--host", s.Infisical.URL, "--ca-file"}
	s.run(t, append(host, root.file(t))...).expect(t, 0, "configmap/infisical-ca created", "verified: name, chain and dates")
	before := caVersion(t, s)
	s.run(t, append(host, file(t, string(root.Raw)))...).expect(t, 0, "configmap/infisical-ca unchanged")
	s.run(t, append(host, file(t, string(open)))...).expect(t, 0, "configmap/infisical-ca unchanged")
	s.run(t, append(host, file(t, string(protected)), "--ca-password-file", file(t, "right\n"))...).expect(t, 0, "configmap/infisical-ca unchanged")
	leaf := issue(t, &root, server("127.0.0.1"))
	s.run(t, append(host, file(t, leaf.pem()+root.pem()+root.pem()))...).expect(t, 0, "unchanged", "it is left out", "there twice")
	run := s.prepare(t.Context(), append(host, "-")...)
	run.Stdin = strings.NewReader(root.pem())
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	run.finish(t).expect(t, 0, "configmap/infisical-ca unchanged")
	if now := caVersion(t, s); now != before {
		t.Errorf("the ConfigMap has changed from version %s to %s", before, now)
	}
	if got := caHeld(t, s); got != root.pem() {
		t.Errorf("the ConfigMap holds\n%s", got)
	}
}

// systemSuffices makes the machine trust the CA by itself.
func systemSuffices(t *testing.T, s *sandbox, root issued) {
	trusted := func(args ...string) result {
		run := s.prepare(t.Context(), append(args, "--host", s.Infisical.URL, "--ca-configmap", "unneeded")...)
		run.Env = append(run.Env, "SSL_CERT_FILE="+root.file(t))
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		return run.finish(t)
	}
	trusted("apply-ca", "--from-server").expect(t, 0, "no CA is needed", "--verify=cluster")
	gone(t, s.client(t), "configmaps", "external-secrets", "unneeded")
	trusted("apply-ca", "--ca-file", root.file(t)).expect(t, 0, "created", "no CA is needed")
	other := issue(t, nil, authority("Other"))
	trusted("apply-ca", "--ca-file", other.file(t)).expect(t, 0, "does not end at what was given")
}

// fromServer takes the CA from the server, never without a fingerprint or a person.
func fromServer(t *testing.T, s *sandbox, root issued) {
	args := []string{"apply-ca", "--from-server", "--host", s.Infisical.URL, "--ca-configmap", "taken"}
	fingerprint := root.fingerprint()
	colons := strings.ToUpper(fingerprint[:2])
	for i := 2; i < len(fingerprint); i += 2 {
		colons += ":" + strings.ToUpper(fingerprint[i:i+2])
	}
	s.run(t, args...).expect(t, 2, "--fingerprint", colons, "CN=Example Root", "Nothing has been changed")
	s.run(t, append(args, "--fingerprint", "AB:CD")...).expect(t, 2, "no SHA-256 fingerprint")
	s.run(t, append(args, "--fingerprint", strings.Repeat("ab", 32))...).expect(t, 1, "EI419", colons)
	gone(t, s.client(t), "configmaps", "external-secrets", "taken")
	term := s.onTerminal(t, args...)
	term.shown.await(t, "[y/N]")
	for _, text := range []string{"subject", "issuer", "valid", colons, "would be trusted"} {
		if !strings.Contains(term.shown.String(), text) {
			t.Errorf("the question does not show %q:\n%s", text, term.shown.String())
		}
	}
	term.answer(t, "n", "nothing has been changed").expect(t, 1, "was not confirmed")
	gone(t, s.client(t), "configmaps", "external-secrets", "taken")
	term = s.onTerminal(t, args...)
	term.shown.await(t, "[y/N]")
	term.answer(t, "y", "verified: ").expect(t, 0, "configmap/taken created")
	s.run(t, append(args, "--fingerprint", fingerprint)...).expect(t, 0, "configmap/taken unchanged")
	s.run(t, append(args, "--fingerprint", colons)...).expect(t, 0, "configmap/taken unchanged")

	t.Run("a change meanwhile is kept", func(t *testing.T) {
		other := issue(t, nil, authority("Somebody's"))
		s.mustRun(t, "apply-ca", "--verify=none", "--ca-configmap", "taken", "--ca-file", other.file(t))
		term := s.onTerminal(t, args...)
		term.shown.await(t, "[y/N]")
		s.mustRun(t, "apply-ca", "--verify=none", "--ca-configmap", "taken", "--ca-file", file(t, other.pem()+root.pem()))
		term.answer(t, "y", "detail: ").expect(t, 1, "EI105", "that change is kept")
	})
	middle := issue(t, &root, authority("Middle"))
	leaf := issue(t, &middle, server("127.0.0.1"))
	pinned := issue(t, nil, server("127.0.0.1"))
	for name, tt := range map[string]struct {
		chain []issued
		print string
		code  int
		text  string
	}{
		"root not sent":             {[]issued{leaf, middle}, middle.fingerprint(), 0, "the server does not send its root"},
		"self-signed":               {[]issued{pinned}, pinned.fingerprint(), 0, "it is pinned"},
		"own certificate only":      {[]issued{leaf}, leaf.fingerprint(), 1, "EI410"},
		"fingerprint of the server": {[]issued{leaf, middle}, leaf.fingerprint(), 1, "the server's own certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			s.run(t, "apply-ca", "--from-server", "--host", serving(t, nil, tt.chain...), "--ca-configmap", "other", "--fingerprint", tt.print).expect(t, tt.code, tt.text)
		})
	}
}

// caOfOthers meets objects that others have made.
func caOfOthers(t *testing.T, s *sandbox, root issued) {
	api := s.client(t).Resource(resources["configmaps"]).Namespace("external-secrets")
	make := func(manager string, mark func(*unstructured.Unstructured)) {
		obj := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "theirs"},
			"data": map[string]any{"ca.crt": "old"}}}
		mark(obj)
		_ = api.Delete(t.Context(), "theirs", metav1.DeleteOptions{}) // it may not be there
		if _, err := api.Create(t.Context(), obj, metav1.CreateOptions{FieldManager: manager}); err != nil {
			t.Fatal(err)
		}
	}
	apply := append([]string{"apply-ca", "--ca-configmap", "theirs", "--host", s.Infisical.URL}, s.ca()...)
	make("kubectl-create", func(*unstructured.Unstructured) {})
	s.run(t, apply...).expect(t, 0, "changed", "taken over from kubectl-create")
	s.run(t, apply...).expect(t, 0, "unchanged")
	make("somebody", func(*unstructured.Unstructured) {})
	s.run(t, apply...).expect(t, 1, "EI104", "somebody")
	s.run(t, append(apply, "--force-conflicts")...).expect(t, 0, "changed")
	make("argocd", func(o *unstructured.Unstructured) {
		o.SetAnnotations(map[string]string{"argocd.argoproj.io/tracking-id": "x"})
	})
	s.run(t, append(apply, "--force-conflicts")...).expect(t, 1, "EI415", "Argo CD")
	s.run(t, append([]string{"apply-ca", "--ca-configmap", "a", "--ca-secret", "b"}, s.ca()...)...).expect(t, 2, "exclude each other")
}

// seenFromTheCluster lets ESO judge a CA, and reaches Infisical by a name that only the cluster knows.
func seenFromTheCluster(t *testing.T, s *sandbox, root issued) {
	id := read(t, s.Infisical.ClientIDFile)
	cost := s.during(t, id, func() {
		s.run(t, append([]string{"apply-ca", "--verify=cluster"}, s.ca()...)...).expect(t, 0, "unchanged", "verified by ESO from inside the cluster")
		other := issue(t, nil, authority("Other"))
		s.run(t, "apply-ca", "--verify=cluster", "--ca-file", other.file(t)).expect(t, 1, "EI401", "from inside the cluster")
	})
	if cost.Failures != 0 { // ESO may log in for the store of its own accord, which succeeds
		t.Errorf("looking at the certificate costs the machine identity %v", cost)
	}
	if got := caHeld(t, s); got != root.pem() {
		t.Errorf("the ConfigMap holds\n%s", got)
	}
	s.control(t, "publish")
	const host = "https://infisical.infisical.svc"
	s.run(t, append([]string{"apply-ca", "--host", host}, s.ca()...)...).expect(t, 0, "verified: name, chain and dates of "+host)
	s.run(t, append([]string{"apply-ca", "--via", "service/infisical.infisical", "--host", "https://another.name.example"}, s.ca()...)...).expect(t, 1, "EI404")
	s.run(t, "apply-ca", "--from-server", "--host", host, "--fingerprint", root.fingerprint()).expect(t, 0, "unchanged")
	s.run(t, append([]string{"apply-ca", "--host", "https://infisical.no-such-name.invalid"}, s.ca()...)...).expect(t, 1, "EI501", "--verify=cluster")
}

// storesAreJudged changes the CA under a store that is ready.
func storesAreJudged(t *testing.T, s *sandbox, root issued) {
	const store = "infisical-archon-platform"
	s.run(t, append([]string{"apply-ca"}, s.ca()...)...).expect(t, 0, "configmap/infisical-ca unchanged", "verified: name, chain and dates of "+s.Infisical.URL)
	other := issue(t, nil, authority("Other"))
	s.run(t, "apply-ca", "--verify=none", "--ca-file", other.file(t)).expect(t, 1, "changed", "removed CN=Example Root", "new     CN=Other", "not verified", "store "+store+" is not ready", "EI401")
	s.run(t, append([]string{"apply-ca"}, s.ca()...)...).expect(t, 0, "changed", "store "+store+" is ready with it")
	before := versions(t, s.client(t))
	s.run(t, append([]string{"apply-ca"}, s.ca()...)...).expect(t, 0, "unchanged")
	s.run(t, "apply-store").expect(t, 0, "unchanged")
	if now := versions(t, s.client(t)); now["ClusterSecretStore//"+store] != before["ClusterSecretStore//"+store] {
		t.Error("a second run has changed the store")
	}
	s.run(t, append([]string{"apply-ca", "--ca-secret", "infisical-eso-creds"}, s.ca()...)...).expect(t, 1, "EI417", "clientSecret")
	s.run(t, append([]string{"apply-ca", "--ca-secret", "ca-in-a-secret"}, s.ca()...)...).expect(t, 0, "secret/ca-in-a-secret created")
	s.run(t, "apply-store", "--ca-secret", "ca-in-a-secret").expect(t, 0, "changed: ready")
	s.run(t, append([]string{"apply-ca"}, s.ca()...)...).expect(t, 0, "secret/ca-in-a-secret unchanged")
	s.run(t, append([]string{"apply-ca"}, "--ca-file", file(t, root.pem()+other.pem()))...).expect(t, 0, "secret/ca-in-a-secret changed", "store "+store+" is ready with it")
	s.run(t, "test", "--key", s.Infisical.Key).expect(t, 0, "keyed hashes are equal")
	s.run(t, append([]string{"apply-ca", "--ca-configmap", "infisical-ca"}, s.ca()...)...).expect(t, 0, "unchanged")
	s.run(t, "apply-store", "--ca-configmap", "infisical-ca").expect(t, 0, "changed: ready")
}

// rotateCA replaces the CA by one of the same subject while ESO works.
func rotateCA(t *testing.T, s *sandbox, old issued) {
	const store = "infisical-archon-platform"
	next := issue(t, nil, authority("Example Root"))
	other := issue(t, nil, authority("Other"))
	s.run(t, "rotate", "ca").expect(t, 2, "no rotation was begun", "--ca-file")
	s.run(t, "rotate", "ca", "--verify=none", "--ca-file", next.file(t)).expect(t, 2, "--verify=none")
	s.run(t, "rotate", "ca", "--ca-file", next.file(t)).expect(t, 0, "overlap", "next: let the server present", "store "+store+" is ready with it")
	if got := caHeld(t, s); got != old.pem()+next.pem() {
		t.Errorf("the ConfigMap holds\n%s", got)
	}
	before := caVersion(t, s)
	s.run(t, "rotate", "ca", "--ca-file", next.file(t)).expect(t, 0, "overlap")
	if caVersion(t, s) != before {
		t.Error("a second run has changed the ConfigMap")
	}
	s.run(t, "rotate", "ca", "--watch", "--timeout", "3s").expect(t, 124, "both CAs are in place")

	run := s.prepare(t.Context(), "rotate", "ca", "--watch", "--timeout", "5m")
	shown := make(chan struct{})
	run.Stderr = &until{buffer: &run.errOut, text: "waiting for the server to present", shown: shown}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-shown:
	case <-time.After(time.Minute):
		t.Error("it never waited")
	}
	s.present(t, issue(t, &next, server(infisicalHosts...)), next)
	run.finish(t).expect(t, 0, "rotated", "removed CN=Example Root", "store "+store+" is ready with it")
	if got := caHeld(t, s); got != next.pem() {
		t.Errorf("the ConfigMap holds\n%s", got)
	}
	s.run(t, "rotate", "ca", "--ca-file", next.file(t)).expect(t, 0, "unchanged")
	// A server that has switched already, and one that has switched to a third CA.
	s.present(t, issue(t, &other, server(infisicalHosts...)), other)
	s.run(t, "rotate", "ca", "--ca-file", old.file(t)).expect(t, 1, "EI401")
	if got := caHeld(t, s); got != next.pem() {
		t.Errorf("the ConfigMap holds\n%s", got)
	}
	s.run(t, "rotate", "ca", "--from-server", "--fingerprint", other.fingerprint(), "-o", "json").expect(t, 0, `"phase": "rotated"`, `"ready": "True"`)
	s.run(t, "test", "--key", s.Infisical.Key).expect(t, 0, "keyed hashes are equal")
}
