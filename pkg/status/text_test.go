package status

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/golden"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
)

// ill is a cluster with something wrong of most kinds.
func ill(c *cluster) {
	c.deployment("external-secrets-cert-controller", 0, 1)
	c.store("bad", "False")
	c.storeEvent("bad", "InvalidProviderConfig", unauthorized, time.Minute)
	c.configMap(caPEM(c.t, 240*time.Hour))
	twoKinds(c)
	for n := range 5 {
		name := fmt.Sprintf("y-%d", n)
		c.secret("billing", name, "bad", "False", 0)
		c.failed("billing", name, strings.ReplaceAll(notReady, "infisical-shop", "bad"))
	}
	c.secret("shop", "lost", "gone", "False", 0)
	c.secret("shop", "late", "infisical-shop", "True", 9*time.Hour)
	vault(c)
}

func TestText(t *testing.T) {
	tests := map[string]struct {
		arrange func(*cluster)
		style   Style
	}{
		"healthy": {func(*cluster) {}, Style{}},
		"ill":     {ill, Style{}},
		"wide":    {ill, Style{Wide: true}},
		"failing": {ill, Style{FailingOnly: true}},
		"narrow":  {ill, Style{Prose: prose.Style{Width: 80}}},
		"colour": {ill, Style{Prose: prose.Style{Width: 100, Marks: map[prose.Tone]string{prose.Bad: "x"},
			Paint: func(tone prose.Tone, text string) string { return fmt.Sprintf("%d<%s>", tone, text) }}}},
		"nothing-fails": {func(*cluster) {}, Style{FailingOnly: true}},
		"many-stores": {func(c *cluster) {
			for n := range 25 {
				c.store(fmt.Sprintf("store-%02d", n), "True")
			}
		}, Style{}},
		"empty": {func(c *cluster) { c.objects = nil; noKinds(c) }, Style{}},
		"refused": {func(c *cluster) {
			for _, resource := range []string{"deployments", "secrets", "endpointslices", "clustersecretstores", "secretstores", "externalsecrets", "events"} {
				c.refuse[resource] = clustertest.Forbidden(resource)
			}
		}, Style{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := healthy(t)
			tt.arrange(c)
			r := c.look(Scope{Names: tt.style.FailingOnly})
			var text strings.Builder
			if err := r.WriteText(&text, tt.style); err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, name+".txt", text.String())
			for line := range strings.Lines(text.String()) {
				if strings.HasSuffix(line, " \n") {
					t.Errorf("blanks at the end of %q", line)
				}
			}
		})
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestTextReportsAFailedWrite(t *testing.T) {
	if err := (&Report{Operator: Operator{Problems: []Problem{{}}}}).WriteText(brokenPipe{}, Style{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error = %v", err)
	}
}

func TestChanges(t *testing.T) {
	tests := map[string]struct {
		harm func(*cluster)
		want []string
	}{
		"none":         {func(*cluster) {}, nil},
		"time goes by": {func(c *cluster) { c.storeEvent("infisical-shop", "Valid", "again", 0) }, nil},
		"a failure": {func(c *cluster) { c.secret("shop", "x", "infisical-shop", "False", 0); c.failed("shop", "x", noKey) },
			[]string{"ExternalSecrets of ClusterSecretStore infisical-shop: 4, 3 ready, 1 failing, 0 overdue, EI606 ×1 (before: 3, 3 ready, 0 failing, 0 overdue)",
				"verdict: failing (before: well)"}},
		"a Deployment": {func(c *cluster) { c.deployment("external-secrets-webhook", 0, 1) },
			[]string{"Deployment external-secrets-webhook: 0 of 1 pods ready (before: 1 of 1 pods ready)", "verdict: failing (before: well)"}},
		"a store comes": {func(c *cluster) { c.store("new", "True"); c.storeEvent("new", "Valid", "", 0) },
			[]string{"ClusterSecretStore new: ready", "ExternalSecrets of ClusterSecretStore new: 0, 0 ready, 0 failing, 0 overdue"}},
		"a store goes": {func(c *cluster) { c.drop("ClusterSecretStore", ""); c.drop("ExternalSecret", "") },
			[]string{"verdict: failing (before: well)", "ClusterSecretStore infisical-shop: no more (before: ready)",
				"ExternalSecrets of ClusterSecretStore infisical-shop: no more (before: 3, 3 ready, 0 failing, 0 overdue)"}},
		"a right is taken away": {func(c *cluster) { c.refuse["endpointslices"] = clustertest.Forbidden("endpointslices") },
			[]string{"not looked at: the endpoints of ESO's webhook in namespace external-secrets: not allowed: endpointslices is forbidden: no right to it",
				"verdict: unknown (before: well)", "webhook: no more (before: 1 endpoint ready)"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := healthy(t)
			before := c.look(Scope{})
			tt.harm(c)
			after := c.look(Scope{})
			if diff := cmp.Diff(tt.want, after.Changes(&before)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGroupsNameWhatTheirMembersShare(t *testing.T) {
	var g groups
	add := func(summary, object, detail string) {
		g.add(Problem{Code: "EI606", Summary: summary, Detail: detail}, object)
	}
	add("the secret 'B' does not exist", "n/b", "b")
	add("the secret 'A' does not exist", "n/a", "a")
	for n := range 4 {
		add("the secret 'C' does not exist", fmt.Sprintf("n/c%d", n), "c")
	}
	g.add(Problem{Code: "EI310"}, "n/z")
	want := []Group{
		{Problem{Code: "EI606", Summary: "the secret does not exist", Detail: "a"}, 6, []string{"n/a", "n/b", "n/c0"}},
		{Problem{Code: "EI310"}, 1, []string{"n/z"}},
	}
	if diff := cmp.Diff(want, g.sorted()); diff != "" {
		t.Error(diff)
	}
}
