package helm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
)

// exampleChart makes a chart with one template.
func exampleChart(name, version string) *chart.Chart {
	return &chart.Chart{
		Metadata: &chart.Metadata{APIVersion: chart.APIVersionV2, Name: name, Version: version, AppVersion: "v" + version},
		Templates: []*chart.File{{Name: "templates/config.yaml",
			Data: []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {greeting: {{ .Values.greeting | quote }}}\n")}},
		Values: map[string]any{"greeting": "hello"},
	}
}

// packed saves the chart as an archive in dir and returns its path.
func packed(t *testing.T, dir, name, version string) string {
	t.Helper()
	path, err := chartutil.Save(exampleChart(name, version), dir)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// repository serves a directory with an index of the chart's versions, whose downloads are named relative to the index.
func repository(t *testing.T, versions ...string) string {
	t.Helper()
	return repositoryWith(t, "", versions...)
}

// repositoryWith says of every archive that it has the digest.
func repositoryWith(t *testing.T, digest string, versions ...string) string {
	t.Helper()
	dir := t.TempDir()
	var index strings.Builder
	index.WriteString("apiVersion: v1\nentries:\n  eso:\n")
	for _, version := range versions {
		file := filepath.Base(packed(t, dir, "eso", version))
		fmt.Fprintf(&index, "  - {apiVersion: v2, name: eso, version: %s, digest: %q, urls: [%s]}\n", version, digest, file)
	}
	if err := os.WriteFile(filepath.Join(dir, "index.yaml"), []byte(index.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix("/charts", http.FileServer(http.Dir(dir))))
	t.Cleanup(server.Close)
	return server.URL + "/charts"
}

func TestSourceNamesItself(t *testing.T) {
	tests := []struct {
		source Source
		want   string
		isPath bool
	}{
		{Source{Repository: "https://r", Chart: "eso", Version: "1.0.0"}, "eso 1.0.0 from https://r", false},
		{Source{Repository: "https://r", Chart: "./eso", Version: "1.0.0"}, "./eso", true},
		{Source{Chart: "../eso"}, "../eso", true},
		{Source{Chart: "/srv/eso-1.0.0.tgz"}, "/srv/eso-1.0.0.tgz", true},
		{Source{Repository: "https://r", Chart: "oci://host/eso", Version: "1.0.0"}, "oci://host/eso:1.0.0", false},
		{Source{Chart: "oci://host:5000/eso", Version: "1.0.0"}, "oci://host:5000/eso:1.0.0", false},
		{Source{Chart: "oci://host:5000/eso:2.0.0", Version: "1.0.0"}, "oci://host:5000/eso:2.0.0", false},
		{Source{Chart: "oci://host:5000/eso:2.0.0@sha256:ab"}, "oci://host:5000/eso@sha256:ab", false},
		{Source{Repository: "https://user:hidden@r", Chart: "eso", Version: "1.0.0"}, "eso 1.0.0 from https://user:xxxxx@r", false},
		{Source{Chart: "-"}, "on standard input", false},
		{Source{Chart: "."}, ".", true},
		{Source{Chart: ".."}, "..", true},
		{Source{Chart: `.\eso`}, `.\eso`, true},
		{Source{Chart: `..\charts\eso`}, `..\charts\eso`, true},
		{Source{Chart: `C:\charts\eso-1.0.0.tgz`}, `C:\charts\eso-1.0.0.tgz`, true},
		{Source{Chart: "D:/charts/eso"}, "D:/charts/eso", true},
		{Source{Chart: `\\server\share\eso.tgz`}, `\\server\share\eso.tgz`, true},
		{Source{Repository: "https://r", Chart: ".eso", Version: "1.0.0"}, ".eso 1.0.0 from https://r", false},
		{Source{Repository: "https://r", Chart: "...", Version: "1.0.0"}, "... 1.0.0 from https://r", false},
	}
	for _, tt := range tests {
		if got := tt.source.String(); got != tt.want || tt.source.isPath() != tt.isPath {
			t.Errorf("%+v: %q, path: %t", tt.source, got, tt.source.isPath())
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if err := chartutil.SaveDir(exampleChart("eso", "1.2.3"), dir); err != nil {
		t.Fatal(err)
	}
	url := repository(t, "1.2.2", "1.2.3")
	archive := packed(t, t.TempDir(), "eso", "1.2.3")
	data, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	host, manifest := registryWith(t, data, nil)
	tests := map[string]Source{
		"directory":                          {Chart: filepath.Join(dir, "eso")},
		"archive":                            {Chart: packed(t, dir, "eso", "1.2.3")},
		"archive with its digest":            {Chart: archive, Digest: digestOf(data)},
		"standard input":                     {Chart: "-", Stdin: bytes.NewReader(data)},
		"registry by tag":                    {Chart: "oci://" + host + "/eso", Version: "1.2.3", Digest: manifest},
		"registry by digest":                 {Chart: "oci://" + host + "/eso@" + manifest},
		"repository":                         {Repository: url, Chart: "eso", Version: "1.2.3"},
		"repository with a slash at its end": {Repository: url + "/", Chart: "eso", Version: "1.2.3"},
	}
	for name, source := range tests {
		t.Run(name, func(t *testing.T) {
			loaded, err := source.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if loaded.Version() != "1.2.3" {
				t.Errorf("loaded %s", loaded.Version())
			}
		})
	}
}

func TestABareNameIsNeverADirectory(t *testing.T) {
	dir := t.TempDir()
	if err := chartutil.SaveDir(exampleChart("eso", "6.6.6"), dir); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	loaded, err := Source{Repository: repository(t, "1.0.0"), Chart: "eso", Version: "1.0.0"}.Load(t.Context())
	if err != nil || loaded.Version() != "1.0.0" {
		t.Fatalf("loaded %+v, %v", loaded, err)
	}
}

func TestLoadFails(t *testing.T) {
	empty := t.TempDir()
	html := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello</html>") }))
	t.Cleanup(html.Close)
	lying := repositoryWith(t, strings.Repeat("0", 64), "1.0.0")
	archive := packed(t, t.TempDir(), "eso", "1.0.0")
	host, _ := registryWith(t, []byte("x"), nil)
	other := "sha256:" + strings.Repeat("a", 64)
	tests := []struct {
		name   string
		source Source
		texts  []string
	}{
		{"an archive that is not the one in the index", Source{Repository: lying, Chart: "eso", Version: "1.0.0"}, []string{"index says sha256:000"}},
		{"another digest", Source{Chart: archive, Digest: other}, []string{"its digest is sha256:", other}},
		{"another manifest", Source{Chart: "oci://" + host + "/eso", Version: "1.2.3", Digest: other}, []string{"its digest is sha256:", other}},
		{"no such tag", Source{Chart: "oci://" + host + "/eso", Version: "9.9.9"}, []string{"not found"}},
		{"nothing on standard input", Source{Chart: "-", Stdin: strings.NewReader("")}, []string{"it is empty"}},
		{"no provenance", Source{Chart: archive, Verify: true, Keyring: "none"}, []string{"read its provenance", ".prov"}},
		{"no provenance in the repository", Source{Repository: repository(t, "1.0.0"), Chart: "eso", Version: "1.0.0", Verify: true}, []string{"fetch its provenance", "404"}},
		{"version that is not offered", Source{Repository: repository(t, "1.0.0", "1.1.0"), Chart: "eso", Version: "9.9.9"}, []string{"9.9.9", "1.0.0", "1.1.0"}},
		{"chart that is not offered", Source{Repository: repository(t, "1.0.0"), Chart: "other", Version: "1.0.0"}, []string{"no chart of that name"}},
		{"many versions", Source{Repository: repository(t, "1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.4", "1.0.5"), Chart: "eso", Version: "2.0.0"}, []string{"…"}},
		{"no repository there", Source{Repository: html.URL + "/x", Chart: "eso", Version: "1.0.0"}, nil},
		{"no address", Source{Repository: "::", Chart: "eso", Version: "1.0.0"}, nil},
		{"no such path", Source{Chart: filepath.Join(empty, "absent")}, []string{"no such file or directory"}},
		{"directory without a chart", Source{Chart: empty}, []string{"Chart.yaml"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.source.Load(t.Context())
			if err == nil || !strings.HasPrefix(err.Error(), "fetch chart "+tt.source.String()+": ") {
				t.Fatalf("error = %v", err)
			}
			for _, text := range tt.texts {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("error = %v, without %q", err, text)
				}
			}
		})
	}
	if _, err := (Source{Chart: filepath.Join(empty, "absent")}).Load(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error = %v", err)
	}
}

func TestLoadEndsWithItsContext(t *testing.T) {
	asked, done := make(chan struct{}), make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-done
	}))
	t.Cleanup(func() { close(done); silent.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, err := Source{Repository: silent.URL, Chart: "eso", Version: "1.0.0"}.Load(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

func TestValidateSource(t *testing.T) {
	dir, sum := t.TempDir(), "sha256:"+strings.Repeat("a", 64)
	tests := []struct {
		name   string
		source Source
		text   string
	}{
		{"nothing special", Source{Chart: "eso"}, ""},
		{"a path without its beginning", Source{Chart: "charts/eso-1.0.0.tgz"}, "a path begins with ./"},
		{"a registry", Source{Chart: "oci://host/eso"}, ""},
		{"a digest", Source{Chart: "eso", Digest: sum}, ""},
		{"no digest", Source{Chart: "eso", Digest: "abc"}, "sha256:"},
		{"a digest in capitals", Source{Chart: "eso", Digest: strings.ToUpper(sum)}, "sha256:"},
		{"a directory's digest", Source{Chart: dir, Digest: sum}, "a directory has no digest"},
		{"a directory's signature", Source{Chart: dir, Verify: true}, "provenance file"},
		{"the signature of standard input", Source{Chart: "-", Verify: true}, "provenance file"},
		{"a signature", Source{Chart: "eso", Verify: true}, ""},
	}
	for _, tt := range tests {
		err := tt.source.Validate()
		if (err == nil) != (tt.text == "") || err != nil && !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestPinned(t *testing.T) {
	for chart, want := range map[string]bool{"eso": false, "./eso": true, "-": true, "oci://h:5/eso": false, "oci://h:5/eso:1": true, "oci://h/eso@sha256:1": true} {
		if got := (Source{Chart: chart}).Pinned(); got != want {
			t.Errorf("%s: %t", chart, got)
		}
	}
}
