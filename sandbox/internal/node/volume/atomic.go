package volume

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	dataLink    = "..data"
	newDataLink = "..data_tmp"
)

// File is one file of a volume.
type File struct {
	Data []byte
	Mode fs.FileMode
}

// Payload is what a volume holds, by relative path.
type Payload map[string]File

// write puts the payload into dir and reports whether anything changed. Readers see either all of the old
// files or all of the new ones: the files live in a directory of their own, and a link to it is swapped, as
// kubelets do and as programs that watch their certificates expect.
func write(dir string, payload Payload) (bool, error) {
	for path := range payload {
		if !filepath.IsLocal(path) {
			return false, fmt.Errorf("write volume: path %q leads out of it", path)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, fmt.Errorf("create volume directory: %w", err)
	}
	old, err := os.Readlink(filepath.Join(dir, dataLink))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("read volume's current version: %w", err)
	}
	if old != "" && holds(filepath.Join(dir, old), payload) {
		return false, nil
	}
	if err := replace(dir, old, payload); err != nil {
		return false, err
	}
	return true, nil
}

func replace(dir, old string, payload Payload) error {
	version, err := os.MkdirTemp(dir, "..version-")
	if err != nil {
		return fmt.Errorf("create volume version: %w", err)
	}
	if err := fill(version, payload); err != nil {
		return errors.Join(err, os.RemoveAll(version))
	}
	link := filepath.Join(dir, newDataLink)
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove stale volume link: %w", err)
	}
	if err := os.Symlink(filepath.Base(version), link); err != nil {
		return fmt.Errorf("link volume version: %w", err)
	}
	if err := os.Rename(link, filepath.Join(dir, dataLink)); err != nil {
		return fmt.Errorf("switch volume version: %w", err)
	}
	if err := linkNames(dir, payload); err != nil {
		return err
	}
	if old == "" {
		return nil
	}
	if err := os.RemoveAll(filepath.Join(dir, old)); err != nil {
		return fmt.Errorf("remove old volume version: %w", err)
	}
	return nil
}

func fill(dir string, payload Payload) error {
	if err := os.Chmod(dir, 0o755); err != nil {
		return fmt.Errorf("open volume version to its reader: %w", err)
	}
	for path, file := range payload {
		full := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return fmt.Errorf("create directory in volume: %w", err)
		}
		if err := os.WriteFile(full, file.Data, file.Mode); err != nil {
			return fmt.Errorf("write file in volume: %w", err)
		}
		// The mode given at creation passed through the umask.
		if err := os.Chmod(full, file.Mode); err != nil {
			return fmt.Errorf("set mode of file in volume: %w", err)
		}
	}
	return nil
}

// linkNames gives each top-level name of the payload a link through the data link, and removes others.
func linkNames(dir string, payload Payload) error {
	names := map[string]bool{}
	for path := range payload {
		first, _, _ := strings.Cut(filepath.ToSlash(path), "/")
		names[first] = true
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list volume: %w", err)
	}
	for _, entry := range entries {
		switch {
		case strings.HasPrefix(entry.Name(), ".."):
		case names[entry.Name()]:
			delete(names, entry.Name())
		default:
			if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
				return fmt.Errorf("remove file from volume: %w", err)
			}
		}
	}
	for name := range names {
		if err := os.Symlink(filepath.Join(dataLink, name), filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("link file in volume: %w", err)
		}
	}
	return nil
}

var errDiffers = errors.New("volume holds something else")

// holds reports whether dir holds exactly the payload.
func holds(dir string, payload Payload) bool {
	found := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		want, ok := payload[relative]
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if !ok || info.Mode().Perm() != want.Mode.Perm() || !bytes.Equal(data, want.Data) {
			return errDiffers
		}
		found++
		return nil
	})
	return err == nil && found == len(payload)
}
