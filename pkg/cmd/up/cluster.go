package up

import (
	"context"
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/runbook"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/ui"
)

// leaseName is that of the Lease by which one run keeps others away.
const leaseName = "eso-infisical-up"

// cluster is one of those that are set up.
type cluster struct {
	// Context is that of the kubeconfig, where several were named.
	context string
	book    *runbook.Book
	plan    *runbook.Plan
	done    []runbook.Done
	err     error
}

// clusters connects to those that are meant. Nobody is asked yet.
func (o *Options) clusters(ctx context.Context) ([]*cluster, error) {
	inputs, err := o.readInputs(ctx)
	if err != nil {
		return nil, err
	}
	if !o.Contexts.Several() {
		one, err := o.cluster(o.Factory, "", inputs)
		return []*cluster{one}, err
	}
	var all []*cluster
	for _, name := range o.Contexts.Names {
		factory := *o.Factory
		factory.Connection = o.Factory.Connection.In(name)
		one, err := o.cluster(&factory, name, inputs)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (o *Options) cluster(f *clients.Factory, context string, inputs setup.Inputs) (*cluster, error) {
	runner, err := f.Runner(o.Desired)
	if err != nil {
		return nil, err
	}
	b := board{progress: f.Progress}
	if context != "" {
		b.prefix = context + " "
	}
	runner.Warn = func(line string) { b.Note("warning: " + line) }
	return &cluster{context: context, book: &runbook.Book{
		Stores: []*runbook.Store{{Runner: runner, Inputs: inputs}}, Choice: o.Choice, Board: b,
		Claims: kube.Claims{Typed: runner.Typed, Namespace: runner.Desired.Namespace, Name: leaseName, Me: kube.ThisRun(), Progress: runner.Progress},
	}}, nil
}

// readInputs reads what was given, and lets a person be asked for credentials once, for however many clusters.
func (o *Options) readInputs(ctx context.Context) (setup.Inputs, error) {
	in := setup.Inputs{Ask: func(ctx context.Context) (infisical.UniversalAuth, error) {
		defer o.Factory.Progress.Pause()()
		return o.Credentials.Read(ctx, o.Factory.Streams)
	}}
	var err error
	if in.CA, err = o.CA.Optional(o.Factory.Streams); err != nil {
		return in, err
	}
	if o.Credentials.Given() {
		auth, err := o.Credentials.Read(ctx, o.Factory.Streams)
		if err != nil {
			return in, err
		}
		in.Credentials = &auth
	}
	return in, nil
}

// board shows tasks as progress, each with the name of its cluster where there are several.
type board struct {
	progress *ui.Progress
	prefix   string
}

func (b board) Begin(step string) runbook.Task { return b.progress.Begin(b.prefix + step) }
func (b board) Note(line string)               { b.progress.Note(b.prefix + line) }

// alters reports whether anything is to be done to any of them.
func alters(clusters []*cluster) bool {
	return slices.ContainsFunc(clusters, func(c *cluster) bool { return c.plan.Alters() })
}
