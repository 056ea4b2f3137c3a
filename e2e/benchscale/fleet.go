package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// measureFleet compares the doctor of five clusters with that of one. Each answers as the cluster has answered before, from as far away as
// m.distance says: clusters have machines of their own.
func (m measuring) measureFleet(ctx context.Context, config *rest.Config) error {
	dir, err := os.MkdirTemp("", "bench-fleet-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	names := []string{"a", "b", "c", "d", "e"}
	file := filepath.Join(dir, "kubeconfig")
	end, err := writeFleet(file, config, names, 2*m.distance)
	defer end()
	if err != nil {
		return err
	}
	m.kubeconfig = file
	commands := []*command{
		{name: "doctor of 1 cluster", args: []string{m.plugin, "doctor", "--contexts", names[0]}},
		{name: "doctor of 5 clusters", args: []string{m.plugin, "doctor", "--contexts", strings.Join(names, ",")}, most: 1.5},
	}
	// The first run makes the recording.
	if err := commands[0].run(ctx, m); err != nil {
		return err
	}
	commands[0].walls = nil
	if err := m.runAll(ctx, commands); err != nil {
		return err
	}
	return report(commands, m.rounds)
}

// writeFleet writes a kubeconfig with a context for each name, in which the cluster answers after a while.
func writeFleet(file string, config *rest.Config, names []string, while time.Duration) (end func(), err error) {
	var ends []func()
	end = func() {
		for _, one := range ends {
			one()
		}
	}
	answers, err := newRecording(config, while)
	if err != nil {
		return end, err
	}
	fleet := clientcmdapi.NewConfig()
	for _, name := range names {
		address, one, err := answers.listen()
		if err != nil {
			return end, err
		}
		ends = append(ends, one)
		fleet.Clusters[name] = &clientcmdapi.Cluster{Server: address}
		fleet.Contexts[name] = &clientcmdapi.Context{Cluster: name}
	}
	return end, clientcmd.WriteToFile(*fleet, file)
}

// distance is how long a word takes to a cluster that is neither on this machine nor around the world.
const distance = 25 * time.Millisecond
