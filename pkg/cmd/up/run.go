package up

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/runbook"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Run plans everything before it changes anything, asks, and carries the plans out.
func Run(ctx context.Context, o *Options) error {
	start := time.Now()
	clusters, err := o.run(ctx)
	took := time.Since(start)
	if err != nil && !o.Output.Document() {
		writeReached(o.Factory.Streams.Out, clusters, took) // what went well all the same
	}
	return output.Write(o.Factory.Streams.Out, o.Output, kind, newDocument(clusters, took), err, func(w io.Writer) error {
		return o.summarize(w, clusters, took)
	})
}

func (o *Options) run(ctx context.Context) ([]*cluster, error) {
	clusters, err := o.clusters(ctx)
	if err != nil {
		return nil, err
	}
	// One cluster after the other: what is wrong with the inputs shows with the first, and credentials that are refused are not tried again.
	for _, c := range clusters {
		if c.plan, c.err = c.book.Plan(ctx); c.err != nil {
			return clusters, runbook.Failed(c.failure())
		}
	}
	if o.DryRun.Only() {
		return clusters, o.try(ctx, clusters)
	}
	if err := o.agree(ctx, clusters); err != nil {
		return clusters, err
	}
	var all sync.WaitGroup
	for _, c := range clusters {
		all.Go(func() { c.done, c.err = c.plan.CarryOut(ctx) })
	}
	all.Wait()
	var failures []runbook.Failure
	for _, c := range clusters {
		failures = append(failures, c.failure())
	}
	return clusters, runbook.Failed(failures...)
}

// failure says what went wrong, and in which cluster where there are several.
func (c *cluster) failure() runbook.Failure {
	if c.context == "" {
		return runbook.Failure{Err: c.err}
	}
	return runbook.Failure{Of: "context " + c.context, Err: c.err}
}

// agree shows the plans and asks on a terminal whether they are to be carried out. Off a terminal whoever has called wants that.
func (o *Options) agree(ctx context.Context, clusters []*cluster) error {
	asks := !o.Yes && alters(clusters)
	if asks || !o.Output.Document() {
		if err := writePlans(o.Factory.Streams.ErrOut, o.Factory.Color.Style(o.Factory.Streams.ErrOut), clusters, false); err != nil {
			return err
		}
	}
	if !asks {
		return nil
	}
	yes, err := o.Factory.Confirm(ctx, false)("Carry this out?")
	var nobody *setup.InputError
	switch {
	case errors.As(err, &nobody):
		return nil
	case err == nil && !yes:
		return setup.ErrDeclined
	}
	return err
}

// try shows the API server what an install would make, which is most of what it may refuse.
func (o *Options) try(ctx context.Context, clusters []*cluster) error {
	if !o.DryRun.Server() {
		return nil
	}
	for _, c := range clusters {
		var refused []error
		if refused, c.err = c.plan.Try(ctx); c.err == nil && len(refused) > 0 {
			c.err = fmt.Errorf("try the plan on the API server: it refuses %w; see kubectl eso-infisical install --dry-run=server", errors.Join(refused...))
		}
		if c.err != nil {
			return runbook.Failed(c.failure())
		}
	}
	return nil
}
