// Command bench measures kubectl eso-infisical install against helm upgrade --install --wait, in turn, on the cluster of the kubeconfig.
// The cluster must be without External Secrets Operator: it is removed with all its definitions between the runs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"time"

	"k8s.io/client-go/tools/clientcmd"
)

const (
	release   = "external-secrets"
	namespace = "external-secrets"
)

// options are what is measured with what.
type options struct {
	helm, plugin, repo, version string
	pairs                       int
	cleanOnly                   bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	flag.StringVar(&o.helm, "helm", "bin/helm", "the helm to measure against")
	flag.StringVar(&o.plugin, "plugin", "bin/kubectl-eso_infisical", "the plugin")
	flag.StringVar(&o.repo, "repo", "https://charts.external-secrets.io", "address of the chart repository")
	flag.StringVar(&o.version, "version", "2.4.1", "version of the chart")
	flag.IntVar(&o.pairs, "pairs", 5, "how often each of the two installs")
	flag.BoolVar(&o.cleanOnly, "clean", false, "measure nothing; remove External Secrets Operator with all its definitions, as an interrupted run may have left it")
	flag.Parse()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(clientcmd.NewDefaultClientConfigLoadingRules(), nil).ClientConfig()
	if err != nil {
		return fmt.Errorf("find the cluster: %w", err)
	}
	c, err := newCleaner(config)
	if err != nil {
		return err
	}
	if o.cleanOnly {
		return c.clean(ctx)
	}
	if there, err := c.left(ctx); err != nil || len(there) > 0 {
		return errors.Join(err, fmt.Errorf("the cluster must be without External Secrets Operator, and has %v", there))
	}
	cache, err := os.MkdirTemp("", "bench-helm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(cache)
	helm := []string{o.helm, "upgrade", "--install", release, "external-secrets", "--repo", o.repo, "--version", o.version, "-n", namespace, "--create-namespace",
		"--set", "installCRDs=true", "--wait", "--timeout", "5m"}
	ours := []string{o.plugin, "install", "--repo", o.repo, "--version", o.version, "--timeout", "5m"}
	var theirs, own []time.Duration
	for i := range o.pairs {
		a, err := c.measure(ctx, cache, helm)
		if err != nil {
			return err
		}
		b, err := c.measure(ctx, cache, ours)
		if err != nil {
			return err
		}
		theirs, own = append(theirs, a), append(own, b)
		fmt.Printf("pair %d: helm %6.1f s, install %6.1f s, ratio %.2f\n", i+1, a.Seconds(), b.Seconds(), b.Seconds()/a.Seconds())
	}
	fmt.Printf("median: helm %6.1f s, install %6.1f s, ratio %.2f\n", median(theirs), median(own), median(own)/median(theirs))
	return nil
}

// measure runs a command on the clean cluster and cleans up after it.
func (c cleaner) measure(ctx context.Context, cache string, command []string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "HELM_CACHE_HOME="+cache, "HELM_CONFIG_HOME="+cache, "HELM_DATA_HOME="+cache)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(start)
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", command[0], err, out)
	}
	return took, errors.Join(err, c.clean(context.WithoutCancel(ctx)))
}

func median(times []time.Duration) float64 {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2].Seconds()
}
