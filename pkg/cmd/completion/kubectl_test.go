package completion

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// ended is how a run of "completion kubectl" ended.
type ended struct {
	out, errOut string
	err         error
}

func runIn(folder, system, path string) ended {
	streams, _, out, errOut := genericiooptions.NewTestIOStreams()
	err := Run(&KubectlOptions{Streams: streams, Install: folder, System: system, Path: path})
	return ended{out.String(), errOut.String(), err}
}

func TestTheProgramForKubectlIsWrittenToStandardOutput(t *testing.T) {
	for system, begins := range map[string]string{"linux": "#!/bin/sh\n", "darwin": "#!/bin/sh\n", "windows": "@rem "} {
		r := runIn("", system, "")
		if r.err != nil || !strings.HasPrefix(r.out, begins) || !strings.Contains(r.out, "kubectl-eso_infisical __complete") || r.errOut != "" {
			t.Errorf("%s: %+v", system, r)
		}
	}
}

func TestTheProgramForKubectlIsInstalledOnce(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "kubectl_complete-eso_infisical")
	if r := runIn(folder, "linux", folder); r.err != nil || r.out != path+" written\n" || r.errOut != "" {
		t.Fatalf("%+v", r)
	}
	if !executable(path) {
		t.Error("it cannot be run")
	}
	if r := runIn(folder, "linux", folder); r.err != nil || r.out != path+" unchanged\n" {
		t.Errorf("the second time: %+v", r)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
		t.Errorf("%v lie there, %v", files, err)
	}
}

func TestOnWindowsKubectlFindsItByItsEnding(t *testing.T) {
	folder := t.TempDir()
	if r := runIn(folder, "windows", folder); r.err != nil || !strings.HasSuffix(r.out, "kubectl_complete-eso_infisical.cmd written\n") {
		t.Errorf("%+v", r)
	}
}

func TestAnOlderProgramOfOursIsReplacedAndAnothersIsNot(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, shimName)
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("#!/bin/sh\n# " + mark + ", long ago.\n")
	if r := runIn(folder, "linux", folder); r.err != nil || !strings.HasSuffix(r.out, "written\n") || !executable(path) {
		t.Errorf("ours: %+v", r)
	}
	write("#!/bin/sh\necho mine\n")
	if r := runIn(folder, "linux", folder); r.err == nil || !strings.Contains(r.err.Error(), "is not ours") || r.out != "" {
		t.Errorf("another's: %+v", r)
	}
	if there, err := os.ReadFile(path); err != nil || string(there) != "#!/bin/sh\necho mine\n" {
		t.Errorf("it holds %q, %v", there, err)
	}
}

func TestWhereItCannotBeInstalled(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "absent")
	if r := runIn(absent, "linux", ""); r.err == nil || !strings.Contains(r.err.Error(), "there is no folder "+absent) {
		t.Errorf("%+v", r)
	}
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		return // nothing is closed to them
	}
	closed := t.TempDir()
	if err := os.Chmod(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	if r := runIn(closed, "linux", ""); r.err == nil || !strings.Contains(r.err.Error(), "permission denied") {
		t.Errorf("%+v", r)
	}
}

func TestAFolderThatIsNotInThePathIsWarnedOf(t *testing.T) {
	folder, other := t.TempDir(), t.TempDir()
	list := func(folders ...string) string { return strings.Join(folders, string(filepath.ListSeparator)) }
	for path, warned := range map[string]bool{"": true, other: true, list("", other): true, folder: false, list(other, folder+"/"): false} {
		if r := runIn(folder, "linux", path); r.err != nil || strings.Contains(r.errOut, "not in the PATH") != warned {
			t.Errorf("PATH %q: %+v", path, r)
		}
	}
}
