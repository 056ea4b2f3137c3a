package lifecycle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	pollInterval = 50 * time.Millisecond
	// A component that has been restarted so often while the sandbox starts will not come up.
	hopelessRestarts = 3
	logTail          = 5
)

// awaitUsable returns when pods can be run: every component is ready, the node is, and pods would find their service account.
// ended is closed when the supervisor ends; nil if it is not ours to know.
func (s Sandbox) awaitUsable(ctx context.Context, ended <-chan struct{}, step func(string)) error {
	if err := s.awaitComponents(ctx, ended, step); err != nil {
		return err
	}
	client, err := s.client()
	if err != nil {
		return err
	}
	if err := await(ctx, "wait for the node to be ready", func() error { return nodeReady(ctx, client) }); err != nil {
		return err
	}
	step("the cluster has a node that takes pods")
	err = await(ctx, "wait for the default service account", func() error {
		_, err := client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
	if err != nil {
		return err
	}
	step("the default service account is there")
	return nil
}

func (s Sandbox) awaitComponents(ctx context.Context, ended <-chan struct{}, step func(string)) error {
	told := map[string]bool{}
	for {
		status, err := s.status()
		if err != nil {
			return err
		}
		missing := ""
		for _, c := range status.Components {
			switch {
			case c.Ready && !told[c.Name]:
				told[c.Name] = true
				step(c.Name + " is ready")
			case c.Restarts >= hopelessRestarts && !c.Ready:
				return fmt.Errorf("start %s: it ended %d times (%s):\n%s", c.Name, c.Restarts, c.LastExit, s.tail(c.Name))
			case !c.Ready && missing == "":
				missing = c.Name
			}
		}
		if missing == "" && len(status.Components) > 0 {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("start the sandbox: its supervisor has ended:\n%s", s.tail(supervisor))
		case <-ctx.Done():
			return fmt.Errorf("wait for %s to be ready: %w", missing, context.Cause(ctx))
		case <-time.After(pollInterval):
		}
	}
}

// await repeats a check until it succeeds. The error at the end holds the last reason why it did not.
func await(ctx context.Context, what string, check func() error) error {
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w (%w)", what, context.Cause(ctx), err)
		case <-time.After(pollInterval):
		}
	}
}

func (s Sandbox) client() (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", s.Dir.Kubeconfig())
	if err != nil {
		return nil, fmt.Errorf("connect to the sandbox: %w", err)
	}
	config.QPS = -1 // the sandbox's own API server needs no protection from its one client
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connect to the sandbox: %w", err)
	}
	return client, nil
}

func nodeReady(ctx context.Context, client kubernetes.Interface) error {
	node, err := client.CoreV1().Nodes().Get(ctx, nodeName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	// The controllers take the taint away only when they have seen the node ready, and no pod is scheduled before.
	for _, taint := range node.Spec.Taints {
		return fmt.Errorf("the node has the taint %s", taint.Key)
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue {
			return nil
		}
	}
	return errors.New("the node is not ready")
}

// tail is the end of a log, indented.
func (s Sandbox) tail(name string) string {
	data, err := os.ReadFile(s.Dir.Log(name))
	if err != nil {
		return "  (no log: " + err.Error() + ")"
	}
	lines := strings.Split(string(bytes.TrimSpace(data)), "\n")
	return "  " + strings.Join(lines[max(0, len(lines)-logTail):], "\n  ")
}
