package kube

import (
	"context"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
)

// How much of a log is shown: lines, and bytes in all.
const (
	logLines int64 = 8
	logBytes int64 = 4096
)

// LastLines returns what reads the last lines that a container of a pod has written before it ended, or has written so far. It gives none
// where they cannot be read.
func LastLines(client kubernetes.Interface, namespace string) func(ctx context.Context, pod, container string) []string {
	return func(ctx context.Context, pod, container string) []string {
		for _, previous := range []bool{true, false} {
			lines := logLines
			stream, err := client.CoreV1().Pods(namespace).GetLogs(pod, &corev1.PodLogOptions{Container: container, Previous: previous, TailLines: &lines}).Stream(ctx)
			if err != nil {
				continue
			}
			data, err := io.ReadAll(io.LimitReader(stream, logBytes))
			stream.Close()
			if text := strings.TrimSpace(string(data)); err == nil && text != "" {
				return strings.Split(text, "\n")
			}
		}
		return nil
	}
}
