package export

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/export"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

func addOutput(fs *pflag.FlagSet, dir *string, overwrite *bool) {
	fs.StringVar(dir, "dir", "", "folder to write the files to; it is made if it does not exist (default: standard output)")
	fs.BoolVar(overwrite, "overwrite", false, "replace files that hold something else")
}

// write puts the files below dir, or all on standard output, where a comment names each. A file that holds something else is kept unless overwrite
// is set, and then nothing is written at all.
func write(streams genericiooptions.IOStreams, files []export.File, dir string, overwrite bool) error {
	if dir == "" {
		return show(streams, files)
	}
	var differing []string
	for _, f := range files {
		held, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err == nil && !bytes.Equal(held, f.Content) {
			differing = append(differing, f.Path)
		}
	}
	if len(differing) > 0 && !overwrite {
		return &setup.InputError{Problem: "in " + dir + ", these files hold something else: " + strings.Join(differing, ", ") + "; replace them with --overwrite"}
	}
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write the export: %w", err)
		}
		if err := os.WriteFile(path, f.Content, 0o644); err != nil {
			return fmt.Errorf("write the export: %w", err)
		}
		fmt.Fprintln(streams.Out, path)
	}
	return nil
}

// show writes what is YAML as one stream of documents, and says to standard error what else there is.
func show(streams genericiooptions.IOStreams, files []export.File) error {
	for _, f := range files {
		if !strings.HasSuffix(f.Path, ".yaml") {
			fmt.Fprintf(streams.ErrOut, "note: %s is written with --dir alone\n", f.Path)
			continue
		}
		if _, err := fmt.Fprintf(streams.Out, "---\n# %s\n%s", f.Path, f.Content); err != nil {
			return fmt.Errorf("write the export: %w", err)
		}
	}
	return nil
}
