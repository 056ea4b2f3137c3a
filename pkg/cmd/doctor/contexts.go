package doctor

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// several reports whether the contexts are named, in place of the one cluster of the connection flags.
func (o *Options) several() bool { return o.AllContexts || len(o.Contexts) > 0 }

// chooseContexts finds the contexts in the kubeconfig, and refuses what cannot go with several clusters.
func (o *Options) chooseContexts(fs *pflag.FlagSet) error {
	if fs.Changed("contexts") && len(o.Contexts) == 0 {
		return &setup.InputError{Problem: "--contexts names none"}
	}
	if !o.several() {
		return nil
	}
	flag := "--contexts"
	if o.AllContexts {
		flag = "--all-contexts"
	}
	switch {
	case o.AllContexts && len(o.Contexts) > 0:
		return &setup.InputError{Problem: "--contexts and --all-contexts exclude each other"}
	case o.Live:
		return &setup.InputError{Problem: flag + " and --live exclude each other: clusters may share a machine identity, and a login is never repeated"}
	}
	for _, one := range kube.OneClusterOnly {
		if fs.Changed(one) {
			return &setup.InputError{Problem: fmt.Sprintf("%s and --%s exclude each other: each context names its own cluster and user", flag, one)}
		}
	}
	return o.findContexts()
}

func (o *Options) findContexts() error {
	known, err := o.Factory.Connection.Contexts()
	if err != nil {
		return err
	}
	if o.AllContexts {
		o.Contexts = known
		return nil
	}
	var chosen []string
	for _, name := range o.Contexts {
		if !slices.Contains(known, name) {
			return unknownContext(name, known)
		}
		if !slices.Contains(chosen, name) {
			chosen = append(chosen, name)
		}
	}
	o.Contexts = chosen
	return nil
}

func unknownContext(name string, known []string) error {
	hint := "there is " + strings.Join(known, ", ")
	if near := verify.Nearest(name, known); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return &setup.InputError{Problem: fmt.Sprintf("--contexts: the kubeconfig has no context %q; %s", name, hint)}
}

// clusters connects to those that are to be examined. Nobody is asked yet.
func (o *Options) clusters() []doctor.Cluster {
	if o.offline != nil {
		return []doctor.Cluster{{}}
	}
	if !o.several() {
		return []doctor.Cluster{clients.Examinee(o.Factory.Connection, o.Desired.Release)}
	}
	clusters := make([]doctor.Cluster, len(o.Contexts))
	var all sync.WaitGroup
	for i, name := range o.Contexts {
		all.Go(func() {
			clusters[i] = clients.Examinee(o.Factory.Connection.In(name), o.Desired.Release)
			clusters[i].Context = name
		})
	}
	all.Wait()
	return clusters
}
