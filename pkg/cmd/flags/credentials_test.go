package flags

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// canary is a value that must never show up in an error.
const canary = "canary-c0de"

// file makes a file with the text.
func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "value")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// environment is one with these variables alone.
func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func isInput(err error) bool {
	var input *setup.InputError
	return errors.As(err, &input)
}

// IDs as Infisical makes them.
const (
	envID  = "00000000-89ab-cdef-0123-456789abcdef"
	flagID = "11111111-89ab-cdef-0123-456789abcdef"
	fileID = "22222222-89ab-cdef-0123-456789abcdef"
)

func TestCredentialsFromEverySource(t *testing.T) {
	both := map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": envID, "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret"}
	tests := []struct {
		name  string
		given Credentials
		env   map[string]string
		stdin string
		want  [2]string
	}{
		{"environment", Credentials{}, both, "", [2]string{envID, "env-secret"}},
		{"flag wins over environment", Credentials{ClientID: flagID}, both, "", [2]string{flagID, "env-secret"}},
		{"files win over environment", Credentials{ClientIDFile: file(t, fileID+"\n"), ClientSecretFile: file(t, "file-secret\r\n")}, both, "",
			[2]string{fileID, "file-secret"}},
		{"stdin wins over environment", Credentials{Stdin: true}, both, "stdin-secret\n", [2]string{envID, "stdin-secret"}},
		{"stdin is left alone without being asked for", Credentials{}, both, "other input", [2]string{envID, "env-secret"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.given.Getenv = environment(tt.env)
			streams, in, _, errOut := genericiooptions.NewTestIOStreams()
			in.WriteString(tt.stdin)
			got, err := tt.given.Read(t.Context(), streams)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, [2]string{got.ClientID, got.ClientSecret}); diff != "" || strings.Contains(errOut.String(), "secret\n") {
				t.Errorf("%s, %q", diff, errOut)
			}
			if !tt.given.Stdin && in.Len() != len(tt.stdin) {
				t.Error("standard input was read")
			}
		})
	}
}

func TestCredentialsThatCannotBeRead(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "absent")
	tests := []struct {
		name  string
		given Credentials
		stdin string
		text  string
	}{
		{"nothing, and no terminal to ask on", Credentials{}, "", "--client-secret-stdin, --client-secret-file or the variable"},
		{"no secret, and no terminal to ask on", Credentials{ClientID: flagID}, canary, "--client-secret-stdin"},
		{"no ID, and no terminal to ask on", Credentials{Stdin: true}, canary, "--client-id"},
		{"missing ID file", Credentials{ClientIDFile: absent, Stdin: true}, canary, "read the client ID: "},
		{"missing secret file", Credentials{ClientID: flagID, ClientSecretFile: absent}, "", "read the client secret: "},
		{"empty stdin", Credentials{ClientID: flagID, Stdin: true}, "\n", "the client secret is empty"},
		{"two lines", Credentials{ClientID: flagID, Stdin: true}, canary + "\n" + canary, "white space"},
		{"placeholder", Credentials{ClientID: "<" + canary + ">", Stdin: true}, canary, "placeholder"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.given.Getenv = environment(nil)
			streams, in, _, _ := genericiooptions.NewTestIOStreams()
			in.WriteString(tt.stdin)
			_, err := tt.given.Read(t.Context(), streams)
			if !isInput(err) || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), canary) {
				t.Errorf("error = %v, want %q", err, tt.text)
			}
		})
	}
}

func TestTwoSourcesForOneValue(t *testing.T) {
	for _, c := range []Credentials{{Stdin: true, ClientSecretFile: "f"}, {ClientID: flagID, ClientIDFile: "f"}} {
		if err := c.Validate(); !isInput(err) || !strings.Contains(err.Error(), "exclude each other") {
			t.Errorf("%+v: error = %v", c, err)
		}
	}
	for _, c := range []Credentials{{}, {ClientID: flagID, ClientSecretFile: "f"}, {ClientIDFile: "f", Stdin: true}} {
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: error = %v", c, err)
		}
	}
}

func TestGiven(t *testing.T) {
	none := environment(nil)
	tests := []struct {
		given Credentials
		want  bool
	}{
		{Credentials{Getenv: none}, false},
		{Credentials{Getenv: none, ClientID: flagID}, true},
		{Credentials{Getenv: none, ClientIDFile: "f"}, true},
		{Credentials{Getenv: none, ClientSecretFile: "f"}, true},
		{Credentials{Getenv: none, Stdin: true}, true},
		{Credentials{Getenv: environment(map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "i"})}, true},
		{Credentials{Getenv: environment(map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "s"})}, true},
	}
	for i, tt := range tests {
		if got := tt.given.Given(); got != tt.want {
			t.Errorf("%d: Given() = %t", i, got)
		}
	}
}

func TestCAFile(t *testing.T) {
	streams, in, _, _ := genericiooptions.NewTestIOStreams()
	in.WriteString("hello")
	tests := map[string]string{"-": "holds no certificate", file(t, "hello"): "holds no certificate", file(t, ""): "is empty",
		filepath.Join(t.TempDir(), "absent"): "no such file"}
	for name, text := range tests {
		c := CAFile{Name: name}
		if _, err := c.Read(streams); !isInput(err) || !strings.Contains(err.Error(), text) || !strings.HasPrefix(err.Error(), "read the CA file") {
			t.Errorf("%s: error = %v, want %q", name, err, text)
		}
	}
}

func TestComplete(t *testing.T) {
	none, both := environment(nil), environment(map[string]string{clientIDVariable: envID, clientSecretVariable: "s"})
	tests := map[bool][]Credentials{
		true:  {{Getenv: both}, {Getenv: none, ClientID: flagID, Stdin: true}, {Getenv: none, ClientIDFile: "f", ClientSecretFile: "f"}},
		false: {{Getenv: none}, {Getenv: none, ClientID: flagID}, {Getenv: none, ClientSecretFile: "f"}, {Getenv: environment(map[string]string{clientSecretVariable: "s"})}},
	}
	for want, all := range tests {
		for _, c := range all {
			if got := c.Complete(); got != want {
				t.Errorf("%+v: %t", c, got)
			}
		}
	}
}
