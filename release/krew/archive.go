package krew

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// licences are the names by which krew knows that there is a licence.
var licences = regexp.MustCompile(`(?i)^((license|licenses)(\.txt|\.md)?|copying(\.txt)?)$`)

// Install does what krew does with an archive: its checksum is compared, it is unpacked into the folder store, a licence must be in it, and
// the program is put under its name into the folder bin, where kubectl looks for it.
func (p Platform) Install(archive []byte, store, bin string) (program string, err error) {
	if sum := fmt.Sprintf("%x", sha256.Sum256(archive)); sum != p.SHA256 {
		return "", fmt.Errorf("install from %s: its checksum is %s, not %s", p.URI, sum, p.SHA256)
	}
	if err := unpack(archive, store); err != nil {
		return "", fmt.Errorf("install from %s: %w", p.URI, err)
	}
	if err := licensed(store); err != nil {
		return "", fmt.Errorf("install from %s: %w", p.URI, err)
	}
	from := filepath.Join(store, filepath.FromSlash(p.Bin))
	info, err := os.Stat(from)
	if err != nil || !strings.HasSuffix(p.Bin, ".exe") && info.Mode()&0o111 != 0o111 {
		return "", fmt.Errorf("install from %s: %s cannot be run: %w", p.URI, p.Bin, err)
	}
	program = filepath.Join(bin, filepath.Base(from))
	return program, os.Symlink(from, program)
}

func licensed(folder string) error {
	found := false
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		found = found || err == nil && !entry.IsDir() && licences.MatchString(entry.Name())
		return err
	})
	if err == nil && !found {
		err = errors.New("there is no licence in it")
	}
	return err
}

// unpack goes by what the archive is, not by its name.
func unpack(archive []byte, folder string) error {
	if bytes.HasPrefix(archive, []byte("PK\x03\x04")) {
		return unzip(archive, folder)
	}
	packed, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return fmt.Errorf("it is neither a zip nor a tar.gz: %w", err)
	}
	for in := tar.NewReader(packed); ; {
		header, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case header.Typeflag == tar.TypeDir:
			continue
		case header.Typeflag != tar.TypeReg:
			return fmt.Errorf("%s is neither a file nor a folder", header.Name)
		}
		if err := write(folder, header.Name, header.FileInfo().Mode(), in); err != nil {
			return err
		}
	}
}

func unzip(archive []byte, folder string) error {
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return err
	}
	for _, file := range files.File {
		if file.FileInfo().IsDir() {
			continue
		}
		content, err := file.Open()
		if err != nil {
			return err
		}
		if err := errors.Join(write(folder, file.Name, file.Mode(), content), content.Close()); err != nil {
			return err
		}
	}
	return nil
}

// write refuses names that lead out of the folder, as krew does.
func write(folder, name string, mode fs.FileMode, content io.Reader) error {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return fmt.Errorf("%s leads out of the archive", name)
	}
	path := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode.Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}
