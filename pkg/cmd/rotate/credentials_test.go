package rotate

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/rotation"
)

var later = time.Date(2026, 11, 28, 4, 0, 0, 0, time.UTC)

func TestWhatARotationDidIsSaid(t *testing.T) {
	tests := []struct {
		name    string
		result  rotation.Result
		text    []string
		outcome string
	}{
		{"rotated", rotation.Result{NewPrefix: "aaaa", OldPrefix: "bbbb", OldRevoked: true, Synced: []string{"n/e"}},
			[]string{"rotated: client secret aaaa… is in place, synced with it: n/e", "the old one, bbbb…, is revoked"}, "rotated"},
		{"completed", rotation.Result{Resumed: true, NewPrefix: "aaaa", OldPrefix: "bbbb", OldRevoked: true},
			[]string{"rotation completed that an earlier run had begun"}, "completed"},
		{"kept", rotation.Result{NewPrefix: "aaaa", OldPrefix: "bbbb", KeptUntil: later},
			[]string{"rotated:", "the old one, bbbb…, is valid until " + later.Local().Format(time.DateTime), "the next run after that revokes it"}, "rotated"},
		{"kept still", rotation.Result{Unchanged: true, NewPrefix: "aaaa", OldPrefix: "bbbb", KeptUntil: later},
			[]string{"unchanged: client secret aaaa… is in place", "valid until"}, "unchanged"},
		{"given already", rotation.Result{Unchanged: true, NewPrefix: "aaaa"}, []string{"unchanged: the pair that was given is in place already"}, "unchanged"},
		{"by hand", rotation.Result{NewPrefix: "aaaa", OldPrefix: "bbbb", Note: "revoke it in Infisical"}, []string{"the old one is bbbb…: revoke it"}, "rotated"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, text := range tt.text {
				if !strings.Contains(describe(tt.result), text) {
					t.Errorf("%q lacks %q", describe(tt.result), text)
				}
			}
			d := &document{Header: output.NewHeader(kind)}
			d.add(rotation.Plan{Secret: eso.Reference{Namespace: "n", Name: "s"}, Stores: []eso.StoreKey{{Name: "st"}}}, tt.result)
			var out bytes.Buffer
			if err := output.Write(&out, output.JSON, kind, d, nil, nil); err != nil {
				t.Fatal(err)
			}
			var read struct {
				Kind    string
				Secrets []struct {
					Name, Outcome         string
					SyncedExternalSecrets []string
					PreviousKeptUntil     *time.Time
				}
			}
			if err := json.Unmarshal(out.Bytes(), &read); err != nil || read.Kind != kind || len(read.Secrets) != 1 {
				t.Fatalf("%v: %s", err, out.String())
			}
			s := read.Secrets[0]
			if s.Name != "s" || s.Outcome != tt.outcome || s.SyncedExternalSecrets == nil || (s.PreviousKeptUntil == nil) != tt.result.KeptUntil.IsZero() {
				t.Errorf("%s", out.String())
			}
		})
	}
}

// parse runs the first half of the command: what it makes of its arguments.
func parse(t *testing.T, args ...string) (*CredentialsOptions, error) {
	t.Helper()
	var got *CredentialsOptions
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	c := newCredentials(clients.New("test", streams), func(_ context.Context, o *CredentialsOptions) error { got = o; return nil })
	c.SetArgs(append([]string{}, args...))
	c.SilenceErrors, c.SilenceUsage = true, true
	err := c.ExecuteContext(t.Context())
	return got, err
}

func TestTheTimeToKeepIsGivenOrNot(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		want time.Duration
		set  bool
	}{"not given": {nil, 0, false}, "nought": {[]string{"--keep-old", "0s"}, 0, true}, "a day": {[]string{"--keep-old", "24h"}, 24 * time.Hour, true}} {
		o, err := parse(t, tt.args...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if keep := o.Rotation.KeepOld; (keep != nil) != tt.set || keep != nil && *keep != tt.want {
			t.Errorf("%s: %v", name, keep)
		}
	}
}

func TestWhatDoesNotGoTogether(t *testing.T) {
	for text, args := range map[string][]string{
		"exclude each other":           {"--client-id", "i", "--client-secret-stdin", "--token-file", "f"},
		"one new pair cannot":          {"--client-id", "i", "--all-stores"},
		"nobody revokes":               {"--client-id", "i", "--keep-old", "1h"},
		"locks the machine identity":   {"--client-id", "i", "--verify", "none"},
		"whole seconds":                {"--client-secret-ttl", "1500ms"},
		"no duration may be below":     {"--keep-old", "-1s"},
		"--token-stdin and":            {"--token-stdin", "--token-file", "f"},
		"--client-secret-stdin and":    {"--client-secret-stdin", "--client-secret-file", "f"},
		"needs --admin-client-id":      {"--admin-client-secret-file", "f"},
		"not both":                     {"--admin-client-id", "i", "--token-stdin"},
		"use text, json or yaml":       {"-o", "xml"},
		"is no way to verify":          {"--verify", "maybe"},
		"service/NAME.NAMESPACE[:PORT": {"--via", "pod/x"},
	} {
		if o, err := parse(t, args...); err == nil || !strings.Contains(err.Error(), text) || o != nil {
			t.Errorf("%v: %v, want %q", args, err, text)
		}
	}
}
