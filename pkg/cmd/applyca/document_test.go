package applyca

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/authority"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

var source = eso.CASource{Reference: eso.Reference{Namespace: "ns", Name: "ca"}, Secret: true}

func TestText(t *testing.T) {
	hosts := []string{"https://h"}
	tests := map[string]struct {
		applied setup.AppliedCA
		want    []string
	}{
		"seen from here": {setup.AppliedCA{Source: source, Outcome: "changed", VerifiedBy: verify.Local, Hosts: hosts, Adopted: []string{"kubectl"}, Stores: []authority.Judged{{Store: eso.StoreKey{Name: "st"}}}},
			[]string{"secret/ca changed; taken over from kubectl\n", "verified: name, chain and dates of https://h hold with it\n", "store st is ready with it\n"}},
		"seen by ESO": {setup.AppliedCA{Source: source, Outcome: "created", VerifiedBy: verify.Cluster, Hosts: hosts}, []string{"secret/ca created\n", "verified by ESO from inside the cluster: it trusts https://h\n"}},
		"not seen":    {setup.AppliedCA{Source: source, Outcome: "created"}, []string{"not verified", "--host"}},
		"not needed":  {setup.AppliedCA{Source: source, Outcome: "unchanged", NotNeeded: true, Hosts: hosts}, []string{"secret/ca unchanged: no CA is needed for https://h"}},
	}
	for name, tt := range tests {
		var out bytes.Buffer
		if err := newDocument(tt.applied).write(&out); err != nil {
			t.Fatal(err)
		}
		for _, text := range tt.want {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%s: %q lacks %q", name, out.String(), text)
			}
		}
	}
}

func TestDocument(t *testing.T) {
	data, err := json.Marshal(newDocument(setup.AppliedCA{Source: source, Outcome: "created", VerifiedBy: verify.Local, Hosts: []string{"https://h"},
		Warnings: []trust.Warning{{Kind: trust.ExpiresSoon, Text: "soon"}}}))
	const want = `{"apiVersion":"eso-infisical.dev/v1alpha1","kind":"CertificateAuthority","object":{"kind":"Secret","namespace":"ns","name":"ca"},"outcome":"created",` +
		`"certificates":[],"verifiedBy":"local","hosts":["https://h"],"notNeeded":false,"warnings":[{"kind":"ExpiresSoon","text":"soon"}],"stores":[]}`
	if err != nil || string(data) != want {
		t.Errorf("%s, %v", data, err)
	}
	if d := newDocument(setup.AppliedCA{Source: source}); d.VerifiedBy != "" {
		t.Errorf("verified by %q, and nobody has looked", d.VerifiedBy)
	}
}

func TestCommandLines(t *testing.T) {
	run := func(args ...string) (got *Options, err error) {
		streams, _, _, _ := genericiooptions.NewTestIOStreams()
		c := New(clients.New("test", streams), func(_ context.Context, o *Options) error { got = o; return nil })
		c.SetArgs(args)
		c.SilenceErrors, c.SilenceUsage = true, true
		err = c.ExecuteContext(t.Context())
		return got, err
	}
	if _, err := run("--verify", "cluster"); err == nil || !strings.Contains(err.Error(), "--from-server") {
		t.Errorf("no CA: %v", err)
	}
	if _, err := run("--ca-file", "f", "--host", "h"); err == nil || !strings.Contains(err.Error(), "https://HOST") {
		t.Errorf("no address: %v", err)
	}
	o, err := run("--from-server", "--fingerprint", strings.Repeat("0a", 32), "--host", "https://h/", "--verify", "cluster", "--via", "service/a.b", "--ca-secret", "s", "-o", "yaml")
	if err != nil {
		t.Fatal(err)
	}
	if o.Desired.Host != "https://h" || o.Desired.Verify != verify.Cluster || o.Desired.Via.Name != "a" || !o.Desired.CA.Secret || o.Output != "yaml" || !strings.HasPrefix(o.CA.Fingerprint, "0A:0A") {
		t.Errorf("%+v", o)
	}
}
