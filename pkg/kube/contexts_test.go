package kube

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// twoContexts is a kubeconfig that leads to two servers.
func twoContexts(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	config := `apiVersion: v1
kind: Config
clusters: [{name: one, cluster: {server: https://127.0.0.1:1001}}, {name: two, cluster: {server: https://127.0.0.1:1002}}]
contexts: [{name: b, context: {cluster: two, namespace: elsewhere}}, {name: a, context: {cluster: one}}, {name: broken, context: {cluster: gone}}]
current-context: a
`
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestContexts(t *testing.T) {
	t.Setenv("KUBECONFIG", twoContexts(t))
	names, err := NewConnection("test", nil).Contexts()
	if err != nil || !slices.Equal(names, []string{"a", "b", "broken"}) {
		t.Errorf("%v, %v", names, err)
	}
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "absent"))
	var none *NoClusterError
	if names, err := NewConnection("test", nil).Contexts(); !errors.As(err, &none) {
		t.Errorf("%v, %v", names, err)
	}
}

func TestAConnectionInAnotherContext(t *testing.T) {
	t.Setenv("KUBECONFIG", twoContexts(t))
	c := NewConnection("test", nil)
	*c.Flags.Namespace, *c.Flags.Impersonate, *c.Flags.Timeout = "external-secrets", "somebody", "7s"
	c.ReadOnly()
	for context, server := range map[string]string{"a": "https://127.0.0.1:1001", "b": "https://127.0.0.1:1002"} {
		other := c.In(context)
		if _, got, err := other.Cluster(); err != nil || got != server {
			t.Errorf("%s leads to %s, %v", context, got, err)
		}
		if other.config.Impersonate.UserName != "somebody" || other.config.Timeout.String() != "7s" || other.config.UserAgent != "test" || other.allows == nil {
			t.Errorf("%s: %+v", context, other.config)
		}
		if *other.Flags.Namespace != "external-secrets" {
			t.Errorf("%s: namespace %s", context, *other.Flags.Namespace)
		}
	}
	if *c.Flags.Context != "" {
		t.Errorf("the connection itself is in %s", *c.Flags.Context)
	}
	if _, _, err := c.In("broken").Cluster(); err == nil {
		t.Error("a context without its cluster leads somewhere")
	}
}
