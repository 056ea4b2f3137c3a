package helm

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"helm.sh/helm/v3/pkg/provenance"
	"helm.sh/helm/v3/pkg/registry"
)

// registryWith serves the repository eso with the archive under the tag 1.2.3, and returns its host and the manifest's digest.
func registryWith(t *testing.T, archive, prov []byte) (host, manifest string) {
	t.Helper()
	type descriptor struct {
		MediaType string `json:"mediaType"`
		Digest    string `json:"digest"`
		Size      int    `json:"size"`
	}
	blobs := map[string][]byte{}
	add := func(mediaType string, data []byte) descriptor {
		blobs[digestOf(data)] = data
		return descriptor{mediaType, digestOf(data), len(data)}
	}
	layers := []descriptor{add(registry.ChartLayerMediaType, archive)}
	if prov != nil {
		layers = append(layers, add(registry.ProvLayerMediaType, prov))
	}
	const manifestType = "application/vnd.oci.image.manifest.v1+json"
	data, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": manifestType, "layers": layers,
		"config": add(registry.ConfigMediaType, []byte(`{"name":"eso","version":"1.2.3","apiVersion":"v2"}`))})
	if err != nil {
		t.Fatal(err)
	}
	manifest = digestOf(data)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		last := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		content, known := blobs[last]
		if last == "1.2.3" || last == manifest {
			content, known = data, true
			w.Header().Set("Content-Type", manifestType)
			w.Header().Set("Docker-Content-Digest", manifest)
		}
		if !known {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), manifest
}

// signed is an archive with its provenance beside it, and the keyring that it can be verified with.
func signed(t *testing.T) (archive, keyring string) {
	t.Helper()
	dir := t.TempDir()
	archive, keyring = packed(t, dir, "eso", "1.2.3"), newKey(t, dir, "public.gpg", true)
	signatory, err := provenance.NewFromFiles(filepath.Join(dir, "public.gpg.secret"), keyring)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signatory.ClearSign(archive)
	if err != nil {
		t.Fatal(err)
	}
	write(t, archive+".prov", []byte(text))
	return archive, keyring
}

// newKey makes a key pair for tests; the public half is in the file that is returned, the other one beside it if it is kept.
func newKey(t *testing.T, dir, name string, keep bool) string {
	t.Helper()
	entity, err := openpgp.NewEntity("Test", "", "test@example.com", nil)
	if err != nil {
		t.Fatal(err)
	}
	var public, private bytes.Buffer
	if err := entity.Serialize(&public); err != nil {
		t.Fatal(err)
	}
	if err := entity.SerializePrivate(&private, nil); err != nil {
		t.Fatal(err)
	}
	if keep {
		write(t, filepath.Join(dir, name+".secret"), private.Bytes())
	}
	write(t, filepath.Join(dir, name), public.Bytes())
	return filepath.Join(dir, name)
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyChart(t *testing.T) {
	archive, keyring := signed(t)
	other := newKey(t, t.TempDir(), "other.gpg", false)
	data, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	prov, err := os.ReadFile(archive + ".prov")
	if err != nil {
		t.Fatal(err)
	}
	host, _ := registryWith(t, data, prov)
	bare, _ := registryWith(t, data, nil)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "index.yaml"), []byte("apiVersion: v1\nentries:\n  eso:\n  - {apiVersion: v2, name: eso, version: 1.2.3, urls: [eso-1.2.3.tgz]}\n"))
	write(t, filepath.Join(dir, "eso-1.2.3.tgz"), data)
	write(t, filepath.Join(dir, "eso-1.2.3.tgz.prov"), prov)
	served := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(served.Close)
	changed := filepath.Join(t.TempDir(), "eso-1.2.3.tgz")
	write(t, changed, append(bytes.Clone(data), 0))
	write(t, changed+".prov", prov)
	tests := map[string]struct {
		source Source
		text   string
	}{
		"file":                              {Source{Chart: archive, Keyring: keyring}, ""},
		"registry":                          {Source{Chart: "oci://" + host + "/eso", Version: "1.2.3", Keyring: keyring}, ""},
		"repository":                        {Source{Repository: served.URL, Chart: "eso", Version: "1.2.3", Keyring: keyring}, ""},
		"another key":                       {Source{Chart: archive, Keyring: other}, "verify its signature"},
		"no keyring":                        {Source{Chart: archive, Keyring: archive + ".none"}, "no such file"},
		"another archive":                   {Source{Chart: changed, Keyring: keyring}, "sha256 sum does not match"},
		"a registry without the provenance": {Source{Chart: "oci://" + bare + "/eso", Version: "1.2.3", Keyring: keyring}, "provenance"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.source.Verify = true
			_, err := tt.source.Load(t.Context())
			if (err == nil) != (tt.text == "") || err != nil && !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error = %v", err)
			}
		})
	}
}
