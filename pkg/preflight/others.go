package preflight

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// others finds installations of ESO other than the release.
func (c Cluster) others(ctx context.Context, s Subject) (Report, error) {
	var report Report
	options := metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=external-secrets"}
	err := kube.EachPage(ctx, c.Metadata(kube.DeploymentsResource, ""), options, func(page []unstructured.Unstructured) error {
		for i := range page {
			d := &page[i]
			if d.GetNamespace() == s.Namespace && d.GetAnnotations()[releaseName] == s.Release {
				continue
			}
			report.Findings = append(report.Findings, Finding{Warning, "EI259", "deployment/" + d.GetName(),
				fmt.Sprintf("another External Secrets Operator is in namespace %s%s; two of them work on the same objects unless they are kept apart", d.GetNamespace(), keeper(d)),
				"use that one, with -n " + d.GetNamespace() + ", or give each one a class or a namespace of its own"})
		}
		return nil
	})
	if apierrors.IsForbidden(err) {
		report.Findings = []Finding{{Warning, "EI230", "", "not allowed to list Deployments of all namespaces, so that nobody knows if there is another External Secrets Operator", ""}}
		return report, nil
	}
	if err != nil {
		return report, fmt.Errorf("list Deployments: %w", err)
	}
	return report, nil
}

func keeper(d *unstructured.Unstructured) string {
	if owner, known := kube.OwnerOf(d); known {
		return ", kept by " + owner.String()
	}
	return ""
}
