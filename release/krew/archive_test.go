package krew

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// packed makes an archive; content begins with "->" for a symbolic link.
func packed(t *testing.T, content map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	compressed := gzip.NewWriter(&b)
	archive := tar.NewWriter(compressed)
	for name, text := range content {
		header := &tar.Header{Name: name, Mode: 0o755, Size: int64(len(text)), Typeflag: tar.TypeReg}
		if target, link := strings.CutPrefix(text, "->"); link {
			header.Typeflag, header.Linkname, header.Size, text = tar.TypeSymlink, target, 0, ""
		}
		if err := archive.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t *testing.T, content map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	for name, text := range content {
		file, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func platform(archive []byte, bin string) Platform {
	return Platform{URI: "u", SHA256: fmt.Sprintf("%x", sha256.Sum256(archive)), Bin: bin}
}

func TestInstall(t *testing.T) {
	const script = "#!/bin/sh\necho hello\n"
	for bin, archive := range map[string][]byte{
		"kubectl-x":     packed(t, map[string]string{"kubectl-x": script, "LICENSE": "l", "docs/man/x.1": "m"}),
		"kubectl-x.exe": zipped(t, map[string]string{"kubectl-x.exe": script, "license.TXT": "l"}),
	} {
		folder := t.TempDir()
		program, err := platform(archive, bin).Install(archive, t.TempDir(), folder)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(program); err != nil || string(text) != script || program != filepath.Join(folder, bin) {
			t.Errorf("%s: %q, %v", program, text, err)
		}
	}
}

func TestWhatKrewDoesNotInstall(t *testing.T) {
	whole := map[string]string{"kubectl-x": "p", "LICENSE": "l"}
	with := func(name, text string) map[string]string {
		m := map[string]string{name: text}
		for n, c := range whole {
			m[n] = c
		}
		return m
	}
	for want, archive := range map[string][]byte{
		"neither a file nor a folder": packed(t, with("link", "->kubectl-x")),
		"leads out of the archive":    packed(t, with("../outside", "x")),
		"/absolute leads out":         packed(t, with("/absolute", "x")),
		"../zipped leads out":         zipped(t, with("../zipped", "x")),
		"there is no licence":         packed(t, map[string]string{"kubectl-x": "p", "COPYING.md": "krew does not know this one"}),
		"cannot be run":               packed(t, map[string]string{"kubectl-y": "p", "LICENSE": "l"}),
		"neither a zip nor a tar.gz":  []byte("hello"),
	} {
		if _, err := platform(archive, "kubectl-x").Install(archive, t.TempDir(), t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	archive := packed(t, whole)
	if _, err := platform(archive, "kubectl-x").Install(append(archive, 0), t.TempDir(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "its checksum is") {
		t.Errorf("a byte too many: %v", err)
	}
}
