package cmd

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/status"
)

func TestStatusUsage(t *testing.T) {
	tests := map[string]struct {
		args []string
		text string
	}{
		"all and some namespaces": {[]string{"-A", "--in", "x"}, "exclude each other"},
		"a watch of one document": {[]string{"--watch", "-o", "json"}, "--watch does not go with -o json"},
		"an interval of nothing":  {[]string{"--interval", "10ms"}, "--interval must be 1s or more"},
		"no time":                 {[]string{"--timeout", "0s"}, "--timeout must be more than 0"},
		"a format that is none":   {[]string{"-o", "table"}, "use text, json, yaml or wide"},
		"an argument":             {[]string{"store"}, "unknown command"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if r := start(t, "", append([]string{"status"}, tt.args...)...); r.code != 2 || !strings.Contains(r.errOut, tt.text) || strings.Contains(r.out, "stores") {
				t.Errorf("exit code %d, %q, %q", r.code, r.out, r.errOut)
			}
		})
	}
}

func TestStatusWithoutAnyRightKnowsNothing(t *testing.T) {
	s := forbiddingServer(t)
	r := start(t, "", "status", "--server", s.URL)
	if r.code != 3 || !strings.Contains(r.out, "unknown: ") || strings.Contains(r.out, "all is well") || !strings.Contains(r.out, "not allowed: ") {
		t.Errorf("exit code %d, %q, %q", r.code, r.out, r.errOut)
	}
	for _, request := range s.requests {
		if !strings.HasPrefix(request, "GET ") {
			t.Errorf("status sends %s", request)
		}
	}
}

func TestStatusIsOneDocumentWhateverHappens(t *testing.T) {
	forbidding := forbiddingServer(t).URL
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	tests := map[string]struct {
		args    []string
		verdict string
		failed  bool
	}{
		"no rights":       {[]string{"--server", forbidding, "-o", "json"}, "unknown", false},
		"no rights, YAML": {[]string{"--server", forbidding, "-o", "yaml"}, "unknown", false},
		"no cluster":      {[]string{"--server", closed.URL, "-o", "json"}, "", true},
		"no kubeconfig":   {[]string{"-o", "yaml"}, "", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := start(t, "", append([]string{"status"}, tt.args...)...)
			data, err := yaml.YAMLToJSONStrict([]byte(r.out))
			if err != nil {
				t.Fatal(err)
			}
			var document struct {
				APIVersion, Kind, Verdict string
				Error                     *struct{ Message string }
			}
			if err := json.Unmarshal(data, &document); err != nil {
				t.Fatal(err)
			}
			if r.code != 3 || document.APIVersion != "eso-infisical.dev/v1alpha1" || document.Kind != "Status" || document.Verdict != tt.verdict || (document.Error != nil) != tt.failed {
				t.Errorf("exit code %d, %+v", r.code, document)
			}
		})
	}
}

func TestStatusOptions(t *testing.T) {
	o := options(t, status.New)
	if o.Release != "external-secrets" || o.Output != output.Text || o.Watch || o.Failing || len(o.Namespaces) > 0 || o.Store != "" {
		t.Errorf("by default %+v", o)
	}
	o = options(t, status.New, "--in", "a", "--in", "b", "--store", "s", "--failing", "-w", "--interval", "9s", "-o", "wide", "--release", "r", "--timeout", "1m")
	if !slices.Equal(o.Namespaces, []string{"a", "b"}) || o.Store != "s" || !o.Failing || !o.Watch || o.Interval != 9*time.Second ||
		o.Output != output.Wide || o.Release != "r" || o.Timeout != time.Minute {
		t.Errorf("%+v", o)
	}
	if o = options(t, status.New, "-A"); !o.AllNamespaces || len(o.Namespaces) > 0 {
		t.Errorf("-A: %+v", o)
	}
}

func TestStatusEndsWithItsTimeoutInAClusterThatHangs(t *testing.T) {
	done := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	t.Cleanup(func() { close(done); s.Close() })
	if r := start(t, "", "status", "--timeout", "100ms", "--server", s.URL); r.code != 124 || r.out != "" || !strings.Contains(r.errOut, "time is up") {
		t.Errorf("exit code %d, %q, %q", r.code, r.out, r.errOut)
	}
}
