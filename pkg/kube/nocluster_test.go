package kube

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericclioptions"
)

func TestWithoutACluster(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	absent := filepath.Join(dir, "absent")
	empty := write("empty", "apiVersion: v1\nkind: Config\n")
	k3s := write("k3s.yaml", "")
	cluster := write("cluster", "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: https://127.0.0.1:6443}}]\n"+
		"contexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n")
	dangling := write("dangling", "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: https://127.0.0.1:6443}}]\n"+
		"contexts: [{name: d, context: {cluster: gone}}]\ncurrent-context: d\n")
	tests := []struct {
		name, kubeconfig, server, k3s string
		// texts must be in the error; none means that there is a cluster.
		texts []string
	}{
		{"no file", absent, "", absent, []string{"no kubeconfig at " + absent, "set KUBECONFIG"}},
		{"no file, on a node of k3s", absent, "", k3s, []string{"no kubeconfig at " + absent, "that of k3s is at " + k3s}},
		{"a file without a cluster", empty, "", absent, []string{empty + " names no cluster"}},
		{"one of two files", absent + string(filepath.ListSeparator) + empty, "", absent, []string{empty + " names no cluster"}},
		{"a server instead", absent, "https://127.0.0.1:6443", absent, nil},
		{"a context whose cluster is gone", dangling, "", absent, []string{`the context "d" names the cluster "gone"`}},
		{"a cluster", cluster, "", k3s, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("KUBECONFIG", tt.kubeconfig)
			c := &Connection{Flags: genericclioptions.NewConfigFlags(true)}
			*c.Flags.APIServer = tt.server
			var err error
			if c.config, err = c.Flags.ToRESTConfig(); err != nil {
				t.Fatal(err)
			}
			err = c.noCluster(tt.k3s)
			var none *NoClusterError
			if errors.As(err, &none) != (tt.texts != nil) {
				t.Fatalf("got %v", err)
			}
			for _, text := range tt.texts {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("got %q, without %q", err, text)
				}
			}
		})
	}
}
