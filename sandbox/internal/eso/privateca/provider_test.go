package privateca_test

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	upstream "github.com/external-secrets/external-secrets/pkg/provider/infisical"
	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/eso/privateca"
)

func caProvider(kind, key string, more ...string) map[string]any {
	fields := map[string]any{"type": kind, "name": "infisical-ca", "key": key}
	if len(more) > 0 {
		fields["namespace"] = more[0]
	}
	return map[string]any{"caProvider": fields}
}

func TestCAFromEverySource(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(r *rig, ca string){
		"ConfigMap": func(*rig, string) {},
		"Secret": func(r *rig, ca string) {
			r.configMap, r.caSecret, r.ca = nil, map[string]string{"tls.ca": ca}, caProvider("Secret", "tls.ca", namespace)
		},
		"caBundle": func(r *rig, ca string) { r.configMap, r.ca = nil, map[string]any{"caBundle": base64Of(ca)} },
		"caBundle before caProvider": func(r *rig, ca string) {
			r.configMap = nil
			r.ca["caBundle"] = base64Of(ca)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, (*httptest.Server).StartTLS)
			place(r, r.configMap["ca.crt"])
			opened, err := r.connect(t)
			if err != nil {
				t.Fatal(err)
			}
			if result, err := opened.Validate(); err != nil || result != esv1.ValidationResultReady {
				t.Errorf("validate: %v %v", result, err)
			}
			if value, err := opened.GetSecret(t.Context(), esv1.ExternalSecretDataRemoteRef{Key: "KEY"}); err != nil || string(value) != "value" {
				t.Errorf("get: %q %v", value, err)
			}
		})
	}
}

func TestReading(t *testing.T) {
	t.Parallel()
	r := newRig(t, (*httptest.Server).StartTLS)
	opened, err := r.connect(t)
	if err != nil {
		t.Fatal(err)
	}
	get := func(ref esv1.ExternalSecretDataRemoteRef) string {
		value, err := opened.GetSecret(t.Context(), ref)
		if err != nil {
			return err.Error()
		}
		return string(value)
	}
	const relative = "a secret key referencing a folder must start with a '/' as it is an absolute path, key: app/CONFIG"
	for name, test := range map[string]struct {
		ref  esv1.ExternalSecretDataRemoteRef
		want string
	}{
		"reference":        {esv1.ExternalSecretDataRemoteRef{Key: "OTHER"}, "value!"},
		"absolute path":    {esv1.ExternalSecretDataRemoteRef{Key: "/KEY"}, "value"},
		"property":         {esv1.ExternalSecretDataRemoteRef{Key: "/app/CONFIG", Property: "user"}, "u"},
		"no such property": {esv1.ExternalSecretDataRemoteRef{Key: "/app/CONFIG", Property: "x"}, "property x does not exist in secret /app/CONFIG"},
		"relative path":    {esv1.ExternalSecretDataRemoteRef{Key: "app/CONFIG"}, relative},
	} {
		if got := get(test.ref); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	if got := get(esv1.ExternalSecretDataRemoteRef{Key: "NONE"}); !strings.Contains(got, "CallRetrieveSecretV3Raw") || !strings.HasSuffix(got, `[message="Secret with name 'NONE' not found"]`) {
		t.Errorf("unknown key: %q", got)
	}

	members, err := opened.GetSecretMap(t.Context(), esv1.ExternalSecretDataRemoteRef{Key: "/app/CONFIG"})
	if diff := cmp.Diff(map[string][]byte{"user": []byte("u"), "port": []byte("5432")}, members); diff != "" || err != nil {
		t.Errorf("map (-want +got): %v\n%s", err, diff)
	}
	prefix := "OTH"
	for name, test := range map[string]struct {
		find esv1.ExternalSecretFind
		want map[string][]byte
	}{
		"all":     {esv1.ExternalSecretFind{}, map[string][]byte{"KEY": []byte("value"), "OTHER": []byte("value!")}},
		"by name": {esv1.ExternalSecretFind{Name: &esv1.FindName{RegExp: "^K"}}, map[string][]byte{"KEY": []byte("value")}},
		"by path": {esv1.ExternalSecretFind{Path: &prefix}, map[string][]byte{"OTHER": []byte("value!")}},
	} {
		found, err := opened.GetAllSecrets(t.Context(), test.find)
		if diff := cmp.Diff(test.want, found); diff != "" || err != nil {
			t.Errorf("find %s (-want +got): %v\n%s", name, err, diff)
		}
	}
	if _, err := opened.GetAllSecrets(t.Context(), esv1.ExternalSecretFind{Tags: map[string]string{"a": "b"}}); err == nil || err.Error() != "find by tags not supported" {
		t.Errorf("find by tags: %v", err)
	}
}

func TestCloseEndsTheToken(t *testing.T) {
	t.Parallel()
	opened, err := newRig(t, (*httptest.Server).StartTLS).connect(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := opened.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := opened.Validate(); err == nil || !strings.Contains(err.Error(), `[status-code=401]`) {
		t.Errorf("validate after close: %v", err)
	}
}

func TestUpstreamKeepsTheRest(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(r *rig){
		"no CA fields": func(r *rig) { r.ca = nil },
		"another way to log in": func(r *rig) {
			r.spec.Auth = esv1.InfisicalAuth{TokenAuthCredentials: &esv1.TokenAuthCredentials{AccessToken: secretKey("clientId")}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, (*httptest.Server).Start)
			change(r)
			opened, err := r.connect(t)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := opened.(*upstream.Provider); !ok {
				t.Errorf("client of type %T, want upstream's", opened)
			}
		})
	}
}

// TestRegister must not run beside other tests that look a provider up; there are none.
func TestRegister(t *testing.T) {
	privateca.Register()
	provider, _ := esv1.GetProviderByName("infisical")
	if _, ok := provider.(privateca.Provider); !ok {
		t.Fatalf("registered provider of type %T", provider)
	}
	if got := provider.Capabilities(); got != esv1.SecretStoreReadOnly {
		t.Errorf("capabilities %q, want those of upstream", got)
	}
	_, err := provider.ValidateStore(&esv1.ClusterSecretStore{Spec: esv1.SecretStoreSpec{
		Provider: &esv1.SecretStoreProvider{Infisical: &esv1.InfisicalProvider{}},
	}})
	if err == nil || err.Error() != "secretsScope.projectSlug and secretsScope.environmentSlug cannot be empty" {
		t.Errorf("validate: %v", err)
	}
}

func matches(t *testing.T, err error, pattern string) {
	t.Helper()
	if err == nil || !regexp.MustCompile("^"+pattern+"$").MatchString(err.Error()) {
		t.Errorf("error %v\nwant one that matches %s", err, pattern)
	}
}
