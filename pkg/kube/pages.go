package kube

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// pageSize is how many objects a list asks for at a time.
const pageSize = 500

// EachPage lists what options select page by page, so that memory stays flat however many there are. A continuation that has expired
// goes on with a slightly newer state of the cluster, as the API server offers it.
func EachPage(ctx context.Context, client Reader, options metav1.ListOptions, visit func([]unstructured.Unstructured) error) error {
	options.Limit = pageSize
	for {
		list, err := client.List(ctx, options)
		if again := continuation(err); again != "" && again != options.Continue {
			options.Continue = again
			continue
		}
		if err != nil {
			return err
		}
		if err := visit(list.Items); err != nil {
			return err
		}
		if options.Continue = list.GetContinue(); options.Continue == "" {
			return nil
		}
	}
}

// continuation is what the API server offers in place of an expired one.
func continuation(err error) string {
	if !apierrors.IsResourceExpired(err) {
		return ""
	}
	if status, ok := err.(apierrors.APIStatus); ok {
		return status.Status().ListMeta.Continue
	}
	return ""
}
