package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/preflight"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/repair"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/runbook"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/upgrade"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// Exit codes, the same in every command.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnknown     = 3
	exitTimeout     = 124
	exitInterrupted = 130
)

// usageError is a command line that cannot be understood.
type usageError struct {
	command string
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// Report writes what a person needs to know of err to w and returns the exit code. interrupted says that the run was cancelled by
// a signal, which is the reason for whatever error it ended with.
func Report(w io.Writer, err error, interrupted bool) int {
	var named *cause.Error
	var usage *usageError
	var input *setup.InputError
	var noCluster *kube.NoClusterError
	var noInfisical *infisical.UnreachableError
	var noService *kube.ServiceError
	var denied *kube.DeniedError
	var blocked *preflight.BlockedError
	var unseen *upgrade.UnknownError
	var stale *eso.StaleError
	var several *runbook.FailedError
	var begun *runbook.BegunError
	switch {
	case err == nil:
		return exitOK
	case interrupted:
		fmt.Fprintln(w, "interrupted; run the same command again to go on where it stopped")
		return exitInterrupted
	case errors.Is(err, output.ErrFindings):
		return exitFailed
	case errors.Is(err, output.ErrUnknown):
		return exitUnknown
	case errors.As(err, &several):
		return reportEach(w, several)
	case errors.As(err, &usage):
		fmt.Fprintf(w, "error: %v\nSee '%s --help'.\n", err, usage.command)
		return exitUsage
	case errors.As(err, &input):
		fmt.Fprintf(w, "error: %v\n%s\n", err, changed(err))
		if errors.As(err, &begun) {
			return exitFailed
		}
		return exitUsage
	case errors.Is(err, context.DeadlineExceeded) && !dialFailed(err):
		reportTimeout(w, err)
		return exitTimeout
	case errors.As(err, &named):
		reportCause(w, named)
		return exitFailed
	case errors.As(err, &blocked):
		return reportBlocked(w, blocked, changed(err))
	case errors.As(err, &unseen):
		fmt.Fprintf(w, "error: %v\nNothing has been changed.\n", unseen)
		return exitUnknown
	case errors.As(err, &denied):
		fmt.Fprintf(w, "error: %v\n  fix:    ask for these rights, or use another context or --as\n%s\n", denied, changed(err))
		return exitUnknown
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		fmt.Fprintf(w, "error: not allowed: %v\n  fix:    ask for that right, or use another context or --as\n", err)
		return exitUnknown
	case errors.As(err, &stale), errors.As(err, &noCluster), errors.Is(err, verify.ErrNotFoundOut):
		fmt.Fprintf(w, "error: %v\n", err)
		return exitUnknown
	case errors.As(err, &noService):
		fmt.Fprintf(w, "error: %v\n", noService)
		return exitFailed
	case errors.As(err, &noInfisical): // before the cluster, whose network errors are of the same kinds
		fmt.Fprintf(w, "error: Infisical at %s cannot be reached\n"+
			"  fix:    check the store's address (apply-store --host) and what stands between, such as a proxy or a load balancer\n  detail: %v\n",
			noInfisical.Host, err)
		return exitUnknown
	case unreachable(err):
		fmt.Fprintf(w, "error: the cluster cannot be reached\n  fix:    check the context and the network: kubectl cluster-info\n  detail: %v\n", err)
		return exitUnknown
	case strings.HasPrefix(err.Error(), "unknown command"):
		fmt.Fprintf(w, "error: %v\nSee 'kubectl eso-infisical --help'.\n", err)
		return exitUsage
	}
	fmt.Fprintf(w, "error: %v\n", err)
	return exitFailed
}

// reportEach reports the failures of several stores or clusters. One that failed counts more than one of which that is not known.
func reportEach(w io.Writer, e *runbook.FailedError) int {
	code := exitOK
	for _, f := range e.Failures {
		if f.Of != "" {
			fmt.Fprintln(w, f.Of+":")
		}
		if one := Report(w, f.Err, false); code == exitOK || one == exitFailed {
			code = one
		}
	}
	return code
}

// changed says what a run has changed that did not begin: nothing, but for what was mended before.
func changed(err error) string {
	var begun *runbook.BegunError
	if errors.As(err, &begun) {
		return "What was done before stays. Run the same command again to go on where it stopped."
	}
	var mended *repair.MendedError
	if errors.As(err, &mended) {
		return "Mended before: " + strings.Join(mended.Objects, ", ") + ". Nothing else has been changed."
	}
	return "Nothing has been changed."
}

// reportTimeout names what the time was lost with, where that is known.
func reportTimeout(w io.Writer, err error) {
	fix := "run kubectl eso-infisical doctor, then the same command again"
	var named *cause.Error
	if errors.As(err, &named) {
		fix = named.Cause.Fix
	}
	fmt.Fprintf(w, "error: time is up: %v\n  fix:    %s\n", err, fix)
}

// reportBlocked lists all that stands in the way. Rights that are missing mean that nobody knows how it would have ended.
func reportBlocked(w io.Writer, e *preflight.BlockedError, changed string) int {
	fmt.Fprintln(w, "error: External Secrets Operator cannot be installed:")
	lastFix := ""
	for _, f := range append(e.Report.Of(preflight.Blocker), e.Report.Of(preflight.Unknown)...) {
		if lastFix != "" && f.Fix != lastFix {
			fmt.Fprintf(w, "    fix:  %s\n", lastFix)
		}
		fmt.Fprintf(w, "  - %s\n", f)
		lastFix = f.Fix
	}
	fmt.Fprintf(w, "    fix:  %s\n%s\n", lastFix, changed)
	if e.OnlyRights() {
		return exitUnknown
	}
	return exitFailed
}

func reportCause(w io.Writer, e *cause.Error) {
	fmt.Fprintf(w, "error: %s: %s (%s)\n  fix:    %s\n", e.Tried, e.Cause.Summary, e.Cause.Code, e.Cause.Fix)
	if e.Err != nil {
		fmt.Fprintf(w, "  detail: %v\n", e.Err)
	}
}

// dialFailed reports whether a connection could not be opened. The net package calls one that nobody answers a
// context.DeadlineExceeded, too, although no time of ours is up.
func dialFailed(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// unreachable reports whether the cluster cannot be reached. What the system says of a file looks like the network's errors, too.
func unreachable(err error) bool {
	var network net.Error
	if errors.As(err, &network) {
		_, ofFile := network.(syscall.Errno)
		return !ofFile
	}
	return apierrors.IsServiceUnavailable(err) || apierrors.IsServerTimeout(err) || apierrors.IsTimeout(err)
}
