package status

import (
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

func base64Of(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func titles(r Report) []string {
	var all []string
	for _, s := range r.Stores {
		all = append(all, s.Title())
	}
	return all
}

func TestScopeOfAStore(t *testing.T) {
	tests := map[string]struct {
		store  string
		titles []string
		total  int
		codes  []string
	}{
		"by name":             {"infisical-shop", []string{"ClusterSecretStore infisical-shop"}, 3, nil},
		"by kind and name":    {"clustersecretstore/infisical-shop", []string{"ClusterSecretStore infisical-shop"}, 3, nil},
		"of another kind":     {"secretstore/infisical-shop", nil, 0, []string{"EI701"}},
		"both kinds":          {"own", []string{"ClusterSecretStore own", "SecretStore shop/own"}, 1, []string{"EI606×1"}},
		"one that is missing": {"gone", []string{"ClusterSecretStore gone"}, 1, []string{"EI802", "EI802×1"}},
		"one that nobody has": {"nobody's", nil, 0, []string{"EI701"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := healthy(t)
			c.store("own", "True")
			c.storeEvent("own", "Valid", "store validated", time.Minute)
			ownStore(c)
			c.secret("shop", "lost", "gone", "False", 0)
			r := c.look(Scope{Store: tt.store})
			got := titles(r)
			slices.Sort(got)
			if !slices.Equal(got, tt.titles) || r.ExternalSecrets.Total != tt.total || !slices.Equal(codes(r), tt.codes) || r.Others != nil {
				t.Errorf("stores %v, %d ExternalSecrets, %v, others %v", got, r.ExternalSecrets.Total, codes(r), r.Others)
			}
		})
	}
}

func TestScopeOfNamespaces(t *testing.T) {
	c := healthy(t)
	c.secret("billing", "a", "infisical-shop", "True", time.Minute)
	c.secret("hr", "a", "infisical-shop", "False", 0)
	if r := c.look(Scope{Namespaces: []string{"shop", "billing"}}); r.Verdict != Well || r.ExternalSecrets.Total != 4 {
		t.Errorf("%s, %+v", r.Verdict, r.ExternalSecrets)
	}
	if r := c.look(Scope{Namespaces: []string{"hr"}}); r.Verdict != Failing || r.ExternalSecrets.Failing != 1 || r.ExternalSecrets.Total != 1 {
		t.Errorf("%s, %+v", r.Verdict, r.ExternalSecrets)
	}
}

func TestFailuresByName(t *testing.T) {
	c := healthy(t)
	twoKinds(c)
	c.secret("billing", "late", "infisical-shop", "True", 9*time.Hour)
	var got []string
	for _, f := range c.look(Scope{Names: true}).Failures {
		got = append(got, f.Namespace+"/"+f.Name+" "+string(f.Code))
	}
	if want := []string{"billing/late EI851", "shop/x-0 EI606", "shop/x-1 EI803", "shop/x-2 EI606"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if r := c.look(Scope{}); r.Failures != nil {
		t.Errorf("nobody asked for %v", r.Failures)
	}
}

func TestTallies(t *testing.T) {
	c := healthy(t)
	c.secret("shop", "bad", "infisical-shop", "False", 0)
	c.secret("shop", "late", "infisical-shop", "True", 9*time.Hour)
	fresh(c.secret("shop", "new", "infisical-shop", "", 0))
	vault(c)
	c.secret("shop", "other", "vault", "True", 0)
	c.add(`{kind: ExternalSecret, metadata: {namespace: shop, name: generated}, spec: {refreshInterval: 1h}}`)
	r := c.look(Scope{})
	want := Tally{Total: 6, Ready: 4, Failing: 1, Waiting: 1, Overdue: 1}
	got := *r.Stores[0].ExternalSecrets
	oldest := got.OldestRefresh
	got.OldestRefresh = nil
	if got != want || oldest == nil || !oldest.Equal(now.Add(-9*time.Hour)) {
		t.Errorf("%+v, oldest %v", got, oldest)
	}
	if r.Others == nil || *r.Others != (Others{Stores: 1, ExternalSecrets: 2}) {
		t.Errorf("others %+v", r.Others)
	}
}

func TestAnExternalSecretOfTwoStoresCountsOnceInTheTotal(t *testing.T) {
	c := healthy(t)
	c.store("second", "True")
	c.storeEvent("second", "Valid", "store validated", time.Minute)
	o := c.secret("shop", "both", "infisical-shop", "True", 0)
	o.Object["spec"].(map[string]any)["data"] = []any{map[string]any{"sourceRef": map[string]any{"storeRef": map[string]any{"kind": "ClusterSecretStore", "name": "second"}}}}
	r := c.look(Scope{})
	if r.ExternalSecrets.Total != 4 || r.Stores[0].ExternalSecrets.Total != 4 || r.Stores[1].ExternalSecrets.Total != 1 {
		t.Errorf("%+v, %+v, %+v", r.ExternalSecrets, r.Stores[0].ExternalSecrets, r.Stores[1].ExternalSecrets)
	}
}

func TestAPartThatCouldBeReadIsMarked(t *testing.T) {
	c := healthy(t)
	r := c.look(Scope{})
	if r.ExternalSecrets.Incomplete {
		t.Error("all was read")
	}
	l := &census{complete: false}
	l.total.Total = 1
	entry := &storeEntry{Store: Store{ExternalSecrets: &Tally{Total: 1}}}
	l.settle(&stores{infisical: map[eso.StoreKey]*storeEntry{{Name: "s"}: entry, {Name: "t"}: {}}})
	if !l.total.Incomplete || !entry.ExternalSecrets.Incomplete {
		t.Errorf("%+v, %+v", l.total, entry.ExternalSecrets)
	}
}

func TestHowOldAVerdictIs(t *testing.T) {
	tests := map[string]struct {
		arrange func(*cluster)
		checked time.Duration
		stale   bool
	}{
		"by its last event":          {func(*cluster) {}, 3 * time.Minute, false},
		"by an older event":          {func(c *cluster) { c.drop("Event", ""); c.storeEvent("infisical-shop", "Valid", "", 30*time.Minute) }, 30 * time.Minute, true},
		"by its condition alone":     {func(c *cluster) { c.drop("Event", "") }, 48 * time.Hour, true},
		"with looks far apart":       {func(c *cluster) { c.drop("Event", ""); seldom(c) }, 48 * time.Hour, false},
		"without a running ESO":      {func(c *cluster) { c.deployment("external-secrets", 0, 1) }, 3 * time.Minute, true},
		"without rights to events":   {func(c *cluster) { c.refuse["events"] = clustertest.Forbidden("events") }, 48 * time.Hour, false},
		"by the newest of two words": {func(c *cluster) { c.storeEvent("infisical-shop", "InvalidProviderConfig", "", time.Hour) }, 3 * time.Minute, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := healthy(t)
			tt.arrange(c)
			s := c.look(Scope{}).Stores[0]
			if s.LastChecked == nil || !s.LastChecked.Equal(now.Add(-tt.checked)) || s.Stale != tt.stale {
				t.Errorf("checked %v, stale %v", s.LastChecked, s.Stale)
			}
		})
	}
}

func seldom(c *cluster) {
	c.find("ClusterSecretStore", "infisical-shop").Object["spec"].(map[string]any)["refreshInterval"] = int64(7200)
}
