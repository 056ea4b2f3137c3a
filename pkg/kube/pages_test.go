package kube

import (
	"context"
	"errors"
	"slices"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

// pages answers each list by the continuation that it is asked with.
type pages struct {
	dynamic.ResourceInterface
	answers map[string]func() (*unstructured.UnstructuredList, error)
}

func (p pages) List(_ context.Context, options metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	if options.Limit != pageSize {
		return nil, errors.New("no limit was asked for")
	}
	return p.answers[options.Continue]()
}

func page(next string, names ...string) func() (*unstructured.UnstructuredList, error) {
	return func() (*unstructured.UnstructuredList, error) {
		list := &unstructured.UnstructuredList{Object: map[string]any{}}
		list.SetContinue(next)
		for _, name := range names {
			item := unstructured.Unstructured{Object: map[string]any{}}
			item.SetName(name)
			list.Items = append(list.Items, item)
		}
		return list, nil
	}
}

func expired(next string) func() (*unstructured.UnstructuredList, error) {
	return func() (*unstructured.UnstructuredList, error) {
		err := apierrors.NewResourceExpired("too old")
		err.ErrStatus.ListMeta.Continue = next
		return nil, err
	}
}

func TestEachPage(t *testing.T) {
	away := errors.New("the API server is away")
	tests := []struct {
		name    string
		answers map[string]func() (*unstructured.UnstructuredList, error)
		want    []string
		err     error
	}{
		{"one page", map[string]func() (*unstructured.UnstructuredList, error){"": page("", "a", "b")}, []string{"a", "b"}, nil},
		{"several", map[string]func() (*unstructured.UnstructuredList, error){"": page("2", "a"), "2": page("3", "b"), "3": page("", "c")}, []string{"a", "b", "c"}, nil},
		{"expired on the way", map[string]func() (*unstructured.UnstructuredList, error){"": page("2", "a"), "2": expired("2a"), "2a": page("", "b")}, []string{"a", "b"}, nil},
		{"a failure", map[string]func() (*unstructured.UnstructuredList, error){"": page("2", "a"), "2": func() (*unstructured.UnstructuredList, error) { return nil, away }}, []string{"a"}, away},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			err := EachPage(context.Background(), pages{answers: tt.answers}, metav1.ListOptions{}, func(items []unstructured.Unstructured) error {
				for _, item := range items {
					got = append(got, item.GetName())
				}
				return nil
			})
			if !errors.Is(err, tt.err) || !slices.Equal(got, tt.want) {
				t.Errorf("got %v and %v, want %v and %v", got, err, tt.want, tt.err)
			}
		})
	}
	stop := errors.New("enough")
	err := EachPage(context.Background(), pages{answers: tests[1].answers}, metav1.ListOptions{}, func([]unstructured.Unstructured) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("the visitor's error is lost: %v", err)
	}
}
