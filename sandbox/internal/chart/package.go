package chart

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// Package writes a chart repository, the packaged charts and their index, into a directory.
func Package(ctx context.Context, out string) error {
	files := map[string][]byte{}
	var entries []any
	for _, r := range releases {
		archive, entry, err := r.pack(ctx)
		if err != nil {
			return fmt.Errorf("package chart %s: %w", r.version, err)
		}
		files[r.archive()], entries = archive, append(entries, entry)
	}
	var err error
	if files[indexFile], err = index(entries); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("write the chart repository: %w", err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(out, name), data, 0o644); err != nil {
			return fmt.Errorf("write the chart repository: %w", err)
		}
	}
	return nil
}

// pack makes the archive and what the index says of it.
func (r release) pack(ctx context.Context) (archive []byte, entry map[string]any, err error) {
	source, err := r.source(ctx)
	if err != nil {
		return nil, nil, err
	}
	files, err := r.contents(source)
	if err != nil {
		return nil, nil, err
	}
	if archive, err = pack(files); err != nil {
		return nil, nil, err
	}
	entry, err = r.entry(files, archive)
	return archive, entry, err
}

// contents are the chart's files in the order of their paths, as they are at a release.
func (r release) contents(source string) ([]file, error) {
	files, err := crds(source)
	if err != nil {
		return nil, err
	}
	root := chartDir(source)
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil || !released(filepath.ToSlash(relative)) {
			return err
		}
		data, err := os.ReadFile(path)
		files = append(files, file{path: filepath.ToSlash(relative), data: data})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the chart: %w", err)
	}
	for i := range files {
		if files[i].path == "Chart.yaml" {
			if files[i].data, err = r.metadata(files[i].data); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.path, b.path) })
	return files, nil
}

// released says whether a file of the sources is part of the packaged chart. Chart.lock goes with the dependency it locks.
func released(path string) bool {
	switch {
	case strings.HasPrefix(path, "ci/"), strings.HasPrefix(path, "tests/"), strings.HasPrefix(path, "templates/crds/"):
		return false
	case path == "README.md.gotmpl", path == ".helmignore", path == "Chart.lock":
		return false
	}
	return true
}

// metadata sets the version, which the tag's sources are one behind with, and drops the dependency on the Bitwarden server's
// chart, which the sources do not hold and which is off unless asked for.
func (r release) metadata(data []byte) ([]byte, error) {
	var chart map[string]any
	if err := yaml.Unmarshal(data, &chart); err != nil {
		return nil, fmt.Errorf("read Chart.yaml: %w", err)
	}
	chart["version"], chart["appVersion"] = r.version, "v"+r.version
	delete(chart, "dependencies")
	data, err := yaml.Marshal(chart)
	if err != nil {
		return nil, fmt.Errorf("write Chart.yaml: %w", err)
	}
	return data, nil
}

// pack makes the archive. The same sources give the same bytes: no times, no owners, a fixed order.
func pack(files []file) ([]byte, error) {
	var archive bytes.Buffer
	zip := gzip.NewWriter(&archive)
	tape := tar.NewWriter(zip)
	for _, f := range files {
		header := &tar.Header{Name: path.Join(name, f.path), Mode: 0o644, Size: int64(len(f.data)), Format: tar.FormatPAX}
		if err := tape.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("pack the chart: %w", err)
		}
		if _, err := tape.Write(f.data); err != nil {
			return nil, fmt.Errorf("pack the chart: %w", err)
		}
	}
	if err := tape.Close(); err != nil {
		return nil, fmt.Errorf("pack the chart: %w", err)
	}
	if err := zip.Close(); err != nil {
		return nil, fmt.Errorf("pack the chart: %w", err)
	}
	return archive.Bytes(), nil
}

const indexFile = "index.yaml"

// created is when the repository says it was made, so that the same sources give the same bytes.
const created = "2026-01-01T00:00:00Z"

// entry is what the index says of the archive.
func (r release) entry(files []file, archive []byte) (map[string]any, error) {
	i := slices.IndexFunc(files, func(f file) bool { return f.path == "Chart.yaml" })
	if i < 0 {
		return nil, errors.New("the chart has no Chart.yaml")
	}
	var entry map[string]any
	if err := yaml.Unmarshal(files[i].data, &entry); err != nil {
		return nil, fmt.Errorf("read Chart.yaml: %w", err)
	}
	entry["created"], entry["digest"], entry["urls"] = created, fmt.Sprintf("%x", sha256.Sum256(archive)), []string{r.archive()}
	return entry, nil
}

// index is the repository's list of its charts.
func index(entries []any) ([]byte, error) {
	data, err := yaml.Marshal(map[string]any{
		"apiVersion": "v1",
		"generated":  created,
		"entries":    map[string]any{name: entries},
	})
	if err != nil {
		return nil, fmt.Errorf("make the chart repository's index: %w", err)
	}
	return data, nil
}
