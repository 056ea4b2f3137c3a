package rotate

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/authority"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// caOptions runs the first half of "rotate ca".
func caOptions(t *testing.T, args ...string) (got *CAOptions, err error) {
	t.Helper()
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	c := New(clients.New("test", streams), RunCredentials, func(_ context.Context, o *CAOptions) error { got = o; return nil })
	c.SetArgs(append([]string{"ca"}, args...))
	c.SilenceErrors, c.SilenceUsage = true, true
	err = c.ExecuteContext(t.Context())
	return got, err
}

func TestCACommandLines(t *testing.T) {
	o, err := caOptions(t)
	if err != nil || o.CA.Given() || o.Watch || o.Timeout != time.Hour {
		t.Errorf("by default: %+v, %v", o, err)
	}
	o, err = caOptions(t, "--ca-file", "f", "--watch", "--timeout", "8h", "--ca-configmap", "c", "-o", "json")
	if err != nil || o.CA.File.Name != "f" || !o.Watch || o.Timeout != 8*time.Hour || o.Desired.CA.Name != "c" || o.Output != "json" {
		t.Errorf("with everything: %+v, %v", o, err)
	}
	for text, args := range map[string][]string{"--verify=none": {"--verify", "none"}, "above 0": {"--timeout", "0s"}, "exclude each other": {"--ca-file", "f", "--from-server"}} {
		if _, err := caOptions(t, args...); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestCADocument(t *testing.T) {
	source := eso.CASource{Reference: eso.Reference{Namespace: "ns", Name: "ca"}}
	for phase, want := range map[authority.Phase][]string{
		authority.Overlap: {"configmap/ca overlap: old and new CA are both trusted", "; taken over from kubectl\n", "next: let the server present", "store st is ready with it\n"},
		authority.Rotated: {"configmap/ca rotated: the server presents a certificate of the new CA"},
		authority.InPlace: {"configmap/ca unchanged: the CA that was given is in place already"},
	} {
		d := newCADocument(setup.RotatedCA{Source: source, Result: authority.Result{Phase: phase, Adopted: []string{"kubectl"}, Stores: []authority.Judged{{Store: eso.StoreKey{Name: "st"}}}}})
		var out bytes.Buffer
		if err := d.write(&out); err != nil {
			t.Fatal(err)
		}
		for _, text := range want {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%s: %q lacks %q", phase, out.String(), text)
			}
		}
		data, err := json.Marshal(d)
		if err != nil || !strings.Contains(string(data), `"kind":"CertificateAuthorityRotation","object":{"kind":"ConfigMap","namespace":"ns","name":"ca"},"phase":"`+string(phase)+`"`) {
			t.Errorf("%s, %v", data, err)
		}
		if hasNext := strings.Contains(string(data), `"next":`); hasNext != (phase == authority.Overlap) {
			t.Errorf("%s: %s", phase, data)
		}
	}
}
