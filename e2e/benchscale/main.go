// Command benchscale fills a cluster with ExternalSecrets and measures how long it takes to look at them, beside kubectl get; and how long the
// doctor takes in a healthy cluster. It is for a sandbox that is thrown away afterwards: scripts/bench-scale.sh and scripts/bench-doctor.sh
// run it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) < 2 {
		return errors.New("say fill, measure or healthy")
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", os.Getenv("KUBECONFIG"), "the cluster")
	f := filling{}
	flags.IntVar(&f.objects, "objects", 10000, "how many ExternalSecrets to make")
	flags.IntVar(&f.namespaces, "namespaces", 500, "in how many namespaces")
	flags.IntVar(&f.failing, "failing", 200, "how many of them fail")
	flags.StringVar(&f.store, "store", "infisical-archon-platform", "the ClusterSecretStore that they refer to")
	m := measuring{}
	flags.StringVar(&m.plugin, "plugin", "bin/kubectl-eso_infisical", "the program to measure")
	flags.StringVar(&m.kubectl, "kubectl", "kubectl", "the kubectl to measure against")
	flags.DurationVar(&m.distance, "distance", distance, "with healthy, how far away the clusters of the fleet are")
	flags.IntVar(&m.rounds, "rounds", 5, "how often each command runs; the median counts")
	if err := flags.Parse(os.Args[2:]); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = -1, 0
	// The API server says so often that v1beta1 is old.
	config.WarningHandler = rest.NoWarnings{}
	switch os.Args[1] {
	case "fill":
		return f.fill(ctx, config)
	case "measure":
		m.kubeconfig = *kubeconfig
		return m.measure(ctx, config, m.many())
	case "healthy":
		m.kubeconfig, m.healthy = *kubeconfig, true
		return errors.Join(m.measure(ctx, config, m.few()), m.measureFleet(ctx, config))
	}
	return fmt.Errorf("%q is neither fill nor measure nor healthy", os.Args[1])
}
