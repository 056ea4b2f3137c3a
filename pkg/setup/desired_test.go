package setup

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

func TestValidate(t *testing.T) {
	tests := []struct {
		name    string
		given   Desired
		host    string
		problem string
	}{
		{"nothing given", Desired{}, "", ""},
		{"host in one form", Desired{Host: " https://h.example.com:8443/api/ "}, "https://h.example.com:8443", ""},
		{"host without scheme", Desired{Host: "h.example.com"}, "", "https://HOST"},
		{"host with a user", Desired{Host: "https://me:" + canary + "@h"}, "", "neither a user"},
		{"absolute path", Desired{Path: "/app"}, "", ""},
		{"relative path", Desired{Path: "app"}, "", "--path must begin with a slash"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.given.Validate()
			if tt.problem == "" {
				if err != nil || tt.given.Host != tt.host {
					t.Errorf("host %q, %v; want %q", tt.given.Host, err, tt.host)
				}
				return
			}
			if !isInput(err) || !strings.Contains(err.Error(), tt.problem) || strings.Contains(err.Error(), canary) {
				t.Errorf("error = %v, want %q", err, tt.problem)
			}
		})
	}
}

func TestCompleteNamesAllThatIsMissing(t *testing.T) {
	tests := []struct {
		given Desired
		want  []string
	}{
		{Desired{}, []string{"--host", "--project"}},
		{Desired{Host: "https://h"}, []string{"--project"}},
		{Desired{Project: "p"}, []string{"--host"}},
	}
	for _, tt := range tests {
		err := tt.given.complete()
		if !isInput(err) {
			t.Errorf("%+v: error = %v", tt.given, err)
			continue
		}
		for _, flag := range []string{"--host", "--project"} {
			if wanted := strings.Contains(strings.Join(tt.want, " "), flag); strings.Contains(err.Error(), flag) != wanted {
				t.Errorf("%+v: %v; %s expected: %t", tt.given, err, flag, wanted)
			}
		}
	}
}

func TestCompleteFillsTheRunbooksDefaults(t *testing.T) {
	d := Desired{Host: "https://h", Project: "p"}
	if err := d.complete(); err != nil {
		t.Fatal(err)
	}
	want := Desired{Host: "https://h", Project: "p", Environment: "prod", Path: "/", Store: "infisical-p"}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
	given := Desired{Host: "https://h", Project: "p", Environment: "dev", Path: "/a", Store: "mine"}
	kept := given
	if err := kept.complete(); err != nil || !reflect.DeepEqual(kept, given) {
		t.Errorf("what was given became %+v, %v", kept, err)
	}
}

func TestReferencesAreCompletedByDefaults(t *testing.T) {
	tests := []struct {
		name                             string
		given, wantSecret, wantConfigMap eso.Reference
	}{
		{"nothing given", eso.Reference{}, eso.Reference{Namespace: "ns", Name: "infisical-eso-creds"}, eso.Reference{Namespace: "ns", Name: "infisical-ca"}},
		{"a name", eso.Reference{Name: "x"}, eso.Reference{Namespace: "ns", Name: "x"}, eso.Reference{Namespace: "ns", Name: "x"}},
		{"a name in another namespace", eso.Reference{Namespace: "other", Name: "x"},
			eso.Reference{Namespace: "other", Name: "x"}, eso.Reference{Namespace: "other", Name: "x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := Desired{Namespace: "ns", Credentials: tt.given, CA: eso.CASource{Reference: tt.given, Secret: true}}
			if got := d.Secret(); got != tt.wantSecret {
				t.Errorf("Secret %+v", got)
			}
			if got := d.Authority(); got != (eso.CASource{Reference: tt.wantConfigMap, Secret: true}) {
				t.Errorf("CA %+v", got)
			}
			if d.Credentials != tt.given || d.CA.Reference != tt.given {
				t.Errorf("what was given has become %+v", d)
			}
		})
	}
}

func TestTheTestHasANamespaceOfItsOwn(t *testing.T) {
	d, err := Defaults().In("elsewhere")
	if err != nil || d.Namespace != "elsewhere" || d.Secret().Namespace != "elsewhere" {
		t.Errorf("got %+v, %v", d, err)
	}
	if _, err := Defaults().In(DefaultTestSpace); !isInput(err) || !strings.Contains(err.Error(), "namespace of its own") {
		t.Errorf("ESO in the tests' namespace: %v", err)
	}
	d.TestNamespace = "external-secrets"
	if _, err := d.In("external-secrets"); !isInput(err) {
		t.Errorf("the tests in ESO's namespace: %v", err)
	}
}

func TestDefaultsAreTheRunbooks(t *testing.T) {
	d := Defaults()
	got := []string{d.Namespace, d.Release, d.Chart.Repository, d.Chart.Chart, d.source().Version, d.Secret().Name, d.Authority().Name, d.TestNamespace}
	want := []string{"external-secrets", "external-secrets", "https://charts.external-secrets.io", "external-secrets", "2.4.1",
		"infisical-eso-creds", "infisical-ca", "eso-test"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
