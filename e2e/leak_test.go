//go:build e2e

package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// noLeak looks for secret values wherever a run could leave one.
func noLeak(t *testing.T, s *sandbox) {
	home := t.TempDir()
	for _, args := range [][]string{s.bootstrap("-v=9"), s.createIdentity("-v=9", "--yes"), s.rotate("-v=9")} {
		run := s.prepare(t.Context(), args...)
		run.Dir, run.Path = home, absolute(t, plugin)
		run.Env = append(run.Env, "HOME="+home, "TMPDIR="+home, "XDG_CACHE_HOME="+home)
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", run.Process.Pid)); err == nil {
			s.searched(t, result{out: string(line)}, "the process list")
		}
		r := run.finish(t)
		r.expect(t, 0)
		s.addCanary(t, held(t, s, "clientSecret"))
		s.searched(t, r, strings.Join(args, " "))
	}
	crash(t, s, home)
	noCore(t, s, home)
	s.searchFiles(t, home)
	s.searchCluster(t)
}

// crash ends a run as an operator would who wants a core file.
func crash(t *testing.T, s *sandbox, home string) {
	run := s.prepare(t.Context(), s.bootstrap()...)
	run.Dir, run.Path = home, absolute(t, plugin)
	run.Env = append(run.Env, "HOME="+home, "TMPDIR="+home, "GOTRACEBACK=crash")
	shown := make(chan struct{})
	run.Stderr = &until{buffer: &run.errOut, text: "logging in", shown: shown}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	<-shown
	_ = run.Process.Signal(syscall.SIGABRT)
	run.finish(t)
	cores, err := filepath.Glob(filepath.Join(home, "core*"))
	if err != nil || len(cores) > 0 {
		t.Errorf("core files %v, %v", cores, err)
	}
}

func absolute(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// searchFiles looks into every file below a directory.
func (s *sandbox) searchFiles(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		s.searched(t, result{out: string(content)}, path)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// searchCluster looks into events, and into the metadata of all that the product keeps.
func (s *sandbox) searchCluster(t *testing.T) {
	t.Helper()
	events, err := s.client(t).Resource(schema.GroupVersionResource{Version: "v1", Resource: "events"}).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events.Items {
		s.searched(t, result{out: fmt.Sprint(e.Object)}, "event "+e.GetName())
	}
	for _, obj := range ownObjects(t, s.client(t)) {
		s.searched(t, result{out: fmt.Sprint(obj.Object["metadata"], obj.Object["spec"], obj.Object["status"])}, obj.GetKind()+" "+obj.GetName())
	}
}
