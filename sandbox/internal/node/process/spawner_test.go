package process

import (
	"bytes"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

const role = "PROCESS_TEST_ROLE"

// TestMain lets the test binary be the program that the tests start.
func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "fail":
		io.WriteString(os.Stdout, "out\n")
		io.WriteString(os.Stderr, "err\n")
		os.Exit(3)
	case "obey":
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		io.WriteString(os.Stdout, "up\n")
		<-stop
		os.Exit(0)
	case "hang":
		io.WriteString(os.Stdout, "up\n")
		time.Sleep(time.Hour)
	case "parent":
		command := Command{Argv: []string{os.Args[0]}, Env: []string{role + "=hang"}, Stdout: os.Stdout}
		if _, err := NewSpawner().Start(command); err != nil {
			panic(err)
		}
		time.Sleep(time.Hour)
	}
}

func start(t *testing.T, as string, stdout, stderr io.Writer) *Process {
	t.Helper()
	spawner := NewSpawner()
	p, err := spawner.Start(Command{Argv: []string{os.Args[0]}, Env: []string{role + "=" + as}, Dir: t.TempDir(), Stdout: stdout, Stderr: stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Signal(syscall.SIGKILL); <-p.Done(); spawner.Close() })
	return p
}

func TestExitCodeAndOutput(t *testing.T) {
	var stdout, stderr bytes.Buffer
	p := start(t, "fail", &stdout, &stderr)
	<-p.Done()
	if p.ExitCode() != 3 || stdout.String() != "out\n" || stderr.String() != "err\n" {
		t.Errorf("code %d, output %q, errors %q; want 3, out, err", p.ExitCode(), stdout.String(), stderr.String())
	}
}

func TestSignals(t *testing.T) {
	for _, tc := range []struct {
		as     string
		signal syscall.Signal
		want   int32
	}{
		{"obey", syscall.SIGTERM, 0},
		{"hang", syscall.SIGKILL, 137},
	} {
		reader, writer := io.Pipe()
		p := start(t, tc.as, writer, nil)
		if _, err := io.ReadFull(reader, make([]byte, 3)); err != nil {
			t.Fatal(err)
		}
		p.Signal(tc.signal)
		<-p.Done()
		if p.ExitCode() != tc.want {
			t.Errorf("%s: exit code %d, want %d", tc.as, p.ExitCode(), tc.want)
		}
	}
}

func TestStartReportsMissingProgram(t *testing.T) {
	spawner := NewSpawner()
	defer spawner.Close()
	if _, err := spawner.Start(Command{Argv: []string{"/nonexistent/program"}}); err == nil || !strings.Contains(err.Error(), "start /nonexistent/program") {
		t.Errorf("error = %v", err)
	}
}
