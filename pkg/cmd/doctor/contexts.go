package doctor

import (
	"sync"

	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// several reports whether the contexts are named, in place of the one cluster of the connection flags.
func (o *Options) several() bool { return o.Contexts.Several() }

// chooseContexts finds the contexts in the kubeconfig, and refuses what cannot go with several clusters.
func (o *Options) chooseContexts(fs *pflag.FlagSet) error {
	if o.several() && o.Live {
		return &setup.InputError{Problem: o.Contexts.Flag() + " and --live exclude each other: clusters may share a machine identity, and a login is never repeated"}
	}
	return o.Contexts.Choose(fs, o.Factory.Connection)
}

// clusters connects to those that are to be examined. Nobody is asked yet.
func (o *Options) clusters() []doctor.Cluster {
	if o.offline != nil {
		return []doctor.Cluster{{}}
	}
	if !o.several() {
		return []doctor.Cluster{clients.Examinee(o.Factory.Connection, o.Desired.Release)}
	}
	clusters := make([]doctor.Cluster, len(o.Contexts.Names))
	var all sync.WaitGroup
	for i, name := range o.Contexts.Names {
		all.Go(func() {
			clusters[i] = clients.Examinee(o.Factory.Connection.In(name), o.Desired.Release)
			clusters[i].Context = name
		})
	}
	all.Wait()
	return clusters
}
