// Package clients gives the commands their way to the cluster: one set of connection flags, from which everything else is made
// when it is needed.
package clients

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/ui"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// Factory is shared by all commands of one run.
type Factory struct {
	Connection *kube.Connection
	Streams    genericiooptions.IOStreams
	Progress   *ui.Progress
	// Color is the choice of --color.
	Color ui.Color
}

// New makes a factory; userAgent names the program to the API server.
func New(userAgent string, streams genericiooptions.IOStreams) *Factory {
	warnings := rest.NewWarningWriter(streams.ErrOut, rest.WarningWriterOptions{Deduplicate: true})
	f := &Factory{Connection: kube.NewConnection(userAgent, warnings), Streams: streams, Progress: ui.NewProgress(streams.ErrOut)}
	// ESO has a namespace of its own, whatever namespace the kubeconfig's context names.
	*f.Connection.Flags.Namespace = setup.DefaultNamespace
	return f
}

// Style is how text looks on standard output.
func (f *Factory) Style() prose.Style { return f.Color.Style(f.Streams.Out) }

// Place puts what is desired into ESO's namespace, and lets it read standard input. It asks no cluster.
func (f *Factory) Place(desired setup.Desired) (setup.Desired, error) {
	desired.Chart.Stdin, desired.Values.Stdin = f.Streams.In, f.Streams.In
	return desired.In(*f.Connection.Flags.Namespace)
}

// Runner connects and makes what carries out the steps towards desired.
func (f *Factory) Runner(desired setup.Desired) (*setup.Runner, error) {
	desired, err := f.Place(desired)
	if err != nil {
		return nil, err
	}
	c, err := f.Cluster()
	if err != nil {
		return nil, err
	}
	name, server, err := f.Connection.Cluster()
	if err != nil {
		return nil, err
	}
	return &setup.Runner{Desired: desired, Dynamic: c.Dynamic, Typed: c.Typed, Metadata: c.Metadata, Releases: c.Releases, Lookout: c.Lookout, Progress: f.Progress.Update,
		Warn:        func(line string) { f.Progress.Note("warning: " + line) },
		ClusterName: name, ClusterServer: server,
		Verifier: &verify.Verifier{Dynamic: c.Dynamic, Forward: f.Connection.DialService, Namespace: desired.Namespace, Progress: f.Progress.Update}}, nil
}

// Infisical makes what looks at Infisical alone. There need be no cluster, unless the way there leads through one.
func (f *Factory) Infisical(desired setup.Desired) *setup.Runner {
	return &setup.Runner{Desired: desired, Progress: f.Progress.Update, Verifier: &verify.Verifier{Forward: f.Connection.DialService, Progress: f.Progress.Update}}
}

// Within bounds each request as well, unless --request-timeout does: not every call takes a context, and none may outlast the run.
func (f *Factory) Within(limit time.Duration) {
	if each := f.Connection.Flags.Timeout; *each == "0" {
		*each = limit.String()
	}
}

// Do runs one step under its name, with its time and result as progress.
func (f *Factory) Do(name string, step func() (setup.Result, error)) (setup.Result, error) {
	f.Progress.Start(name)
	result, err := step()
	if err != nil {
		f.Progress.Done("", true)
		return result, err
	}
	f.Progress.Done(result.String(), false)
	return result, nil
}

// Confirm asks a question that yes or no answers on the terminal; with yes, it is answered already.
func (f *Factory) Confirm(ctx context.Context, yes bool) func(question string) (bool, error) {
	return func(question string) (bool, error) {
		if yes {
			return true, nil
		}
		resume := f.Progress.Pause()
		defer resume()
		answer, err := ui.Confirm(ctx, f.Streams.In, f.Streams.ErrOut, question)
		if errors.Is(err, ui.ErrNoTerminal) {
			err = &setup.InputError{Problem: question + "\nThere is no terminal to ask on: answer with --yes"}
		}
		return answer, err
	}
}

// Step connects and runs one step under its name, with its time as progress.
func (f *Factory) Step(name string, desired setup.Desired, step func(*setup.Runner) error) error {
	runner, err := f.Runner(desired)
	if err != nil {
		return err
	}
	f.Progress.Start(name)
	err = step(runner)
	f.Progress.Done("", err != nil)
	return err
}

// Single is the body of a command that is one step: it connects, runs the step and writes the result to standard output.
func (f *Factory) Single(name string, desired setup.Desired, step func(*setup.Runner) (setup.Result, error)) error {
	var result setup.Result
	err := f.Step(name, desired, func(r *setup.Runner) (err error) {
		result, err = step(r)
		return err
	})
	if err == nil {
		fmt.Fprintln(f.Streams.Out, result)
	}
	return err
}

// Note tells people what they should know beside the result.
func (f *Factory) Note(notes ...string) {
	for _, note := range notes {
		fmt.Fprintln(f.Streams.ErrOut, "note: "+note)
	}
}
