package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// rival is one of two ways to do the same.
type rival struct {
	name    string
	command []string
	// env is set for the command.
	env []string
}

// match lets two rivals run in turn, each on a cluster that is as it was before.
type match struct {
	cluster cleaner
	// rivals are the one to beat, and ours.
	rivals  [2]rival
	pairs   int
	goal    float64
	out     io.Writer
	verbose bool
}

// play measures, and fails if the goal is missed.
func (m match) play(ctx context.Context) error {
	var times [2][]time.Duration
	for i := range m.pairs {
		// What comes first may find the machine in another state; so each is first in turn.
		for _, r := range [2][2]int{{0, 1}, {1, 0}}[i%2] {
			took, err := m.measure(ctx, m.rivals[r])
			if err != nil {
				return err
			}
			times[r] = append(times[r], took)
		}
		m.tell(fmt.Sprintf("pair %d", i+1), times[0][i].Seconds(), times[1][i].Seconds())
	}
	theirs, ours := median(times[0]), median(times[1])
	m.tell("median", theirs, ours)
	if m.goal > 0 && ours/theirs > m.goal {
		return fmt.Errorf("the goal is a ratio of %.2f or less", m.goal)
	}
	return nil
}

func (m match) tell(what string, theirs, ours float64) {
	fmt.Fprintf(m.out, "%s: %s %6.1f s, %s %6.1f s, ratio %.2f%s\n", what, m.rivals[0].name, theirs, m.rivals[1].name, ours, ours/theirs, load())
}

// measure lets a rival run on the clean cluster, without what earlier runs have cached, and cleans up after it.
func (m match) measure(ctx context.Context, r rival) (time.Duration, error) {
	cache, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(cache)
	cmd := exec.CommandContext(ctx, r.command[0], r.command[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	cmd.Env = append(os.Environ(), "HELM_CACHE_HOME="+cache, "HELM_CONFIG_HOME="+cache, "HELM_DATA_HOME="+cache, "KUBECACHEDIR="+cache, "XDG_CACHE_HOME="+cache)
	cmd.Env = append(cmd.Env, r.env...)
	var written bytes.Buffer
	cmd.Stdout, cmd.Stderr = &written, &written
	if m.verbose {
		shown := io.MultiWriter(&written, m.out)
		cmd.Stdout, cmd.Stderr = shown, shown
	}
	start := time.Now()
	err = cmd.Run()
	took := time.Since(start)
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", r.name, err, written.Bytes())
	}
	return took, errors.Join(err, m.cluster.clean(context.WithoutCancel(ctx)))
}

// median is the time in the middle, in seconds.
func median(times []time.Duration) float64 {
	sorted := slices.Sorted(slices.Values(times))
	upper := len(sorted) / 2
	return (sorted[(len(sorted)-1)/2] + sorted[upper]).Seconds() / 2
}

// load says how busy this machine is, where it can be known.
func load() string {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil || len(strings.Fields(string(data))) < 3 {
		return ""
	}
	return ", load average " + strings.Join(strings.Fields(string(data))[:3], " ")
}
