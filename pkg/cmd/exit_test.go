package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/preflight"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/repair"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/upgrade"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

func TestReport(t *testing.T) {
	secrets := schema.GroupResource{Resource: "secrets"}
	named := &cause.Error{Tried: "use the store", Err: errors.New("ESO's own text"),
		Cause: cause.Cause{Code: "EI310", Summary: "Infisical refuses it", Fix: "make a new one"}}
	slow := &cause.Error{Tried: "log in", Err: context.DeadlineExceeded, Cause: cause.Cause{Code: "EI503", Summary: "no answer in time", Fix: "look at the firewall"}}
	network := &url.Error{Op: "Get", URL: "https://h", Err: errors.New("connection refused")}
	// A dialler that is out of time from the start: the real error of an address that nobody answers at.
	_, unanswered := (&net.Dialer{Deadline: time.Unix(1, 0)}).Dial("tcp", "127.0.0.1:1")
	if !errors.Is(unanswered, context.DeadlineExceeded) {
		t.Fatalf("dial error %v is no deadline: this test proves nothing", unanswered)
	}
	blackHole := &url.Error{Op: "Get", URL: "https://h", Err: unanswered}
	refusedTLS := &url.Error{Op: "Post", URL: "https://infisical:8443/x", Err: &net.OpError{Op: "remote error", Err: errors.New("tls: protocol version not supported")}}
	noInfisical := &infisical.UnreachableError{Op: "log in to Infisical", Host: "infisical:8443", Err: refusedTLS}
	mended := func(err error) error { return &repair.MendedError{Objects: []string{"release/eso"}, Err: err} }
	afterRepair := []string{"\nMended before: release/eso. Nothing else has been changed.\n"}
	tests := []struct {
		name string
		err  error
		code int
		// texts must all be in what is written; none means that nothing is.
		texts []string
	}{
		{"success", nil, 0, nil},
		{"findings that are printed already", output.ErrFindings, 1, nil},
		{"unknown that is printed already", output.ErrUnknown, 3, nil},
		{"usage", &usageError{"kubectl eso-infisical up", errors.New("unknown flag: --x")}, 2,
			[]string{"error: unknown flag: --x\n", "See 'kubectl eso-infisical up --help'."}},
		{"unknown command", errors.New(`unknown command "x" for "kubectl eso-infisical"`), 2, []string{`unknown command "x"`, "See 'kubectl eso-infisical --help'."}},
		{"wrong input", &setup.InputError{Problem: "the client ID is empty"}, 2, []string{"error: the client ID is empty\n", "Nothing has been changed."}},
		{"a no to a question", setup.ErrDeclined, 1, []string{"error: not confirmed; nothing has been changed\n"}},
		{"time is up", fmt.Errorf("start ESO: waiting for a: %w", context.DeadlineExceeded), 124, []string{"time is up: start ESO: waiting for a", "fix:", "doctor"}},
		{"time is up, and the cause is known", slow, 124, []string{"time is up: log in", "EI503", "fix:    look at the firewall\n"}},
		{"known cause", named, 1, []string{"error: use the store: Infisical refuses it (EI310)\n", "fix:    make a new one\n", "detail: ESO's own text\n"}},
		{"known cause without detail", &cause.Error{Tried: "t", Cause: named.Cause}, 1, []string{"error: t: Infisical refuses it (EI310)\n  fix:    make a new one\n"}},
		{"known cause of a network error", &cause.Error{Tried: "fetch the chart", Cause: named.Cause, Err: network}, 1, []string{"fetch the chart", "EI310"}},
		{"forbidden", apierrors.NewForbidden(secrets, "s", errors.New("no")), 3, []string{"error: not allowed: ", "secrets", "fix:", "--as"}},
		{"rights that are missing", &kube.DeniedError{Doing: "install", Rights: []kube.Right{{Verb: "create", Resource: "secrets"}}}, 3,
			[]string{"error: not allowed to install", "\n  create secrets\n", "fix:", "Nothing has been changed."}},
		{"what stands in the way of an install", preflight.Report{Findings: []preflight.Finding{
			{Severity: preflight.Warning, Code: "EI231", Summary: "old"}, {Severity: preflight.Blocker, Code: "EI234", Object: "crd/x", Summary: "going", Fix: "wait"},
			{Severity: preflight.Blocker, Code: "EI239", Summary: "no right", Fix: "ask"}}}.Err(), 1,
			[]string{"error: External Secrets Operator cannot be installed:\n  - crd/x: going (EI234)\n    fix:  wait\n  - no right (EI239)\n    fix:  ask\nNothing has been changed.\n"}},
		{"rights for an install", preflight.Report{Findings: []preflight.Finding{{Severity: preflight.Blocker, Code: "EI239", Summary: "no right", Fix: "ask"},
			{Severity: preflight.Unknown, Code: "EI230", Summary: "unseen", Fix: "ask"}}}.Err(), 3, []string{"no right", "unseen", "fix:  ask"}},
		{"what an upgrade may not look at", (&upgrade.Plan{Release: "r", Unknown: []upgrade.Blocker{{Code: "EI230", Problem: "unseen", Fix: "ask"}}}).Err(), 3,
			[]string{"upgrade Helm release r", "\n  unseen (EI230)\nask\nNothing has been changed.\n"}},
		{"wrong input after a repair", mended(&setup.InputError{Problem: "give a version"}), 2, afterRepair},
		{"rights after a repair", mended(&kube.DeniedError{Doing: "install", Rights: []kube.Right{{Verb: "create", Resource: "secrets"}}}), 3, afterRepair},
		{"what stands in the way after a repair", mended(preflight.Report{Findings: []preflight.Finding{{Severity: preflight.Blocker, Code: "EI234", Fix: "wait"}}}.Err()), 1,
			[]string{"(EI234)\n    fix:  wait\nMended before: release/eso. Nothing else has been changed.\n"}},
		{"unauthorized", apierrors.NewUnauthorized("who are you"), 3, []string{"error: not allowed: ", "who are you", "fix:"}},
		{"unreachable", network, 3, []string{"the cluster cannot be reached", "fix:", "kubectl cluster-info", "connection refused"}},
		{"a file that cannot be written", fmt.Errorf("write the file: %w", &fs.PathError{Op: "open", Path: "/f", Err: syscall.EACCES}), 1, []string{"error: write the file: open /f: permission denied\n"}},
		{"API server that does not answer", blackHole, 3, []string{"the cluster cannot be reached", "i/o timeout", "kubectl cluster-info"}},
		{"known cause of a dial without answer", &cause.Error{Tried: "fetch the chart", Cause: named.Cause, Err: blackHole}, 1, []string{"fetch the chart", "EI310"}},
		{"Infisical unreachable for no known cause", noInfisical, 3, []string{"error: Infisical at infisical:8443 cannot be reached\n", "fix:", "--host", "protocol version"}},
		{"API server unavailable", apierrors.NewServiceUnavailable("starting"), 3, []string{"the cluster cannot be reached", "starting"}},
		{"no kubeconfig", &kube.NoClusterError{Err: errors.New("there is none")}, 3, []string{"find the cluster: there is none", "KUBECONFIG"}},
		{"a verification without a verdict", verify.ErrNotFoundOut, 3, []string{"error: it could not be found out"}},
		{"anything else", errors.New("read x: boom"), 1, []string{"error: read x: boom\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			errs := []error{tt.err}
			if tt.err != nil && tt.name != "unknown command" {
				errs = append(errs, fmt.Errorf("wrapped: %w", tt.err), errors.Join(nil, tt.err))
			}
			for _, err := range errs {
				var out bytes.Buffer
				if code := Report(&out, err, false); code != tt.code {
					t.Errorf("%v: exit code %d, want %d", err, code, tt.code)
				}
				written := strings.ReplaceAll(out.String(), "wrapped: ", "")
				for _, text := range tt.texts {
					if !strings.Contains(written, text) {
						t.Errorf("%v: wrote %q, without %q", err, written, text)
					}
				}
				if tt.texts == nil && written != "" {
					t.Errorf("%v: wrote %q", err, written)
				}
			}
		})
	}
}

func TestReportOfAnInterruption(t *testing.T) {
	for _, err := range []error{context.Canceled, context.DeadlineExceeded, errors.New("x"), output.ErrUnknown} {
		var out bytes.Buffer
		if code := Report(&out, err, true); code != 130 || !strings.HasPrefix(out.String(), "interrupted; run the same command again") {
			t.Errorf("%v: exit code %d, %q", err, code, out.String())
		}
	}
	var out bytes.Buffer
	if code := Report(&out, nil, true); code != 0 || out.Len() != 0 {
		t.Errorf("a run that was done before the signal: exit code %d, %q", code, out.String())
	}
}
