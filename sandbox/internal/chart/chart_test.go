package chart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"sigs.k8s.io/yaml"
)

// repository packages the charts, from the real sources, and unpacks one.
func repository(t *testing.T, version string) (dir string, files map[string]string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "a chart")
	if err := Package(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, release{version: version}.archive()))
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for tape := tar.NewReader(zip); ; {
		header, err := tape.Next()
		if errors.Is(err, io.EOF) {
			return dir, files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(tape)
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = string(content)
	}
}

// render executes a template with the few functions of Helm that the CRDs use.
func render(t *testing.T, text string, values map[string]any) string {
	t.Helper()
	functions := template.FuncMap{
		"toYaml": func(v any) string {
			data, err := yaml.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			return strings.TrimSuffix(string(data), "\n")
		},
		"nindent": func(n int, s string) string {
			pad := strings.Repeat(" ", n)
			return "\n" + pad + strings.ReplaceAll(s, "\n", "\n"+pad)
		},
		"include": func(string, any) string { return "external-secrets" },
	}
	var out strings.Builder
	err := template.Must(template.New("").Funcs(functions).Parse(text)).Execute(&out, map[string]any{
		"Values": values, "Release": map[string]any{"Namespace": "eso"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// values are the chart's own with some changed below crds.
func values(t *testing.T, files map[string]string, install bool, crds map[string]any) map[string]any {
	t.Helper()
	var v map[string]any
	if err := yaml.Unmarshal([]byte(files["external-secrets/values.yaml"]), &v); err != nil {
		t.Fatal(err)
	}
	v["installCRDs"] = install
	for key, value := range crds {
		v["crds"].(map[string]any)[key] = value
	}
	return v
}

type definition struct {
	Kind     string
	Metadata struct {
		Name        string
		Annotations map[string]string
	}
	Spec struct {
		Versions []struct {
			Name   string
			Served bool
		}
	}
}

func rendered(t *testing.T, files map[string]string, values map[string]any) map[string]definition {
	t.Helper()
	definitions := map[string]definition{}
	for path, text := range files {
		if !strings.HasPrefix(path, "external-secrets/templates/crds/") {
			continue
		}
		out := render(t, text, values)
		if strings.TrimSpace(out) == "" {
			continue
		}
		var d definition
		if err := yaml.Unmarshal([]byte(out), &d); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if d.Kind != "CustomResourceDefinition" {
			t.Errorf("%s renders a %q", path, d.Kind)
		}
		definitions[d.Metadata.Name] = d
	}
	return definitions
}

func TestCRDsFollowTheValues(t *testing.T) {
	for _, version := range []string{Version, OlderVersion} {
		t.Run(version, func(t *testing.T) {
			_, files := repository(t, version)
			all := rendered(t, files, values(t, files, true, nil))
			if len(all) != 23 {
				t.Errorf("installCRDs=true: got %d CRDs, want 23", len(all))
			}
			if got := rendered(t, files, values(t, files, false, nil)); len(got) != 0 {
				t.Errorf("installCRDs=false: got %d CRDs, want none", len(got))
			}
			without := rendered(t, files, values(t, files, true, map[string]any{"createClusterSecretStore": false}))
			if _, is := without["clustersecretstores.external-secrets.io"]; is || len(without) != len(all)-1 {
				t.Errorf("createClusterSecretStore=false: got %d CRDs, the cluster store's among them: %v", len(without), is)
			}
		})
	}
}

func TestTheOlderChartNeverServesV1Beta1(t *testing.T) {
	_, files := repository(t, OlderVersion)
	for name, text := range files {
		if strings.Contains(text, "unsafeServeV1Beta1") {
			t.Errorf("%s uses a value that the chart does not have", name)
		}
	}
}

func TestCRDAnnotations(t *testing.T) {
	_, files := repository(t, Version)
	keep := map[string]any{"annotations": map[string]any{"helm.sh/resource-policy": "keep"}}
	for name, d := range rendered(t, files, values(t, files, true, keep)) {
		if d.Metadata.Annotations["helm.sh/resource-policy"] != "keep" || d.Metadata.Annotations["controller-gen.kubebuilder.io/version"] == "" {
			t.Errorf("annotations of %s: got %v", name, d.Metadata.Annotations)
		}
	}
}

func TestV1Beta1IsServedOnRequest(t *testing.T) {
	_, files := repository(t, Version)
	for _, want := range []bool{false, true} {
		all := rendered(t, files, values(t, files, true, map[string]any{"unsafeServeV1Beta1": want}))
		for _, name := range []string{"externalsecrets", "clusterexternalsecrets", "secretstores", "clustersecretstores"} {
			for _, version := range all[name+".external-secrets.io"].Spec.Versions {
				if expected := version.Name == "v1" || want; version.Served != expected {
					t.Errorf("unsafeServeV1Beta1=%v: %s %s: served %v", want, name, version.Name, version.Served)
				}
			}
		}
	}
}

func TestMetadata(t *testing.T) {
	dir, files := repository(t, Version)
	var chart map[string]any
	if err := yaml.Unmarshal([]byte(files["external-secrets/Chart.yaml"]), &chart); err != nil {
		t.Fatal(err)
	}
	if chart["version"] != "1.3.2" || chart["appVersion"] != "v1.3.2" || chart["dependencies"] != nil {
		t.Errorf("Chart.yaml: got version %v, appVersion %v, dependencies %v", chart["version"], chart["appVersion"], chart["dependencies"])
	}
	for path := range files {
		if strings.Contains(path, "/tests/") || strings.Contains(path, "/ci/") {
			t.Errorf("the packaged chart holds %s", path)
		}
	}
	again := filepath.Join(t.TempDir(), "again")
	if err := Package(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	for _, name := range Files() {
		first, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		second, err := os.ReadFile(filepath.Join(again, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("%s differs when it is made again", name)
		}
	}
}

func TestServesWhatItsIndexNames(t *testing.T) {
	dir, _ := repository(t, Version)
	if err := Check(dir); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler(dir))
	defer server.Close()
	var index struct {
		Entries map[string][]struct {
			Version, Digest string
			URLs            []string
		}
	}
	if err := yaml.Unmarshal(get(t, server.URL+"/index.yaml", http.StatusOK), &index); err != nil {
		t.Fatal(err)
	}
	entries := index.Entries["external-secrets"]
	if len(entries) != 2 || entries[0].Version != Version || entries[1].Version != OlderVersion {
		t.Fatalf("the index has %+v", entries)
	}
	for _, entry := range entries {
		sum := sha256.Sum256(get(t, server.URL+"/"+entry.URLs[0], http.StatusOK))
		if got := hex.EncodeToString(sum[:]); got != entry.Digest {
			t.Errorf("digest of %s: the index says %s, the archive has %s", entry.Version, entry.Digest, got)
		}
	}
	get(t, server.URL+"/", http.StatusNotFound)
	get(t, server.URL+"/other", http.StatusNotFound)
}

func get(t *testing.T, url string, want int) []byte {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != want {
		t.Errorf("GET %s: got %s, want %d", url, response.Status, want)
	}
	return body
}

func TestCheckSaysHowToMakeIt(t *testing.T) {
	err := Check(t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "make sandbox") {
		t.Errorf("got %v, want an error that names the make target", err)
	}
}
