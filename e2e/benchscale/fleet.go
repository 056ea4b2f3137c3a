package main

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/eso-infisical/kubectl-eso-infisical/e2e/faraway"
)

// measureFleet compares the doctor of five clusters with that of one, through addresses from which the API server is as far away as m.distance
// says. All five lead to the same API server, which has five times as much to do, as five clusters' would not.
func (m measuring) measureFleet(ctx context.Context, config *rest.Config) error {
	dir, err := os.MkdirTemp("", "bench-fleet-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	names := []string{"a", "b", "c", "d", "e"}
	file := filepath.Join(dir, "kubeconfig")
	end, err := m.writeFleet(file, config, names)
	defer end()
	if err != nil {
		return err
	}
	m.kubeconfig = file
	commands := []*command{
		{name: "doctor of 1 cluster", args: []string{m.plugin, "doctor", "--contexts", names[0]}},
		{name: "doctor of 5 clusters", args: []string{m.plugin, "doctor", "--contexts", strings.Join(names, ",")}, most: 1.5},
	}
	if err := m.runAll(ctx, commands); err != nil {
		return err
	}
	return report(commands, m.rounds)
}

// writeFleet writes a kubeconfig whose contexts lead to the cluster over addresses of their own.
func (m measuring) writeFleet(file string, config *rest.Config, names []string) (end func(), err error) {
	var ends []func()
	end = func() {
		for _, one := range ends {
			one()
		}
	}
	own, err := clientcmd.LoadFromFile(m.kubeconfig)
	if err != nil {
		return end, err
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		return end, err
	}
	current := own.Contexts[own.CurrentContext]
	fleet := clientcmdapi.NewConfig()
	fleet.AuthInfos["admin"] = own.AuthInfos[current.AuthInfo]
	for _, name := range names {
		address, one, err := faraway.Listen(target.Host, m.distance)
		if err != nil {
			return end, err
		}
		ends = append(ends, one)
		fleet.Clusters[name] = own.Clusters[current.Cluster].DeepCopy()
		fleet.Clusters[name].Server = "https://" + address
		fleet.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: "admin"}
	}
	return end, clientcmd.WriteToFile(*fleet, file)
}

// distance is how long a word takes to a cluster that is neither on this machine nor around the world.
const distance = 25 * time.Millisecond
