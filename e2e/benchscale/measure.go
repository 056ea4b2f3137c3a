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
	"syscall"
	"time"

	"k8s.io/client-go/rest"
)

// measuring compares the program with kubectl.
type measuring struct {
	plugin, kubectl, kubeconfig string
	rounds                      int
	// healthy means that nothing may be found.
	healthy bool
	// distance is how long a word takes to the clusters of a fleet.
	distance time.Duration
}

// command is one of those that are compared. The first is what the others are measured by.
type command struct {
	name string
	args []string
	// most is how many times as long as the first it may take, or 0.
	most  float64
	walls []time.Duration
	// memory is the most that it held, in bytes.
	memory int64
	// throttled means that client-go has held requests back, and said so.
	throttled bool
	traffic
}

// memoryLimit is what a command may hold, in bytes.
const memoryLimit = 150e6

// many are the looks at many ExternalSecrets.
func (m measuring) many() []*command {
	return []*command{
		{name: "kubectl get externalsecrets -A", args: []string{m.kubectl, "get", "externalsecrets", "-A"}},
		{name: "status", args: []string{m.plugin, "status"}, most: 1.5},
		{name: "doctor", args: []string{m.plugin, "doctor"}, most: 1.5},
	}
}

// few are the looks at a healthy cluster.
func (m measuring) few() []*command {
	return []*command{
		{name: "kubectl get pods", args: []string{m.kubectl, "get", "pods", "-n", "external-secrets"}},
		{name: "doctor", args: []string{m.plugin, "doctor"}, most: 2.0},
	}
}

func (m measuring) measure(ctx context.Context, config *rest.Config, commands []*command) error {
	if err := m.runAll(ctx, commands); err != nil {
		return err
	}
	for _, c := range commands {
		if err := c.count(ctx, config); err != nil {
			return err
		}
	}
	return report(commands, m.rounds)
}

// runAll runs the commands in turn, so that whatever else the machine does harms all alike.
func (m measuring) runAll(ctx context.Context, commands []*command) error {
	for range m.rounds {
		for _, c := range commands {
			if err := c.run(ctx, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// run runs the command once and notes what it took.
func (c *command) run(ctx context.Context, m measuring) error {
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+m.kubeconfig)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &said
	started := time.Now()
	err := cmd.Run()
	wall := time.Since(started)
	var exit *exec.ExitError
	if err != nil && (m.healthy || !errors.As(err, &exit) || exit.ExitCode() != 1) {
		// 1 is a finding: some of the ExternalSecrets fail.
		return fmt.Errorf("run %s: %w\n%s", c.name, err, &said)
	}
	if c.most > 0 && strings.Contains(said.String(), "throttl") {
		c.throttled = true
	}
	c.walls = append(c.walls, wall)
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.memory = max(c.memory, usage.Maxrss*1024)
	}
	return nil
}

func (c *command) median() time.Duration {
	sorted := slices.Sorted(slices.Values(c.walls))
	return sorted[len(sorted)/2]
}

// report prints the table; the error says that a goal has been missed.
func report(commands []*command, rounds int) error {
	base := commands[0].median()
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Printf("\nmedian of %d, in turn; load average %s\n\n", rounds, strings.Join(strings.Fields(string(load))[:min(3, len(strings.Fields(string(load))))], " "))
	fmt.Printf("%-32s %8s %7s %9s %9s %9s\n", "", "wall", "ratio", "memory", "requests", "answers")
	var missed []error
	for _, c := range commands {
		ratio := c.median().Seconds() / base.Seconds()
		fmt.Printf("%-32s %7.3fs %7.2f %6.0f MB %9d %6.1f MB\n", c.name, c.median().Seconds(), ratio, float64(c.memory)/1e6, c.requests, float64(c.bytes)/1e6)
		if c.most > 0 && ratio > c.most {
			missed = append(missed, fmt.Errorf("%s takes %.2f times as long as %s; the goal is %.1f", c.name, ratio, commands[0].name, c.most))
		}
		if c.most > 0 && c.memory > memoryLimit {
			missed = append(missed, fmt.Errorf("%s holds %.0f MB; the goal is %.0f", c.name, float64(c.memory)/1e6, memoryLimit/1e6))
		}
		if c.throttled {
			missed = append(missed, fmt.Errorf("%s is throttled by its own client", c.name))
		}
		if c.most > 0 && len(c.changing) > 0 {
			missed = append(missed, fmt.Errorf("%s sends requests that do not only read: %s", c.name, strings.Join(c.changing, ", ")))
		}
	}
	if len(missed) == 0 {
		fmt.Println("\npassed")
	}
	return errors.Join(missed...)
}
