package up

import (
	"context"
	"fmt"
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
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

// clusters reads what was given, and connects to those that are meant.
func (o *Options) clusters(ctx context.Context) ([]*cluster, error) {
	inputs, err := o.inputs(ctx)
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
	return all, distinct(ctx, all)
}

// distinct refuses two contexts that lead to one cluster, if only by another address: two runs there would stand in each other's way.
func distinct(ctx context.Context, clusters []*cluster) error {
	known := map[string]string{}
	for _, c := range clusters {
		runner := c.book.Stores[0].Runner
		id := runner.ClusterServer
		if uid, err := kube.ClusterUID(ctx, runner.Typed); err == nil {
			id = uid
		}
		if other, twice := known[id]; twice {
			return &setup.InputError{Problem: fmt.Sprintf("--contexts: %s and %s lead to the same cluster, %s; name one of them", other, c.context, runner.ClusterServer)}
		}
		known[id] = c.context
	}
	return nil
}

// cluster makes the book for one cluster; inputs are those of the targets.
func (o *Options) cluster(f *clients.Factory, name string, inputs []setup.Inputs) (*cluster, error) {
	runner, err := f.Runner(o.targets[0].Desired)
	if err != nil {
		return nil, err
	}
	b := board{progress: f.Progress}
	if name != "" {
		b.prefix = name + " "
	}
	runner.Warn = func(line string) { b.Note("warning: " + line) }
	book := &runbook.Book{Choice: o.Choice, Board: b, Claims: kube.Claims{Typed: runner.Typed, Namespace: runner.Desired.Namespace, Name: leaseName,
		Me: kube.ThisRun()}}
	for i, t := range o.targets {
		desired, err := f.Place(t.Desired)
		if err != nil {
			return nil, err
		}
		if o.File.Given() && desired.StoreNamespace != "" {
			desired.TestNamespace = setup.DefaultTestSpace // The file's is for all stores, and one of a namespace is tested there.
		}
		book.Stores = append(book.Stores, &runbook.Store{Runner: runner.Toward(desired), Inputs: inputs[i]})
	}
	return &cluster{context: name, book: book}, nil
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
