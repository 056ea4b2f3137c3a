package helm

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/kube"
	kubefake "helm.sh/helm/v3/pkg/kube/fake"
	"helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/storage"
	"helm.sh/helm/v3/pkg/storage/driver"
)

// inMemory is a client whose releases are kept in memory and whose objects go nowhere.
func inMemory(t *testing.T, revisions ...release.Status) *Client {
	t.Helper()
	memory := driver.NewMemory()
	memory.SetNamespace("ns")
	c := &Client{namespace: "ns", config: &action.Configuration{Releases: storage.Init(memory), Log: func(string, ...any) {},
		KubeClient: &kubefake.PrintingKubeClient{Out: io.Discard}, Capabilities: chartutil.DefaultCapabilities}}
	for i, status := range revisions {
		r := &release.Release{Name: "eso", Namespace: "ns", Version: i + 1, Chart: exampleChart("eso", "1.0.0"), Info: &release.Info{Status: status}}
		if err := c.config.Releases.Create(r); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestGet(t *testing.T) {
	tests := []struct {
		name      string
		revisions []release.Status
		want      Release
	}{
		{"absent", nil, Release{Name: "eso", Status: Absent}},
		{"deployed", []release.Status{release.StatusDeployed}, Release{Status: Deployed, RawStatus: "deployed", Revision: 1}},
		{"failed", []release.Status{release.StatusFailed}, Release{Status: Failed, RawStatus: "failed", Revision: 1}},
		{"interrupted install", []release.Status{release.StatusPendingInstall}, Release{Status: Pending, RawStatus: "pending-install", Revision: 1}},
		{"interrupted upgrade", []release.Status{release.StatusDeployed, release.StatusPendingUpgrade},
			Release{Status: Pending, RawStatus: "pending-upgrade", Revision: 2}},
		{"uninstalled with its history kept", []release.Status{release.StatusUninstalled}, Release{Status: Absent, RawStatus: "uninstalled", Revision: 1}},
		{"being uninstalled", []release.Status{release.StatusUninstalling}, Release{Status: Other, RawStatus: "uninstalling", Revision: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := inMemory(t, tt.revisions...).Get("eso")
			if err != nil {
				t.Fatal(err)
			}
			if tt.want.Name = "eso"; tt.revisions != nil {
				tt.want.ChartVersion, tt.want.AppVersion = "1.0.0", "v1.0.0"
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInstallMakesTheFirstRevision(t *testing.T) {
	c := inMemory(t)
	got, err := c.Install(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "1.0.0")}, Values: map[string]any{"greeting": "hi"}})
	if err != nil || got.Status != Deployed || got.Revision != 1 || got.ChartVersion != "1.0.0" {
		t.Fatalf("got %+v, %v", got, err)
	}
	held, err := c.config.Releases.Last("eso")
	if err != nil || held.Config["greeting"] != "hi" || held.Namespace != "ns" {
		t.Errorf("held %+v, %v", held, err)
	}
}

func TestInstallDoesNotOverwriteARelease(t *testing.T) {
	c := inMemory(t, release.StatusDeployed)
	if _, err := c.Install(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "2.0.0")}}); err == nil {
		t.Error("a deployed release was installed over")
	}
}

// overtaken makes a release when its objects are looked at, as another run that is a moment ahead.
type overtaken struct {
	*kubefake.PrintingKubeClient
	c *Client
}

func (o overtaken) Build(r io.Reader, validate bool) (kube.ResourceList, error) {
	return nil, o.c.config.Releases.Create(&release.Release{Name: "eso", Namespace: "ns", Version: 1, Chart: exampleChart("eso", "1.0.0"), Info: &release.Info{Status: release.StatusPendingInstall}})
}

func TestInstallDoesNotReplaceARunThatIsAhead(t *testing.T) {
	c := inMemory(t)
	c.config.KubeClient = overtaken{&kubefake.PrintingKubeClient{Out: io.Discard}, c}
	_, err := c.Install(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "1.0.0")}})
	if !errors.Is(err, ErrTaken) {
		t.Errorf("error = %v", err)
	}
	if got, err := c.Get("eso"); err != nil || got.Revision != 1 || got.Status != Pending {
		t.Errorf("the other run's release is %+v, %v", got, err)
	}
	if _, err := c.Install(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "1.0.0")}}); !errors.Is(err, ErrTaken) {
		t.Errorf("a name that is taken: %v", err)
	}
}

func TestInstallSeesItThroughWhenInterrupted(t *testing.T) {
	c := inMemory(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Install(ctx, Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "1.0.0")}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	if got, err := c.Get("eso"); err != nil || got.Status != Deployed {
		t.Errorf("the interrupted install has left %+v, %v", got, err)
	}
}

func TestResumeCompletesWhatWasInterrupted(t *testing.T) {
	for _, status := range []release.Status{release.StatusFailed, release.StatusPendingInstall, release.StatusPendingUpgrade, release.StatusPendingRollback} {
		t.Run(status.String(), func(t *testing.T) {
			c := inMemory(t, status)
			got, err := c.Resume(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "1.1.0")}})
			if err != nil || got.Status != Deployed || got.Revision != 2 || got.ChartVersion != "1.1.0" {
				t.Fatalf("got %+v, %v", got, err)
			}
			first, err := c.config.Releases.Get("eso", 1)
			if err != nil || first.Info.Status.IsPending() {
				t.Errorf("first revision %+v, %v", first, err)
			}
		})
	}
}

func TestFailPendingLeavesAnythingElse(t *testing.T) {
	c := inMemory(t, release.StatusDeployed)
	if err := c.failPending("eso"); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Get("eso"); err != nil || got.Status != Deployed {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := c.failPending("absent"); !errors.Is(err, driver.ErrReleaseNotFound) {
		t.Errorf("absent: %v", err)
	}
}

func TestRevisionsOfThisProgramAreKnown(t *testing.T) {
	foreign, err := inMemory(t, release.StatusFailed).Get("eso")
	if err != nil || foreign.Ours {
		t.Errorf("a revision of others: %+v, %v", foreign, err)
	}
	c := inMemory(t)
	made, err := c.Install(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "1.0.0")}})
	if err != nil || !made.Ours {
		t.Fatalf("installed: %+v, %v", made, err)
	}
	resumed, err := c.Resume(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "1.1.0")}})
	if err != nil || !resumed.Ours {
		t.Errorf("resumed: %+v, %v", resumed, err)
	}
	over := inMemory(t, release.StatusFailed)
	if r, err := over.Resume(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "1.0.0")}}); err != nil || !r.Ours {
		t.Errorf("resumed over a revision without the mark: %+v, %v", r, err)
	}
	for revision := 1; revision <= 2; revision++ {
		held, err := c.config.Releases.Get("eso", revision)
		if err != nil || held.Labels["eso-infisical.dev/made-by"] != "kubectl-eso-infisical" || !describe(held).Ours {
			t.Errorf("revision %d has the labels %v, %v", revision, held.Labels, err)
		}
	}
}

func TestResumeTakesTheUsersValuesOverTheNewChartsOwn(t *testing.T) {
	c := inMemory(t, release.StatusFailed)
	want := map[string]any{"greeting": "the user's", "own": "kept", "installCRDs": true}
	newChart := exampleChart("eso", "1.1.0")
	newChart.Values = map[string]any{"greeting": "hello again", "added": "by the new chart"}
	newChart.Templates[0].Data = []byte("kind: ConfigMap\ndata: {greeting: {{ .Values.greeting | quote }}, added: {{ .Values.added | quote }}}\n")
	if _, err := c.Resume(t.Context(), Operation{Name: "eso", Chart: &Chart{newChart}, Values: want}); err != nil {
		t.Fatal(err)
	}
	last, err := c.config.Releases.Last("eso")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, last.Config); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(last.Manifest, `"the user's"`) || !strings.Contains(last.Manifest, `"by the new chart"`) {
		t.Errorf("manifest:\n%s", last.Manifest)
	}
}

func TestDeploymentsOfAManifest(t *testing.T) {
	tests := []struct {
		name, manifest string
		want           []string
	}{
		{"empty", "", nil},
		{"as Helm writes it", "---\n# Source: a.yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: s\n---\n# Source: b.yaml\napiVersion: apps/v1\n" +
			"kind: Deployment\nmetadata:\n  name: a\n  labels:\n    x: y\n---\n# Source: c.yaml\nkind: Deployment\nmetadata: {name: \"b\"}\n", []string{"a", "b"}},
		{"first of all", "---\nkind: Deployment\nmetadata: {name: a}\n", []string{"a"}},
		{"a word inside another object", "---\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: |\n    kind: Deployment\n    metadata: {name: b}\n", nil},
		{"what is not YAML", "kind: Deployment\n\t{{\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, deployments(tt.manifest)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReleaseNamesItsDeployments(t *testing.T) {
	ch := exampleChart("eso", "1.0.0")
	ch.Templates = append(ch.Templates, &chart.File{Name: "templates/d.yaml",
		Data: []byte("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}-webhook\n")})
	c := inMemory(t)
	made, err := c.Install(t.Context(), Operation{Name: "eso", Chart: &Chart{ch}})
	if err != nil {
		t.Fatal(err)
	}
	read, err := c.Get("eso")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []Release{made, read} {
		if diff := cmp.Diff([]string{"eso-webhook"}, r.Deployments); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAMarkThatHelmHandsOnIsNotOurs(t *testing.T) {
	c := inMemory(t)
	if _, err := c.Install(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "1.0.0")}}); err != nil {
		t.Fatal(err)
	}
	upgrade := action.NewUpgrade(c.config)
	upgrade.Namespace = "ns"
	foreign, err := upgrade.RunWithContext(t.Context(), "eso", exampleChart("eso", "1.1.0"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if foreign.Labels[madeByLabel] != madeBy {
		t.Fatalf("Helm hands no labels on, so the test proves nothing: %v", foreign.Labels)
	}
	if got, err := c.Get("eso"); err != nil || got.Ours || got.Revision != 2 {
		t.Errorf("another's upgrade of ours: %+v, %v", got, err)
	}
	if got, err := c.Content("eso"); err != nil || got.Ours || !got.BegunByUs {
		t.Errorf("another's upgrade of ours: ours %t, begun by us %t, %v", got.Ours, got.BegunByUs, err)
	}
}

func TestWhoBeganARelease(t *testing.T) {
	c := inMemory(t, release.StatusSuperseded, release.StatusDeployed) // another's
	if _, err := c.Rollback(t.Context(), "eso", 2); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Content("eso"); err != nil || !got.Ours || got.BegunByUs {
		t.Errorf("our revision of another's: ours %t, begun by us %t, %v", got.Ours, got.BegunByUs, err)
	}
	ours := inMemory(t)
	if _, err := ours.Install(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "1.0.0")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := ours.Rollback(t.Context(), "eso", 1); err != nil {
		t.Fatal(err)
	}
	if got, err := ours.Content("eso"); err != nil || !got.BegunByUs {
		t.Errorf("ours: %t, %v", got.BegunByUs, err)
	}
	if _, err := ours.config.Releases.Delete("eso", 1); err != nil {
		t.Fatal(err)
	}
	if got, err := ours.Content("eso"); err != nil || !got.Ours || got.BegunByUs {
		t.Errorf("whose first revision is forgotten: %t, %v", got.BegunByUs, err)
	}
}
