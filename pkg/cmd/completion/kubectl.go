package completion

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// kubectl runs a program of this name, with the words that follow the plugin's, to learn what the last of them can become. It must be on the
// PATH, and krew brings no second program.
const shimName = "kubectl_complete-eso_infisical"

// mark is in each file that we write, by which it is known as ours.
const mark = "Written by kubectl eso-infisical completion kubectl"

const (
	unixShim    = "#!/bin/sh\n# " + mark + ".\nexec " + program + " __complete \"$@\" 2>/dev/null\n"
	windowsShim = "@rem " + mark + ".\r\n@" + program + " __complete %* 2>NUL\r\n"
)

// shim is the program for kubectl on that system, and the name that kubectl finds it under.
func shim(system string) (name, text string) {
	if system == "windows" {
		return shimName + ".cmd", windowsShim
	}
	return shimName, unixShim
}

// KubectlOptions are the inputs of "completion kubectl".
type KubectlOptions struct {
	Streams genericiooptions.IOStreams
	// Install is the folder to write the program to; empty for standard output.
	Install string
	// System is the operating system, as GOOS names it, and Path the folders in which programs are looked for.
	System, Path string
}

func newKubectl(streams genericiooptions.IOStreams, run func(*KubectlOptions) error) *cobra.Command {
	o := &KubectlOptions{Streams: streams, System: runtime.GOOS}
	cmd := &cobra.Command{
		Use:   "kubectl",
		Short: "Write the program by which kubectl completes the plugin",
		Long: `Write the program ` + shimName + `, which kubectl 1.26 or newer runs to complete "kubectl eso-infisical". It must be in a folder of the
PATH, and kubectl's own completion must be set up in the shell. With --install it is written there, else to standard output.

A file of that name that is not ours is left alone.`,
		Example: `  kubectl eso-infisical completion kubectl --install ~/.local/bin
  kubectl eso-infisical completion kubectl --install "${KREW_ROOT:-$HOME/.krew}/bin"`,
		Args: cobra.NoArgs,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("install") && o.Install == "" {
				return &setup.InputError{Problem: "--install names no folder"}
			}
			o.Path = os.Getenv("PATH")
			return nil
		},
		RunE: func(*cobra.Command, []string) error { return run(o) },
	}
	cmd.Flags().StringVar(&o.Install, "install", "", "folder to write the program to, which should be in the PATH")
	return cmd
}

// Run writes the program.
func Run(o *KubectlOptions) error {
	name, text := shim(o.System)
	if o.Install == "" {
		_, err := fmt.Fprint(o.Streams.Out, text)
		return err
	}
	path := filepath.Join(o.Install, name)
	changed, err := install(path, text)
	if err != nil {
		return err
	}
	outcome := "unchanged"
	if changed {
		outcome = "written"
	}
	fmt.Fprintf(o.Streams.Out, "%s %s\n", path, outcome)
	if !onPath(o.Install, o.Path) {
		fmt.Fprintf(o.Streams.ErrOut, "warning: %s is not in the PATH, so kubectl does not find the program there\n", o.Install)
	}
	return nil
}

// install writes the program, unless it is there already. What somebody else has put in its place is left alone.
func install(path, text string) (changed bool, err error) {
	tried := "install the completion for kubectl"
	switch there, err := os.ReadFile(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return false, fmt.Errorf("%s: %w", tried, err)
	case string(there) == text && executable(path):
		return false, nil
	case !bytes.Contains(there, []byte(mark)):
		return false, &setup.InputError{Problem: tried + ": " + path + " is not ours; remove it, or choose another folder"}
	}
	// A second file is renamed, so that kubectl never runs half a program.
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if errors.Is(err, fs.ErrNotExist) {
		return false, &setup.InputError{Problem: fmt.Sprintf("%s: there is no folder %s; make it, or choose another", tried, filepath.Dir(path))}
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", tried, err)
	}
	_, err = part.WriteString(text)
	err = errors.Join(err, part.Chmod(0o755), part.Close())
	if err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", tried, errors.Join(err, os.Remove(part.Name())))
	}
	return true, nil
}

// executable reports whether the file may be run. Windows goes by the name alone.
func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && (runtime.GOOS == "windows" || info.Mode()&0o111 == 0o111)
}

// onPath reports whether programs are looked for in the folder.
func onPath(folder, path string) bool {
	wanted, err := filepath.Abs(folder)
	return err == nil && slices.ContainsFunc(filepath.SplitList(path), func(one string) bool {
		there, err := filepath.Abs(one)
		return err == nil && one != "" && there == wanted
	})
}
