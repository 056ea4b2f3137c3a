package state

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func claimed(t *testing.T) Dir {
	t.Helper()
	d := Dir(filepath.Join(t.TempDir(), "a b"))
	if err := d.Claim(); err != nil {
		t.Fatal(err)
	}
	if err := d.Save(Sandbox{Name: "x"}); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestClaimRefusesForeignFiles(t *testing.T) {
	d := Dir(t.TempDir())
	precious := filepath.Join(string(d), "thesis.tex")
	if err := os.WriteFile(precious, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Claim(); err == nil {
		t.Error("Claim took over a directory that holds somebody's files")
	}
	if err := d.Clear(); err != nil {
		t.Errorf("Clear: %v", err)
	}
	if _, err := os.Stat(precious); err != nil {
		t.Errorf("Clear removed a file of a directory that is no sandbox's: %v", err)
	}
}

func TestRemoveLeavesNothing(t *testing.T) {
	d := claimed(t)
	for _, path := range []string{d.PKI("ca.crt"), d.Log("etcd"), d.Kubeconfig()} {
		if err := WriteFile(path, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(string(d)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the state directory is still there: %v", err)
	}
	if _, err := d.Load(); !errors.Is(err, ErrNone) {
		t.Errorf("Load after Remove: got %v, want ErrNone", err)
	}
}

func TestClearKeeps(t *testing.T) {
	d := claimed(t)
	for _, path := range []string{d.Log("etcd"), d.ClientSecret()} {
		if err := WriteFile(path, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Clear("logs"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(d.Log("etcd")); err != nil {
		t.Errorf("the log that was to be kept: %v", err)
	}
	if _, err := os.Stat(d.ClientSecret()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the client secret is still there: %v", err)
	}
	if err := d.Claim(); err != nil {
		t.Errorf("a cleared directory cannot be claimed again: %v", err)
	}
}

func TestFilesArePrivate(t *testing.T) {
	d := claimed(t)
	if err := WriteFile(d.ClientSecret(), []byte("x")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(d.ClientSecret())
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode of the client secret: got %o, want 600", got)
	}
}

func TestLockWaitsItsTurn(t *testing.T) {
	d := claimed(t)
	first, err := d.Lock(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	waited := make(chan struct{})
	got := make(chan error, 1)
	go func() {
		second, err := d.Lock(t.Context(), func() { close(waited) })
		if err == nil {
			second.Unlock()
		}
		got <- err
	}()
	<-waited
	first.Unlock()
	if err := <-got; err != nil {
		t.Errorf("lock after the first was given up: %v", err)
	}
}

func TestLockEndsWithContext(t *testing.T) {
	d := claimed(t)
	lock, err := d.Lock(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := d.Lock(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestLockOfRemovedDirectory(t *testing.T) {
	d := claimed(t)
	lock, err := d.Lock(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	waited := make(chan struct{})
	go func() {
		_, err := d.Lock(t.Context(), func() { close(waited) })
		got <- err
	}()
	<-waited
	if err := d.Remove(); err != nil {
		t.Fatal(err)
	}
	lock.Unlock()
	if err := <-got; !errors.Is(err, ErrNone) {
		t.Errorf("lock of a directory that was removed meanwhile: got %v, want ErrNone", err)
	}
}

func TestSupervisorAlive(t *testing.T) {
	d := claimed(t)
	if d.SupervisorAlive() {
		t.Error("alive before it was started")
	}
	lock, err := d.LockSupervisor()
	if err != nil {
		t.Fatal(err)
	}
	if !d.SupervisorAlive() {
		t.Error("not alive although it holds its lock")
	}
	if _, err := d.LockSupervisor(); err == nil {
		t.Error("a second supervisor got the lock")
	}
	lock.Unlock()
	if d.SupervisorAlive() {
		t.Error("alive although it gave up its lock")
	}
}

func TestReservedPortsAreTakenUntilReleased(t *testing.T) {
	r, err := ReservePorts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, p := range r.Ports.all() {
		port := *p
		if seen[port] {
			t.Errorf("port %d was given twice", port)
		}
		seen[port] = true
		if l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			l.Close()
			t.Errorf("port %d is free although it is reserved", port)
		}
	}
	if err := r.Release(); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(r.Ports.Infisical)))
	if err != nil {
		t.Fatalf("listen on a released port: %v", err)
	}
	l.Close()
}

func TestSocketDirIsShortAndPlain(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "a directory with spaces and a rather long name, as some desktops have it"))
	dir, err := MakeSocketDir()
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(dir)
	sandbox := Sandbox{SocketDir: dir}
	for _, socket := range []string{sandbox.EtcdSocket(), sandbox.EtcdPeerSocket(), sandbox.EgressSocket(), sandbox.ControlSocket()} {
		if len(socket) > 100 || !plainPath.MatchString(socket) {
			t.Errorf("socket path %q is too long or not plain", socket)
		}
	}
}

func TestCheckName(t *testing.T) {
	for name, want := range map[string]bool{"default": true, "b": true, "a-1": true, "": false, "-a": false, "A": false, "../x": false, "a b": false} {
		if got := CheckName(name) == nil; got != want {
			t.Errorf("CheckName(%q): valid %v, want %v", name, got, want)
		}
	}
}
