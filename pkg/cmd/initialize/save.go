package initialize

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup/file"
)

// save writes the Setup file, once the parser has taken it.
func (o *Options) save(s *file.Setup) error {
	name := o.File
	if name == file.Stdin {
		name = "setup.yaml"
	}
	text, err := s.Commented(filepath.Base(name))
	if err != nil {
		return err
	}
	if _, err := file.Parse(name, text); err != nil {
		return &setup.InputError{Problem: "what was given makes no Setup file: " + err.Error()}
	}
	if o.File == file.Stdin {
		_, err := o.Factory.Streams.Out.Write(text)
		return err
	}
	return o.write(o.File, text)
}

// checkFree refuses a file that is there, or a folder that is not, before anybody is asked anything.
func (o *Options) checkFree(name string) error {
	if name == file.Stdin {
		return nil
	}
	if _, err := os.Stat(filepath.Dir(name)); errors.Is(err, fs.ErrNotExist) {
		return &setup.InputError{Problem: "there is no folder " + filepath.Dir(name) + "; make it, or choose another with --file"}
	}
	_, err := os.Lstat(name)
	switch {
	case o.Overwrite:
		return nil
	case err == nil:
		return &setup.InputError{Problem: name + " is there already; choose another with --file, or replace it with --overwrite"}
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("write %s: %w", name, err)
}

// write writes a file that is not there, or that holds the same, or that may be replaced.
func (o *Options) write(name string, content []byte) error {
	held, err := os.ReadFile(name)
	if err == nil && bytes.Equal(held, content) {
		return nil
	}
	if err := o.checkFree(name); err != nil {
		return err
	}
	if err := os.WriteFile(name, content, 0o644); err != nil { //nolint:gosec // it holds nothing secret, and others are to read it
		return fmt.Errorf("write the Setup file: %w", err)
	}
	return nil
}

// fromFile is a path of the command line as the Setup file has it, relative to its own folder.
func (o *Options) fromFile(path string) string {
	if path == "" || filepath.IsAbs(path) || o.File == file.Stdin {
		return filepath.ToSlash(path)
	}
	relative, err := filepath.Rel(filepath.Dir(o.File), path)
	if err != nil { // as between a file of an absolute path and a relative one
		if relative, err = filepath.Abs(path); err != nil {
			return filepath.ToSlash(path)
		}
	}
	return filepath.ToSlash(relative)
}
