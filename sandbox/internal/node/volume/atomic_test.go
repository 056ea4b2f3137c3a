package volume

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// visible returns what a program sees in a volume, without the names that the swap needs.
func visible(t *testing.T, dir string) map[string]string {
	t.Helper()
	seen := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name()[0] == '.' {
			continue
		}
		full, err := filepath.EvalSymlinks(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		err = filepath.WalkDir(full, func(path string, file fs.DirEntry, err error) error {
			if err != nil || file.IsDir() {
				return err
			}
			relative, _ := filepath.Rel(full, path)
			data, err := os.ReadFile(path)
			seen[filepath.Join(entry.Name(), relative)] = string(data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return seen
}

func TestWriteSwapsWholeVersions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a volume")
	first := Payload{"tls.crt": {Data: []byte("c1"), Mode: 0o644}, "tls.key": {Data: []byte("k1"), Mode: 0o400}, "sub/ca": {Data: []byte("a"), Mode: 0o644}}
	if changed, err := write(dir, first); err != nil || !changed {
		t.Fatalf("first write: %v, %v", changed, err)
	}
	if diff := cmp.Diff(map[string]string{"tls.crt": "c1", "tls.key": "k1", "sub/ca": "a"}, visible(t, dir)); diff != "" {
		t.Fatal(diff)
	}
	before, _ := os.Readlink(filepath.Join(dir, dataLink))
	if info, err := os.Stat(filepath.Join(dir, "tls.key")); err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("mode of tls.key: %v, %v", info, err)
	}

	if changed, err := write(dir, first); err != nil || changed {
		t.Errorf("same payload: %v, %v; want no change", changed, err)
	}

	second := Payload{"tls.crt": {Data: []byte("c2"), Mode: 0o644}, "new": {Data: []byte("n"), Mode: 0o644}}
	if changed, err := write(dir, second); err != nil || !changed {
		t.Fatalf("second write: %v, %v", changed, err)
	}
	if diff := cmp.Diff(map[string]string{"tls.crt": "c2", "new": "n"}, visible(t, dir)); diff != "" {
		t.Error(diff)
	}
	after, _ := os.Readlink(filepath.Join(dir, dataLink))
	if before == after {
		t.Error("files were changed in place, not swapped")
	}
	if _, err := os.Stat(filepath.Join(dir, before)); !os.IsNotExist(err) {
		t.Errorf("the old version is still there: %v", err)
	}
	if link, err := os.Readlink(filepath.Join(dir, "tls.crt")); err != nil || link != filepath.Join(dataLink, "tls.crt") {
		t.Errorf("tls.crt links to %q, %v", link, err)
	}
}

func TestWriteNoticesModeAndStaleLink(t *testing.T) {
	dir := t.TempDir()
	if _, err := write(dir, Payload{"f": {Data: []byte("x"), Mode: 0o644}}); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, newDataLink)); err != nil {
		t.Fatal(err)
	}
	if changed, err := write(dir, Payload{"f": {Data: []byte("x"), Mode: 0o600}}); err != nil || !changed {
		t.Errorf("changed mode: %v, %v", changed, err)
	}
	if changed, err := write(dir, Payload{}); err != nil || !changed {
		t.Errorf("emptied: %v, %v", changed, err)
	}
	if got := visible(t, dir); len(got) != 0 {
		t.Errorf("left over: %v", got)
	}
}

func TestWriteStaysInside(t *testing.T) {
	if _, err := write(t.TempDir(), Payload{"../out": {}}); err == nil {
		t.Error("wrote outside the volume")
	}
}
