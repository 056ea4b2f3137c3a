package status

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/status"
)

// watched runs the watch over the looks and returns what it wrote. After the last of them the run is interrupted.
func watched(t *testing.T, looks ...func() (status.Report, error)) (string, error) {
	t.Helper()
	var out bytes.Buffer
	o := &Options{Factory: clients.New("test", genericiooptions.IOStreams{Out: &out, ErrOut: &out}), Interval: time.Microsecond}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	n := 0
	err := o.watch(ctx, func(context.Context) (status.Report, error) {
		if n++; n > len(looks) {
			interrupt()
			return status.Report{}, context.Canceled
		}
		return looks[n-1]()
	})
	return out.String(), err
}

func seen(ready int) func() (status.Report, error) {
	return func() (status.Report, error) {
		r := status.Report{Verdict: status.Well, At: time.Now(), ExternalSecrets: &status.Tally{}}
		r.Operator.Deployments = []status.Deployment{{Name: "d", Ready: ready, Wanted: 2}}
		return r, nil
	}
}

func away() (status.Report, error) { return status.Report{}, errors.New("connection refused") }

func TestOffATerminalAWatchAppendsWhatChanges(t *testing.T) {
	out, err := watched(t, seen(2), seen(2), seen(1), seen(1), seen(2))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	first, rest, _ := strings.Cut(out, "all is well: 0 stores, 0 ExternalSecrets\n")
	if !strings.Contains(first, "d 2/2") || strings.Contains(out, "\x1b") {
		t.Errorf("%q", out)
	}
	lines := strings.Split(strings.TrimSpace(rest), "\n")
	if len(lines) != 2 || !strings.HasSuffix(lines[0], "  Deployment d: 1 of 2 pods ready (before: 2 of 2 pods ready)") || !strings.HasSuffix(lines[1], "2 of 2 pods ready (before: 1 of 2 pods ready)") {
		t.Errorf("%q", lines)
	}
}

func TestAWatchOutlastsAClusterThatIsAway(t *testing.T) {
	out, _ := watched(t, seen(2), away, away, seen(2))
	if strings.Count(out, "the cluster does not answer: connection refused") != 1 || strings.Count(out, "the cluster answers again") != 1 {
		t.Errorf("%q", out)
	}
}

func TestAWatchEndsWhereNothingEverAnswers(t *testing.T) {
	out, err := watched(t, away)
	if err == nil || errors.Is(err, context.Canceled) || out != "" {
		t.Errorf("error %v, %q", err, out)
	}
}
