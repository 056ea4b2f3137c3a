package cause

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestFromText(t *testing.T) {
	login := `failed to authenticate via universal auth APIError: CallUniversalAuthLogin unsuccessful response [POST https://h/api/v1/auth/universal-auth/login] [status-code=%d] [reqId=req-1] [message=%q]`
	list := `cannot read secrets with provided project scope project:p environment:e secret-path:/ recursive:false, APIError: CallListSecretsV3Raw unsuccessful response [GET https://h/api/v3/secrets/raw?x] [status-code=%d] [reqId=req-1] [message=%q]`
	transport := `failed to authenticate via universal auth CallUniversalAuthLogin: unable to complete api request [err=Post "https://h/api/v1/auth/universal-auth/login": %s]`
	hook := `Internal error occurred: failed calling webhook "validate.clustersecretstore.external-secrets.io": failed to call webhook: Post "https://external-secrets-webhook.external-secrets.svc:443/validate?timeout=5s": %s`
	conversion := "conversion webhook for external-secrets.io/v1beta1, Kind=ClusterSecretStore failed: %s"

	tests := []struct{ name, text, code string }{
		{"Secret missing", `cannot get Kubernetes secret "infisical-eso-creds" from namespace "external-secrets": secrets "infisical-eso-creds" not found`, "EI301"},
		{"key missing", `cannot find secret data for key: "clientSecret"`, "EI302"},
		{"reference without namespace", `cannot get Kubernetes secret "x" from namespace "": an empty namespace may not be set when a resource name is provided`, "EI303"},
		{"Secret forbidden", `cannot get Kubernetes secret "x" from namespace "y": secrets "x" is forbidden: User "z" cannot get`, "EI304"},
		{"Secret unreadable", `cannot get Kubernetes secret "x" from namespace "y": Get "https://10.96.0.1:443/api/v1/namespaces/y/secrets/x": dial tcp 10.96.0.1:443: connect: connection refused`, "EI305"},
		{"wrong credentials", fmt.Sprintf(login, 401, "Invalid credentials"), "EI310"},
		{"wrong credentials, 2024 server", fmt.Sprintf(login, 403, "Invalid credentials"), "EI310"},
		{"locked out", fmt.Sprintf(login, 401, "This identity auth method is temporarily locked, please try again later"), "EI311"},
		{"client secret expired", fmt.Sprintf(login, 401, "Access denied due to expired client secret"), "EI312"},
		{"uses exhausted", fmt.Sprintf(login, 401, "Access denied due to client secret usage limit reached"), "EI313"},
		{"IP not trusted", fmt.Sprintf(login, 403, "You are not allowed to access this resource from the current IP address"), "EI314"},
		{"unknown authority", fmt.Sprintf(transport, "tls: failed to verify certificate: x509: certificate signed by unknown authority"), "EI401"},
		{"CA ConfigMap missing", `failed to get CA certificate: failed to get cert from configmap: failed to get caProvider secret infisical-ca: configmaps "infisical-ca" not found`, "EI402"},
		{"CA key missing", `failed to get CA certificate: failed to get cert from configmap: failed to get caProvider configMap infisical-ca -> ca.crt`, "EI403"},
		{"host mismatch", fmt.Sprintf(transport, "tls: failed to verify certificate: x509: certificate is valid for a.b, not h"), "EI404"},
		{"IP without SAN", fmt.Sprintf(transport, "x509: cannot validate certificate for 10.0.0.5 because it doesn't contain any IP SANs"), "EI404"},
		{"expired certificate", fmt.Sprintf(transport, "x509: certificate has expired or is not yet valid: current time x is after y"), "EI405"},
		{"common name only", fmt.Sprintf(transport, "x509: certificate relies on legacy Common Name field, use SANs instead"), "EI406"},
		{"renewed CA", fmt.Sprintf(transport, `x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "CN")`), "EI407"},
		{"no such host", fmt.Sprintf(transport, "dial tcp: lookup h on 10.0.0.10:53: no such host"), "EI501"},
		{"refused", fmt.Sprintf(transport, "dial tcp 10.0.0.1:443: connect: connection refused"), "EI502"},
		{"time-out", fmt.Sprintf(transport, "dial tcp 10.0.0.1:443: i/o timeout"), "EI503"},
		{"plain HTTP", fmt.Sprintf(transport, "http: server gave HTTP response to HTTPS client"), "EI504"},
		{"double api", fmt.Sprintf(login, 404, "Route POST:/api/api/v1/auth/universal-auth/login not found"), "EI505"},
		{"proxy", `failed to authenticate via universal auth APIError: CallUniversalAuthLogin unsuccessful response [POST https://h] [status-code=502]`, "EI506"},
		{"no scheme", fmt.Sprintf(transport, `unsupported protocol scheme ""`), "EI507"},
		{"no way to log in", "authentication method not found", "EI718"},
		{"template", `could not apply template: could not execute template: unable to parse template at key x: template: x:1: function "f" not defined`, "EI820"},
		{"template's source", `error fetching templateFrom data: configmaps "tpl" not found`, "EI821"},
		{"another owner", `could not set controller reference on secret: Object app/x is already owned by another Deployment controller d`, "EI822"},
		{"immutable target", "secret is immutable", "EI823"},
		{"property that is not there", "error processing spec.data[0] (key: K), err: property p does not exist in secret K", "EI824"},
		{"property of plain text", "error processing spec.data[0] (key: K), err: unable to unmarshal secret K: invalid character 'h'", "EI824"},
		{"key that is none", "invalid secret keys (TIP: use rewrite or conversionStrategy to change keys): key: \"a b\"", "EI825"},
		{"folder without slash", "err: a secret key referencing a folder must start with a '/' as it is an absolute path, key: a/K", "EI826"},
		{"store of another controller", "err: can not reference unmanaged store", "EI827"},
		{"ESO may not write", `secrets "x" is forbidden: User "system:serviceaccount:external-secrets:external-secrets" cannot create resource "secrets" in API group "" in the namespace "app"`, "EI828"},
		{"namespace goes", `secrets "x" is forbidden: unable to create new content in namespace app because it is being terminated`, "EI829"},
		{"unknown project", fmt.Sprintf(list, 404, "Project with slug 'nope' not found"), "EI601"},
		{"not a member", fmt.Sprintf(list, 403, "You are not a member of this project with ID x. Please assign"), "EI602"},
		{"not a member, 2024 server", `CallListSecretsV3Raw unsuccessful response [GET https://h/api/v3/secrets/raw?environment=prod] [status-code=403] [message="You are not allowed to access this resource"]`, "EI602"},
		{"unknown project, 2024 server", `CallListSecretsV3Raw unsuccessful response [GET https://h/api/v3/secrets/raw?environment=prod] [status-code=500] [reqId=] [message="Something went wrong"]`, "EI601"},
		{"internal error of a list", `CallListSecretsV3Raw unsuccessful response [GET https://h/api/v3/secrets/raw?environment=prod] [status-code=500] [reqId=req-1] [message="Something went wrong"]`, "EI509"},
		{"no permission", fmt.Sprintf(list, 403, "You are not allowed to describeSecret on secrets"), "EI603"},
		{"unknown environment", fmt.Sprintf(list, 404, "Folder with path '/' in environment 'production' was not found. Please ensure"), "EI604"},
		{"unknown environment, recursive", fmt.Sprintf(list, 404, "Environment with slug 'production' in project with ID 5f not found"), "EI604"},
		{"unknown environment, recursive, 2024 server", fmt.Sprintf(list, 500, "'production' environment not found in project with ID 5f"), "EI604"},
		{"unknown folder of a key", "[status-code=404] [message=\"Folder with path '/x' in environment with slug 'prod' not found\"]", "EI604"},
		{"unknown folder of a key, 2024 server", `[status-code=400] [message="Folder not found for the given environment slug & secret path"]`, "EI604"},
		{"wrong product", fmt.Sprintf(list, 400, "The project is of type kms. Operations of type secret-manager are not allowed."), "EI605"},
		{"rate limit", fmt.Sprintf(list, 429, "Rate limit exceeded. Please try again in 5 seconds"), "EI508"},
		{"webhook without pods", fmt.Sprintf(hook, `no endpoints available for service "external-secrets-webhook"`), "EI221"},
		{"webhook refused", fmt.Sprintf(hook, "dial tcp 10.0.0.9:443: connect: connection refused"), "EI221"},
		{"webhook left over", fmt.Sprintf(hook, `service "external-secrets-webhook" not found`), "EI222"},
		{"webhook certificate", fmt.Sprintf(hook, "tls: failed to verify certificate: x509: certificate signed by unknown authority"), "EI223"},
		{"webhook port of the kubelet", fmt.Sprintf(hook, "tls: failed to verify certificate: x509: certificate is valid for ip-10-0-0-1, not external-secrets-webhook.external-secrets.svc"), "EI262"},
		{"webhook time-out", fmt.Sprintf(hook, "context deadline exceeded"), "EI224"},
		{"webhook denial", `admission webhook "validate.clustersecretstore.external-secrets.io" denied the request: x`, "EI225"},
		{"webhook of another product", strings.ReplaceAll(fmt.Sprintf(hook, "context deadline exceeded"), "validate.clustersecretstore.external-secrets.io", "validate.kyverno.svc-fail"), "EI226"},
		{"conversion webhook refused", fmt.Sprintf(conversion, `Post "https://external-secrets-webhook.external-secrets.svc:443/convert?timeout=30s": dial tcp 10.0.0.9:443: connect: connection refused`), "EI227"},
		{"conversion webhook without path", fmt.Sprintf(conversion, "the server could not find the requested resource"), "EI227"},
		{"conversion webhook without Service", fmt.Sprintf(conversion, `service "" not found`), "EI227"},
		{"conversion webhook met by ESO", `could not get ClusterSecretStore "x", ` + fmt.Sprintf(conversion, `service "" not found`), "EI227"},
		{"store unreadable", `error processing spec.data[0] (key: A), err: could not get ClusterSecretStore "x", Get "https://10.96.0.1:443/x": context deadline exceeded`, "EI809"},
		{"store missing", `error processing spec.data[0] (key: A), err: could not get SecretStore "x", secretstores.external-secrets.io "x" not found`, "EI802"},
		{"store not ready", `error processing spec.data[0] (key: A), err: ClusterSecretStore "x" is not ready`, "EI801"},
		{"key missing in Infisical", `error processing spec.data[0] (key: A), err: Secret does not exist`, "EI606"},
		{"key missing in Infisical, 2024 server", `[status-code=400] [message="Secret not found"]`, "EI606"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := FromText(tt.text)
			if !ok || string(got.Code) != tt.code {
				t.Errorf("FromText = %s (%t), want %s", got.Code, ok, tt.code)
			}
			if strings.Contains(got.Summary+got.Fix, "%NAME%") {
				t.Errorf("unfilled placeholder in %q / %q", got.Summary, got.Fix)
			}
		})
	}
}

func TestFromTextNamesWhatIsWrong(t *testing.T) {
	c, _ := FromText("[message=\"Folder with path '/' in environment 'production' was not found.\"]")
	if !strings.Contains(c.Summary, "'production'") || !strings.Contains(c.Fix, "--environment prod") {
		t.Errorf("environment: got %q / %q", c.Summary, c.Fix)
	}
	tests := []struct{ text, summary string }{
		{"Project with slug 'archon' not found", "no project with the slug 'archon' is known to Infisical ("},
		{"Project with slug '' not found", "no project with the slug is known to Infisical ("},
		{"Environment with slug 'e' in project with ID 5f not found", "the environment 'e' does not exist"},
		{"'e' environment not found in project with ID 5f", "the environment 'e' does not exist"},
		{"Folder with path '/' in environment 'e' was not found. Please ensure", "the environment 'e' does not exist"},
		{"Environment not found", "the environment does not exist"},
		{"Folder with path '/x' in environment with slug 'e' not found", "the environment 'e' or the folder does"},
		{"Folder with path '/x' in environment 'e' was not found.", "the environment 'e' or the folder does"},
		{"Folder not found for the given environment slug & secret path", "the environment or the folder does"},
		{"Secret with name 'K' not found", "the secret 'K' does not exist in that"},
		{"Secret not found", "the secret does not exist in that"},
		{`cannot find secret data for key: "clientSecret"`, `a key "clientSecret" is missing from`},
		{`failed calling webhook "validate.kyverno.svc": no`, `the webhook "validate.kyverno.svc" of another product cannot`},
	}
	for _, tt := range tests {
		if c, _ := FromText(tt.text); !strings.HasPrefix(c.Summary, tt.summary) {
			t.Errorf("%s: got %q, want %q", tt.text, c.Summary, tt.summary)
		}
	}
}

func TestSummariesReadWellWithoutAName(t *testing.T) {
	for _, r := range rules {
		summary := r.cause("").Summary
		for _, bad := range []string{"%NAME%", "''", `""`, "  ", " ,", " )"} {
			if strings.Contains(summary, bad) {
				t.Errorf("%s: %q holds %q", r.Code, summary, bad)
			}
		}
	}
}

func TestOfOperatorKnowsNothingOfInfisical(t *testing.T) {
	for _, text := range []string{"Timeout: request did not complete within requested timeout - context deadline exceeded",
		"dial tcp: connect: connection refused", "x509: certificate signed by unknown authority"} {
		if c, ok := OfOperator(text); ok {
			t.Errorf("%s: cause %s", text, c.Code)
		}
	}
	if c, _ := OfOperator(`failed calling webhook "validate.externalsecret.external-secrets.io": no`); c.Code != "EI224" {
		t.Errorf("webhook: cause %s", c.Code)
	}
}

func TestPodStuckNamesTheNamespace(t *testing.T) {
	if c := PodStuck("eso"); c.Code != "EI210" || !strings.Contains(c.Fix, "kubectl -n eso describe pods") {
		t.Errorf("got %+v", c)
	}
}

func TestFromTextUnknown(t *testing.T) {
	if c, ok := FromText("the moon is full"); ok {
		t.Errorf("unknown text got cause %s", c.Code)
	}
}

func TestEveryRuleIsComplete(t *testing.T) {
	for _, r := range rules {
		if len(r.Code) != 5 || !strings.HasPrefix(string(r.Code), "EI") || r.Summary == "" || r.Fix == "" || len(r.any) == 0 {
			t.Errorf("incomplete rule: %+v", r.Cause)
		}
	}
}

func TestWrapKeepsTheInnermostCause(t *testing.T) {
	inner := Wrap("log in to Infisical", errors.New("[message=\"Invalid credentials\"]"))
	outer := Wrap("check the store", fmt.Errorf("read secrets: %w", inner))
	var e *Error
	if !errors.As(outer, &e) || e.Cause.Code != "EI310" || e.Tried != "log in to Infisical" {
		t.Errorf("got %v", outer)
	}
	if Wrap("x", nil) != nil {
		t.Error("Wrap(nil) is not nil")
	}
	if got := Wrap("read x", errors.New("boom")).Error(); got != "read x: boom" {
		t.Errorf("unknown error: %q", got)
	}
}
