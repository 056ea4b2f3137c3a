package mend

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

func noNamespaces(store *unstructured.Unstructured) {
	without("auth", "universalAuthCredentials", "clientId", "namespace")(store)
	without("auth", "universalAuthCredentials", "clientSecret", "namespace")(store)
}

func TestFieldsOfStoresAreMended(t *testing.T) {
	elsewhere := func(s *corev1.Secret) { s.Namespace = "vault" }
	tests := map[string]struct {
		code  cause.Code
		spoil func(*unstructured.Unstructured)
		with  []runtime.Object
		field []string
		want  string
	}{
		"Secret without namespace": {"EI303", noNamespaces, []runtime.Object{secret("creds", nil)}, []string{"auth", "universalAuthCredentials", "clientSecret", "namespace"}, "external-secrets"},
		"one reference without namespace": {"EI303", func(store *unstructured.Unstructured) {
			without("auth", "universalAuthCredentials", "clientId", "namespace")(store)
			with("vault", "auth", "universalAuthCredentials", "clientSecret", "namespace")(store)
		}, []runtime.Object{secret("creds", elsewhere)}, []string{"auth", "universalAuthCredentials", "clientId", "namespace"}, "vault"},
		"CA without namespace": {"EI452", without("caProvider", "namespace"),
			[]runtime.Object{clustertest.Object(t, "{apiVersion: v1, kind: ConfigMap, metadata: {name: infisical-ca, namespace: external-secrets}}")}, []string{"caProvider", "namespace"}, "external-secrets"},
		"address with a slash":     {"EI550", with("https://infisical.example.com/", "hostAPI"), nil, []string{"hostAPI"}, "https://infisical.example.com"},
		"address with /api":        {"EI550", with("https://infisical.example.com/api", "hostAPI"), nil, []string{"hostAPI"}, "https://infisical.example.com"},
		"address of a call":        {"EI550", with("https://infisical.example.com/api/v1/auth", "hostAPI"), nil, []string{"hostAPI"}, "https://infisical.example.com"},
		"address with blanks":      {"EI550", with(" https://infisical.example.com ", "hostAPI"), nil, []string{"hostAPI"}, "https://infisical.example.com"},
		"address without scheme":   {"EI507", with("infisical.example.com:8443", "hostAPI"), nil, []string{"hostAPI"}, "https://infisical.example.com:8443"},
		"environment by its name":  {"EI650", with("Production", "secretsScope", "environmentSlug"), nil, []string{"secretsScope", "environmentSlug"}, "prod"},
		"environment production":   {"EI604", with("production", "secretsScope", "environmentSlug"), nil, []string{"secretsScope", "environmentSlug"}, "prod"},
		"environment development":  {"EI604", with("Development", "secretsScope", "environmentSlug"), nil, []string{"secretsScope", "environmentSlug"}, "dev"},
		"environment in capitals":  {"EI650", with("Staging", "secretsScope", "environmentSlug"), nil, []string{"secretsScope", "environmentSlug"}, "staging"},
		"environment with a blank": {"EI650", with("prod ", "secretsScope", "environmentSlug"), nil, []string{"secretsScope", "environmentSlug"}, "prod"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, append(tt.with, ourStore(tt.spoil))...)
			r := w.one(t, found(tt.code, theStore))
			if r.Named || !strings.Contains(r.Diff, "+") || strings.Contains(r.Diff, canary) {
				t.Errorf("proposed %+v", r)
			}
			w.applied(t, r)
			if got := w.field(t, tt.field...); got != tt.want {
				t.Errorf("%v is %q, want %q", tt.field, got, tt.want)
			}
			again := w.plan(t, found(tt.code, theStore))
			if len(again.Repairs) != 0 || len(again.Left) != 1 {
				t.Errorf("a second run proposes %+v", again)
			}
		})
	}
}

func TestStoresThatAreLeft(t *testing.T) {
	slashed := with("https://infisical.example.com/", "hostAPI")
	tests := map[string]struct {
		code  cause.Code
		spoil func(*unstructured.Unstructured)
		why   string
	}{
		"no Secret of that name":      {"EI303", noNamespaces, "has no secret creds"},
		"no ConfigMap of that name":   {"EI452", without("caProvider", "namespace"), "has no configmap infisical-ca"},
		"a CA without name":           {"EI452", without("caProvider", "name"), "more is missing"},
		"every reference is whole":    {"EI303", nil, "by now"},
		"an address that is none":     {"EI550", with("https://", "hostAPI"), "what address is meant"},
		"an address that is right":    {"EI550", nil, "by now"},
		"an environment of their own": {"EI650", with("Quality Assurance", "secretsScope", "environmentSlug"), "cannot be told which environment"},
		"an unknown slug":             {"EI604", with("prd", "secretsScope", "environmentSlug"), "cannot be told which environment"},
		"Argo CD's address":           {"EI550", inGit(slashed), "kept by Argo CD"},
		"Argo CD's store to look at":  {"EI751", inGit(slashed), "kept by Argo CD"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newWorld(t, ourStore(tt.spoil)).plan(t, found(tt.code, theStore))
			if len(p.Repairs) != 0 || len(p.Left) != 1 || !strings.Contains(p.Left[0].Why, tt.why) || p.Left[0].Object != theStore.String() {
				t.Errorf("the plan is %+v", p)
			}
		})
	}
}

// Infisical's own list wins over what an environment is called usually.
func TestEnvironmentAsInfisicalSaysIt(t *testing.T) {
	project := infisical.Project{Environments: []infisical.Environment{{Slug: "live", Name: "Production"}, {Slug: "dev", Name: "Development"}}}
	said, known := cause.Of(verify.KnownEnvironment(project, "production"))
	if !known {
		t.Fatal("the environment is known")
	}
	w := newWorld(t, ourStore(with("production", "secretsScope", "environmentSlug")))
	w.applied(t, w.one(t, reportOf(doctor.Finding{Status: doctor.Fail, Cause: said, Objects: []doctor.Object{theStore}})))
	if got := w.field(t, "secretsScope", "environmentSlug"); got != "live" {
		t.Errorf("the environment is %q", got)
	}
}

func TestTwoRepairsOfOneStoreInOneRun(t *testing.T) {
	w := newWorld(t, secret("creds", nil), ourStore(func(s *unstructured.Unstructured) {
		with("https://infisical.example.com/", "hostAPI")(s)
		with("production", "secretsScope", "environmentSlug")(s)
	}))
	repairs := w.plan(t, reportOf(doctor.Finding{Status: doctor.Fail, Cause: cause.Cause{Code: "EI550"}, Objects: []doctor.Object{theStore}},
		doctor.Finding{Status: doctor.Fail, Cause: cause.Cause{Code: "EI604"}, Objects: []doctor.Object{theStore}})).Repairs
	newer := Repair{apply: func(context.Context) error { // as an API server and ESO, which writes its verdict, have it
		held := w.store(t, "infisical-p")
		held.SetResourceVersion("9")
		return w.dynamic.Tracker().Update(eso.ClusterSecretStores, held, "")
	}}
	w.applied(t, repairs[0], newer, repairs[1])
	if host, slug := w.field(t, "hostAPI"), w.field(t, "secretsScope", "environmentSlug"); host != "https://infisical.example.com" || slug != "prod" {
		t.Errorf("%s, %s", host, slug)
	}
}

func TestStoreOfOthersMustBeNamed(t *testing.T) {
	w := newWorld(t, ourStore(byHand(with("https://infisical.example.com/", "hostAPI"))))
	p := w.plan(t, found("EI550", theStore))
	if got := p.Chosen(nil); len(got) != 0 {
		t.Errorf("without a name, it would do %+v", got)
	}
	if got := p.Chosen([]cause.Code{"EI550"}); len(got) != 1 {
		t.Errorf("named, it would do %+v", got)
	}
}

func TestStoreThatWasChangedMeanwhile(t *testing.T) {
	w := newWorld(t, ourStore(with("https://infisical.example.com/", "hostAPI")))
	r := w.one(t, found("EI550", theStore))
	held := w.store(t, "infisical-p")
	held.SetResourceVersion("8")
	with("https://other.example.com", "hostAPI")(held)
	if err := w.dynamic.Tracker().Update(eso.ClusterSecretStores, held, ""); err != nil {
		t.Fatal(err)
	}
	done := w.apply(t, r)
	if done[0].Outcome != Refused || !strings.Contains(done[0].Err.Error(), "run doctor --fix again") {
		t.Errorf("%s: %v", done[0].Outcome, done[0].Err)
	}
	if got := w.field(t, "hostAPI"); got != "https://other.example.com" {
		t.Errorf("the other's change is lost: %s", got)
	}
}

func TestChangeThatTheAPIServerRefuses(t *testing.T) {
	w := newWorld(t, ourStore(with("https://infisical.example.com/", "hostAPI")))
	clustertest.Refuse(&w.dynamic.Fake, "patch", "clustersecretstores", errors.New("admission webhook denied the request"))
	p := w.plan(t, found("EI550", theStore))
	if len(p.Repairs) != 0 || !strings.Contains(p.Left[0].Why, "denied the request") {
		t.Errorf("the plan is %+v", p)
	}
}

func TestStoreThatESORefusesIsTold(t *testing.T) {
	w := judging(t, func(string, string) error { return errors.New(`[message="Invalid credentials"]`) },
		ourStore(with("https://infisical.example.com/", "hostAPI")), secret("creds", nil))
	r := w.one(t, found("EI550", theStore))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	done, err := w.Apply(ctx, []Repair{r})
	if err != nil || done[0].Outcome != Failed {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestLookAgain(t *testing.T) {
	for _, code := range []cause.Code{"EI703", "EI751", "EI752"} {
		w := newWorld(t, ourStore(nil))
		r := w.one(t, found(code, theStore))
		if r.Risk != "" || r.Named {
			t.Errorf("proposed %+v", r)
		}
		w.applied(t, r)
		if w.store(t, "infisical-p").GetAnnotations()["eso-infisical.dev/checked-at"] == "" {
			t.Error("the store was not touched")
		}
	}
}

// What has failed with a store is fetched anew once the store is mended.
func TestMendedStoreSyncsWhatHasFailed(t *testing.T) {
	wish := func(name, store, ready string) *unstructured.Unstructured {
		return clustertest.Ready(eso.ExternalSecret{Namespace: "apps", Name: name, Store: eso.StoreKey{Name: store}, Key: "K", TargetKey: "k"}.Object(), ready)
	}
	w := newWorld(t, ourStore(with("https://infisical.example.com/", "hostAPI")), secret("creds", nil), wish("failing", "infisical-p", "False"), wish("well", "infisical-p", "True"), wish("foreign", "other", "False"))
	w.applied(t, w.one(t, found("EI550", theStore)))
	for name, want := range map[string]bool{"failing": true, "well": false, "foreign": false} {
		es, err := w.dynamic.Resource(eso.ExternalSecrets).Namespace("apps").Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if touched := es.GetAnnotations()["force-sync"] != ""; touched != want {
			t.Errorf("%s was touched: %v", name, touched)
		}
	}
}

// A client drops the events of an object that has had many. That is no verdict against the store: the doctor's second look tells. But what has failed
// is fetched anew only where the store's condition, at least, says that it is ready: each fetch is a login.
func TestAnESOThatSaysNothingDoesNotFailTheRepair(t *testing.T) {
	for _, ready := range []string{"True", "False"} {
		t.Run("the store is ready: "+ready, func(t *testing.T) { silentESO(t, ready) })
	}
}

func silentESO(t *testing.T, ready string) {
	synctest.Test(t, func(t *testing.T) {
		wish := clustertest.Ready(eso.ExternalSecret{Namespace: "apps", Name: "failing", Store: eso.StoreKey{Name: "infisical-p"}, Key: "K", TargetKey: "k"}.Object(), "False")
		works := func(_, _ string) error {
			if ready == "False" {
				return errors.New("Invalid credentials")
			}
			return nil
		}
		w := judging(t, works, ourStore(with("https://infisical.example.com/", "hostAPI")), secret("creds", nil), wish)
		w.dynamic.PrependReactor("list", "events", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, &unstructured.UnstructuredList{Object: map[string]any{"apiVersion": "v1", "kind": "EventList"}}, nil
		})
		w.dynamic.PrependWatchReactor("events", func(clienttesting.Action) (bool, watch.Interface, error) {
			return true, watch.NewFake(), nil
		})
		w.applied(t, w.one(t, found("EI550", theStore)))
		es, err := w.dynamic.Resource(eso.ExternalSecrets).Namespace("apps").Get(t.Context(), "failing", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if fetched := es.GetAnnotations()["force-sync"] != ""; fetched != (ready == "True") {
			t.Errorf("fetched anew: %t", fetched)
		}
	})
}

func TestOneRepairForTwoFindings(t *testing.T) {
	w := newWorld(t, ourStore(nil))
	of := func(code cause.Code) doctor.Finding {
		return doctor.Finding{Status: doctor.Warn, Cause: cause.Cause{Code: code}, Objects: []doctor.Object{theStore}}
	}
	r := w.one(t, reportOf(of("EI751"), of("EI752")))
	if len(r.Codes()) != 2 {
		t.Errorf("it is for %v", r.Codes())
	}
	if got := (Plan{Repairs: []Repair{r}}).Chosen([]cause.Code{"EI752"}); len(got) != 1 {
		t.Errorf("chosen by its other code: %v", got)
	}
}

func TestMissingRightKeepsEverything(t *testing.T) {
	w := newWorld(t, ourStore(with("https://infisical.example.com/", "hostAPI")), secret("creds", leaking))
	p := w.plan(t, reportOf(doctor.Finding{Status: doctor.Fail, Cause: cause.Cause{Code: "EI550"}, Objects: []doctor.Object{theStore}},
		doctor.Finding{Status: doctor.Fail, Cause: cause.Cause{Code: "EI901"}, Objects: []doctor.Object{{Kind: "Secret", Namespace: "external-secrets", Name: "creds"}}}))
	if len(p.Repairs) != 2 {
		t.Fatalf("the plan is %+v", p)
	}
	w.allow("secrets")
	before := w.changes()
	done, err := w.Apply(t.Context(), p.Repairs)
	var denied *kube.DeniedError
	if !errors.As(err, &denied) || len(done) != 0 || w.changes() != before {
		t.Errorf("done %v, %d changes, error %v", done, w.changes()-before, err)
	}
}
