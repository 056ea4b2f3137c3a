package bundle

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// Content is what goes into a bundle.
type Content struct {
	Manifest Manifest
	// Snapshot is what the checks were run on.
	Snapshot *doctor.Snapshot
	Sources  []doctor.Source
	// Reports are the report in several forms, by the names of their files.
	Reports map[string][]byte
	// Secrets are the values that must not be in it.
	Secrets []string
	// Mask replaces names, the same name by the same everywhere.
	Mask bool
}

// Write writes a bundle. Nothing is written if a secret value would be in it: that is a *LeakError.
func Write(ctx context.Context, w io.Writer, c Content) error {
	files, err := c.files(ctx)
	if err != nil {
		return err
	}
	if err := search(files, c.Secrets); err != nil {
		return err // before a mask could hide a part of one
	}
	if c.Mask {
		newMask(files, c.Manifest).apply(files)
	}
	if err := search(files, c.Secrets); err != nil {
		return err
	}
	return archive(w, files, c)
}

func (c Content) files(ctx context.Context) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, source := range c.Sources {
		packed, read, err := source.Pack(ctx, c.Snapshot)
		if err != nil {
			return nil, err
		}
		if !read {
			continue
		}
		data, err := json.MarshalIndent(packed, "", " ")
		if err != nil {
			return nil, fmt.Errorf("write %s into the bundle: %w", source.Name(), err)
		}
		files[fileOf(source.Name())] = data
	}
	for name, data := range c.Reports {
		files[name] = data
	}
	c.Manifest.Version, c.Manifest.Masked = Version, c.Mask
	data, err := json.MarshalIndent(c.Manifest, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write the manifest of the bundle: %w", err)
	}
	files[manifestFile] = data
	return files, nil
}

// fileOf is the name of an input's file.
func fileOf(input string) string {
	name := []rune(input)
	for i, c := range name {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			name[i] = '-'
		}
	}
	return inputFolder + string(name) + ".json"
}

func archive(w io.Writer, files map[string][]byte, c Content) error {
	zip := gzip.NewWriter(w)
	out := tar.NewWriter(zip)
	for _, name := range order(files) {
		header := &tar.Header{Name: name, Mode: 0o600, Size: int64(len(files[name])), ModTime: c.Manifest.Time}
		if err := out.WriteHeader(header); err != nil {
			return fmt.Errorf("write the bundle: %w", err)
		}
		if _, err := out.Write(files[name]); err != nil {
			return fmt.Errorf("write the bundle: %w", err)
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	if err := zip.Close(); err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	return nil
}

// order puts the manifest first, so that a reader knows at once what it has.
func order(files map[string][]byte) []string {
	var names []string
	for name := range files {
		if name != manifestFile {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return append([]string{manifestFile}, names...)
}
