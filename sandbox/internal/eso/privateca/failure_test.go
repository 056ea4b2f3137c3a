package privateca_test

import (
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
)

func TestFailuresBeforeTheServerIsAsked(t *testing.T) {
	t.Parallel()
	const noCA = "failed to get CA certificate: "
	for name, test := range map[string]struct {
		breakIt func(r *rig)
		want    string
	}{
		"ConfigMap missing": {
			func(r *rig) { r.configMap = nil },
			noCA + `failed to get cert from configmap: failed to get caProvider secret infisical-ca: configmaps "infisical-ca" not found`,
		},
		"key missing in the ConfigMap": {
			func(r *rig) { r.configMap = map[string]string{"other": "x"} },
			noCA + `failed to get cert from configmap: failed to get caProvider configMap infisical-ca -> ca.crt`,
		},
		"CA Secret missing": {
			func(r *rig) { r.ca = caProvider("Secret", "ca.crt", namespace) },
			noCA + `failed to get cert from secret: failed to resolve secret key ref: cannot get Kubernetes secret "infisical-ca" from namespace "external-secrets": secrets "infisical-ca" not found`,
		},
		"inline CA is no PEM": {
			func(r *rig) { r.ca = map[string]any{"caBundle": base64Of("no PEM")} },
			noCA + `failed to decode ca bundle: failed to parse the new certificate, not valid pem data`,
		},
		"namespace of the CA missing": {
			func(r *rig) { r.ca = caProvider("ConfigMap", "ca.crt") },
			noCA + `missing namespace on caProvider secret`,
		},
		"Secret missing": {
			func(r *rig) { r.credentials = nil },
			`cannot get Kubernetes secret "infisical-eso-creds" from namespace "external-secrets": secrets "infisical-eso-creds" not found`,
		},
		"key missing in the Secret": {
			func(r *rig) { delete(r.credentials, "clientSecret") },
			`cannot find secret data for key: "clientSecret"`,
		},
		"CA before Secret": {
			func(r *rig) { r.credentials, r.configMap = nil, map[string]string{} },
			noCA + `failed to get cert from configmap: failed to get caProvider configMap infisical-ca -> ca.crt`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, (*httptest.Server).StartTLS)
			test.breakIt(r)
			_, err := r.connect(t)
			matches(t, err, regexp.QuoteMeta(test.want))
		})
	}
}

func TestRefusedLogIn(t *testing.T) {
	t.Parallel()
	r := newRig(t, (*httptest.Server).StartTLS)
	r.credentials["clientSecret"] = "wrong"
	refusal := `failed to authenticate via universal auth APIError: CallUniversalAuthLogin unsuccessful response \[POST ` +
		regexp.QuoteMeta(r.server.URL) + `/api/v1/auth/universal-auth/login\] \[status-code=401\] \[reqId=req-[A-Z0-9]{14}\] \[message="`
	for range 3 {
		_, err := r.connect(t)
		matches(t, err, refusal+`Invalid credentials"\]`)
	}
	_, err := r.connect(t)
	matches(t, err, refusal+`This identity auth method is temporarily locked, please try again later"\]`)
}

func TestRefusedList(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		project, environment, path string
		message                    string
	}{
		"unknown project":     {"nope", "prod", "/", `Project with slug 'nope' not found`},
		"unknown environment": {"demo", "production", "/", `Folder with path '/' in environment 'production' was not found. Please ensure the environment slug and secret path is correct.`},
		"unknown path":        {"demo", "prod", "/x", `Folder with path '/x' in environment 'prod' was not found. Please ensure the environment slug and secret path is correct.`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, (*httptest.Server).StartTLS)
			scope := &r.spec.SecretsScope
			scope.ProjectSlug, scope.EnvironmentSlug, scope.SecretsPath = test.project, test.environment, test.path
			opened, err := r.connect(t)
			if err != nil {
				t.Fatal(err)
			}
			_, err = opened.Validate()
			matches(t, err, regexp.QuoteMeta("cannot read secrets with provided project scope project:"+test.project+
				" environment:"+test.environment+" secret-path:"+test.path+" recursive:false, APIError: CallListSecretsV3Raw unsuccessful response [GET ")+
				`.*\] \[status-code=404\] \[reqId=req-[A-Z0-9]{14}\] `+regexp.QuoteMeta(`[message="`+test.message+`"]`))
		})
	}
}

// TestTransport takes some 14 seconds: the SDK tries four times. The cases wait side by side.
func TestTransport(t *testing.T) {
	t.Parallel()
	const unknownAuthority = `tls: failed to verify certificate: x509: certificate signed by unknown authority`
	var group sync.WaitGroup
	for _, test := range []struct {
		breakIt func(r *rig)
		want    string
	}{
		{func(r *rig) { r.configMap["ca.crt"] = anotherCA(t) }, unknownAuthority},
		{func(r *rig) { r.configMap["ca.crt"] = "no PEM" }, unknownAuthority},
		{func(r *rig) { r.server.Close() }, `dial tcp 127\.0\.0\.1:\d+: connect: connection refused`},
	} {
		r := newRig(t, (*httptest.Server).StartTLS)
		test.breakIt(r)
		connect := r.connector(t)
		group.Go(func() {
			_, err := connect()
			matches(t, err, `failed to authenticate via universal auth CallUniversalAuthLogin: unable to complete api request \[err=Post "`+
				regexp.QuoteMeta(r.server.URL)+`/api/v1/auth/universal-auth/login": `+test.want+`\]`)
		})
	}
	group.Wait()
}
