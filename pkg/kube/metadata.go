package kube

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/metadata"
)

// metadataReader reads the metadata of objects, in the form that everything else here takes. Nothing else of them crosses the network.
type metadataReader struct{ client metadata.ResourceInterface }

func (r metadataReader) List(ctx context.Context, options metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	list, err := r.client.List(ctx, options)
	if err != nil {
		return nil, err
	}
	converted := &unstructured.UnstructuredList{Object: map[string]any{}, Items: make([]unstructured.Unstructured, len(list.Items))}
	converted.SetResourceVersion(list.ResourceVersion)
	converted.SetContinue(list.Continue)
	for i := range list.Items {
		obj, err := fromMetadata(&list.Items[i])
		if err != nil {
			return nil, err
		}
		converted.Items[i] = *obj
	}
	return converted, nil
}

func (r metadataReader) Watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	w, err := r.client.Watch(ctx, options)
	if err != nil {
		return nil, err
	}
	return watch.Filter(w, func(event watch.Event) (watch.Event, bool) {
		partial, ok := event.Object.(*metav1.PartialObjectMetadata)
		if !ok {
			return event, true
		}
		obj, err := fromMetadata(partial)
		event.Object = obj
		return event, err == nil
	}), nil
}

func fromMetadata(partial *metav1.PartialObjectMetadata) (*unstructured.Unstructured, error) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(partial)
	if err != nil {
		return nil, fmt.Errorf("read the metadata of %s: %w", partial.Name, err)
	}
	return &unstructured.Unstructured{Object: fields}, nil
}
