// Command bench measures kubectl eso-infisical against the same by hand, in turn, on a cluster without External Secrets Operator: install
// against helm, or up against the whole runbook. Between the runs it removes External Secrets Operator with all its definitions, so the
// cluster must be named, and have been without it before.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const (
	release   = "external-secrets"
	namespace = "external-secrets"
	testSpace = "eso-test"
)

// errUsage goes with exit code 2.
var errUsage = errors.New("wrong usage")

// options are what is measured, with what and where.
type options struct {
	helm, kubectl, plugin string
	context               string
	repo, version         string
	pairs                 int
	goal                  float64
	verbose, clean, yes   bool
	place                 place
	// mode is install or up, and more are further arguments for the plugin.
	mode string
	more []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parse(os.Args[1:], os.Getenv, os.Stderr)
	if err == nil {
		err = run(ctx, o, os.Stdout)
	}
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "interrupted:", err)
		os.Exit(130)
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// parse reads the command line. Where a sandbox has set its variables, they are the defaults.
func parse(args []string, getenv func(string) string, out io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(out)
	f.Usage = func() {
		fmt.Fprintln(out, "Usage: bench -context NAME [flags] install|up [arguments for the plugin]\n       bench -context NAME -clean [-yes]")
		f.PrintDefaults()
	}
	or := func(name, otherwise string) string {
		if value := getenv(name); value != "" {
			return value
		}
		return otherwise
	}
	f.StringVar(&o.context, "context", "", "the kubeconfig's context; External Secrets Operator is removed there after each run")
	f.StringVar(&o.helm, "helm", "bin/helm", "the helm to measure against")
	f.StringVar(&o.kubectl, "kubectl", "bin/kubectl", "the kubectl to measure against")
	f.StringVar(&o.plugin, "plugin", "bin/kubectl-eso_infisical", "the plugin")
	f.StringVar(&o.repo, "repo", or("ESO_SANDBOX_CHART_REPO", "https://charts.external-secrets.io"), "address of the chart repository")
	f.StringVar(&o.version, "version", or("ESO_SANDBOX_CHART_VERSION", "2.4.1"), "version of the chart")
	f.IntVar(&o.pairs, "pairs", 5, "how often each of the two runs")
	f.Float64Var(&o.goal, "goal", 0, "fail if the ratio of the medians is greater; 0 is none")
	f.BoolVar(&o.verbose, "v", false, "show what the commands write")
	f.BoolVar(&o.clean, "clean", false, "measure nothing; name what a benchmark that was killed has left")
	f.BoolVar(&o.yes, "yes", false, "with -clean: remove that")
	o.place.addFlags(f, or)
	if err := f.Parse(args); err != nil {
		return o, errors.Join(errUsage, err)
	}
	if f.NArg() > 0 {
		o.mode, o.more = f.Arg(0), f.Args()[1:]
	}
	return o, o.check()
}

func (o options) check() error {
	switch {
	case o.context == "":
		return fmt.Errorf("%w: name the cluster with -context: External Secrets Operator is removed there with all its definitions", errUsage)
	case o.clean && o.mode != "", !o.clean && o.mode != "install" && o.mode != "up":
		return fmt.Errorf("%w: say install or up, or -clean", errUsage)
	case o.yes && !o.clean:
		return fmt.Errorf("%w: -yes goes with -clean", errUsage)
	case o.pairs < 1:
		return fmt.Errorf("%w: -pairs must be 1 or more", errUsage)
	case o.mode == "up":
		return o.place.check()
	}
	return nil
}

func run(ctx context.Context, o options, out io.Writer) error {
	c, err := connect(o.context)
	if err != nil {
		return err
	}
	if o.clean {
		return c.cleanLeft(ctx, o.yes, out)
	}
	rivals := []rival{helmInstall(o), pluginInstall(o)}
	if o.mode == "up" {
		place, stop, err := o.place.open(ctx)
		if err != nil {
			return err
		}
		defer stop()
		rivals = []rival{runbook(o, place), pluginUp(o, place)}
		c.store = place.store()
	}
	if err := c.begin(ctx); err != nil {
		return err
	}
	m := match{cluster: c, rivals: [2]rival(rivals), pairs: o.pairs, goal: o.goal, out: out, verbose: o.verbose}
	return errors.Join(m.play(ctx), c.end(context.WithoutCancel(ctx)))
}
