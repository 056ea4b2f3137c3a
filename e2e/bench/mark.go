package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A benchmark marks the cluster while it runs, which it begins on one without External Secrets Operator only. So whoever finds the mark knows that
// what there is of it comes from a benchmark. The mark is a ConfigMap in namespace default.
const (
	mark      = "eso-infisical-bench"
	marked    = "configmaps/" + metav1.NamespaceDefault + "/" + mark
	markStore = "store"
)

// begin marks a cluster that is without External Secrets Operator, and refuses any other.
func (c cleaner) begin(ctx context.Context) error {
	there, err := c.left(ctx)
	if err != nil {
		return err
	}
	releases, err := c.client.Resource(secrets).List(ctx, metav1.ListOptions{LabelSelector: "owner=helm,name=" + release})
	if err != nil {
		return fmt.Errorf("look for Helm releases of the name %s: %w", release, err)
	}
	for _, r := range releases.Items {
		there = append(there, "secrets/"+r.Namespace+"/"+r.Name)
	}
	if len(there) > 0 {
		return fmt.Errorf("the cluster must be without External Secrets Operator, and has %s; "+
			"if a benchmark that was killed has left that, -clean says so", strings.Join(there, ", "))
	}
	_, err = c.marks.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: mark}, Data: map[string]string{markStore: c.store}}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		// Two would remove what the other measures.
		return fmt.Errorf("another benchmark runs on the cluster, or was killed there: there is %s; -clean removes it", marked)
	}
	if err != nil {
		return fmt.Errorf("make %s, which tells that a benchmark runs: %w", marked, err)
	}
	return nil
}

// end takes the mark away, once nothing is left.
func (c cleaner) end(ctx context.Context) error {
	there, err := c.left(ctx)
	if err == nil && len(there) > 0 {
		err = fmt.Errorf("the benchmark has left %s; remove it with -clean", strings.Join(there, ", "))
	}
	if err != nil {
		return err
	}
	err = c.marks.Delete(ctx, mark, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete %s: %w", marked, err)
	}
	return nil
}

// cleanLeft names what a benchmark that was killed has left, and removes it only if it is told to.
func (c cleaner) cleanLeft(ctx context.Context, yes bool, out io.Writer) error {
	begun, err := c.marks.Get(ctx, mark, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("no benchmark has begun on the cluster and not ended: there is no %s; nothing is removed", marked)
	}
	if err != nil {
		return fmt.Errorf("look for %s: %w", marked, err)
	}
	c.store = begun.Data[markStore]
	there, err := c.left(ctx)
	if err != nil {
		return err
	}
	if err := c.refuseOthers(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "a benchmark began on %s and has not ended; to be removed:\n", begun.CreationTimestamp.Format(time.DateTime))
	for _, name := range append(there, marked) {
		fmt.Fprintln(out, " ", name)
	}
	if !yes {
		fmt.Fprintln(out, "nothing was removed; -yes removes it")
		return nil
	}
	if err := c.clean(ctx); err != nil {
		return err
	}
	return c.end(ctx)
}

// refuseOthers fails if there is a store or an ExternalSecret that no benchmark makes. Who lists too little is refused, too.
func (c cleaner) refuseOthers(ctx context.Context) error {
	var foreign []string
	for resource, version := range map[string]string{"clustersecretstores": "v1", "secretstores": "v1", "externalsecrets": "v1", "clusterexternalsecrets": "v1", "pushsecrets": "v1alpha1"} {
		list, err := c.client.Resource(schema.GroupVersionResource{Group: "external-secrets.io", Version: version, Resource: resource}).List(ctx, metav1.ListOptions{})
		if apierrors.IsNotFound(err) {
			continue // Its definition is not there.
		}
		if err != nil {
			return fmt.Errorf("look for %s of others: %w", resource, err)
		}
		for _, obj := range list.Items {
			ours := resource == "clustersecretstores" && obj.Name == c.store || resource == "externalsecrets" && obj.Namespace == testSpace
			if !ours {
				foreign = append(foreign, strings.TrimSuffix(resource+"/"+obj.Namespace, "/")+"/"+obj.Name)
			}
		}
	}
	if len(foreign) == 0 {
		return nil
	}
	slices.Sort(foreign)
	return fmt.Errorf("nothing is removed: somebody uses External Secrets Operator here: %s", strings.Join(foreign, ", "))
}
