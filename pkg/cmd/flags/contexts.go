package flags

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Contexts are those of the kubeconfig whose clusters a command works on, in place of the one cluster of the connection flags.
type Contexts struct {
	Names []string
	// All stands for all that there are.
	All bool
}

// AddFlags adds --contexts; what says what is done to their clusters.
func (c *Contexts) AddFlags(fs *pflag.FlagSet, what string) {
	fs.StringSliceVar(&c.Names, "contexts", nil, "contexts of the kubeconfig whose clusters to "+what+", at the same time")
}

// AddAll adds --all-contexts.
func (c *Contexts) AddAll(fs *pflag.FlagSet, what string) {
	fs.BoolVar(&c.All, "all-contexts", false, what+" the clusters of all contexts of the kubeconfig, at the same time")
}

// Several reports whether the contexts are named.
func (c *Contexts) Several() bool { return c.All || len(c.Names) > 0 }

// Flag is the flag that was given.
func (c *Contexts) Flag() string {
	if c.All {
		return "--all-contexts"
	}
	return "--contexts"
}

// Choose finds the contexts in the kubeconfig, and refuses what cannot go with several clusters.
func (c *Contexts) Choose(fs *pflag.FlagSet, connection *kube.Connection) error {
	switch {
	case c.All && len(c.Names) > 0:
		return &setup.InputError{Problem: "--contexts and --all-contexts exclude each other"}
	case fs.Changed("contexts") && len(c.Names) == 0:
		return &setup.InputError{Problem: "--contexts names none"}
	case !c.Several():
		return nil
	}
	for _, one := range kube.OneClusterOnly {
		if fs.Changed(one) {
			return &setup.InputError{Problem: fmt.Sprintf("%s and --%s exclude each other: each context names its own cluster and user", c.Flag(), one)}
		}
	}
	known, err := connection.Contexts()
	if err != nil {
		return err
	}
	if c.All {
		c.Names = known
		return nil
	}
	return c.among(known)
}

// among refuses names that are not known, and keeps each of the others once.
func (c *Contexts) among(known []string) error {
	var chosen []string
	for _, name := range c.Names {
		if !slices.Contains(known, name) {
			hint := "there is " + strings.Join(known, ", ")
			if near := cause.Nearest(name, known); len(near) > 0 {
				hint = "did you mean " + strings.Join(near, " or ") + "?"
			}
			return &setup.InputError{Problem: fmt.Sprintf("--contexts: the kubeconfig has no context %q; %s", name, hint)}
		}
		if !slices.Contains(chosen, name) {
			chosen = append(chosen, name)
		}
	}
	c.Names = chosen
	return nil
}
