package identity

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

func state() identity.State {
	return identity.State{
		Project:   infisical.Project{Slug: "archon"},
		Identity:  infisical.Identity{ID: "i-1", Name: "eso-archon", Metadata: map[string]string{"managed-by": "kubectl-eso-infisical"}, Locked: []string{"universal-auth"}},
		Universal: &infisical.UniversalAuthConfig{ClientID: "c-1", AccessTokenTTL: 24 * time.Hour, AccessTokenMaxTTL: 720 * time.Hour},
		Secrets: []infisical.ClientSecret{{ID: "s-1", Prefix: "ab12", Description: "ESO in cluster c", Uses: 7, TTL: time.Hour,
			Created: time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)}},
		Roles:      []string{"no-access"},
		Privileges: []infisical.Privilege{{Environment: "prod", PathGlob: "/app/**"}},
	}
}

func TestShowingAnIdentity(t *testing.T) {
	d := newDocument(state())
	var out bytes.Buffer
	if err := d.text(&out); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"eso-archon", "i-1", "Locked:", "no-access", "environment prod, path /app/**", "c-1", "24h0m0s, at most 720h0m0s",
		"ab12…, used 7 times, created 2026-11-28, expires 2026-11-28, ESO in cluster c"} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("the text lacks %q:\n%s", text, out.String())
		}
	}
	for format, texts := range map[output.Format][]string{
		output.JSON: {`"kind": "MachineIdentity"`, `"madeByThisProgram": true`, `"expires": "2026-11-28T04:00:00Z"`, `"locked": true`},
		output.YAML: {"kind: MachineIdentity", "madeByThisProgram: true", "prefix: ab12"},
	} {
		out.Reset()
		if err := output.Write(&out, format, kind, d, nil, d.text); err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%s lacks %q:\n%s", format, text, out.String())
			}
		}
	}
}

func TestAnIdentityWithKubernetesAuth(t *testing.T) {
	s := state()
	s.Universal, s.Secrets, s.Roles, s.Identity.Locked = nil, nil, nil, nil
	s.Kubernetes = &infisical.KubernetesAuth{Host: "https://api", AllowedNames: []string{"external-secrets"}, AllowedNamespaces: []string{"eso"}}
	var out bytes.Buffer
	if err := newDocument(s).text(&out); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.Contains(text, "https://api, ServiceAccount external-secrets in namespace eso") || strings.Contains(text, "Client ID") || strings.Contains(text, "Locked") {
		t.Errorf("%s", text)
	}
}

func TestThePairIsShownOnlyWhenAsked(t *testing.T) {
	const canary = "canary-of-a-client-secret"
	p := setup.Provisioned{Identity: "eso-archon", Pair: infisical.UniversalAuth{ClientID: "c-1", ClientSecret: canary},
		Result: setup.Result{Object: "secret/creds", Outcome: kube.Created, Detail: "verified"}}
	for _, asked := range []bool{false, true} {
		d := newMade(p, asked)
		for _, format := range []output.Format{output.Text, output.JSON, output.YAML} {
			var out bytes.Buffer
			if err := output.Write(&out, format, madeKind, d, nil, d.text); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(out.String(), canary) != asked || !strings.Contains(out.String(), "eso-archon") {
				t.Errorf("asked %t, as %s: %s", asked, format, out.String())
			}
		}
		if text := fmt.Sprintf("%v %+v %#v", d, d, d); strings.Contains(text, canary) {
			t.Errorf("it prints %s", text)
		}
	}
}

func TestADeletionNamesWhatItDeletes(t *testing.T) {
	text := question(state())
	for _, part := range []string{"Delete machine identity eso-archon (ID i-1) with 1 client secrets?", "ab12… used 7 times, ESO in cluster c"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q lacks %q", text, part)
		}
	}
	if strings.Contains(text, "does not say") {
		t.Errorf("%q", text)
	}
	theirs := state()
	theirs.Identity.Metadata = nil
	if !strings.Contains(question(theirs), "It does not say that this program made it") {
		t.Errorf("%q", question(theirs))
	}
}

func TestWhatBecameOfADeletedIdentity(t *testing.T) {
	for name, tt := range map[string]struct {
		of   setup.DeletedIdentity
		want string
	}{
		"deleted": {setup.DeletedIdentity{Name: "eso-p", ID: "i-1", Outcome: kube.Deleted, Removed: []string{"ClusterRoleBinding/r"}},
			"identity/eso-p deleted: its credentials work nowhere any more\nClusterRoleBinding/r deleted\n"},
		"completed": {setup.DeletedIdentity{ID: "i-1", Outcome: kube.Unchanged, Removed: []string{"ClusterRoleBinding/r"}},
			"identity/i-1 was deleted before\nClusterRoleBinding/r deleted\n"},
	} {
		var text, document bytes.Buffer
		d := newDeleted(tt.of)
		if err := d.text(&text); err != nil || text.String() != tt.want {
			t.Errorf("%s: %v, %s", name, err, &text)
		}
		if err := output.Write(&document, output.JSON, "", d, nil, nil); err != nil || !strings.Contains(document.String(), `"kind": "DeletedIdentity"`) {
			t.Errorf("%s: %v, %s", name, err, &document)
		}
	}
}
