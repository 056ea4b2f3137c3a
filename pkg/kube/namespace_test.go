package kube

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedfake "k8s.io/client-go/kubernetes/fake"
)

func TestEnsureNamespaceTellsWhetherItMadeIt(t *testing.T) {
	typed := typedfake.NewClientset(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "there"}})
	for name, want := range map[string]bool{"there": false, "new": true} {
		made, err := EnsureNamespace(t.Context(), typed, newFake(), name, map[string]string{"a": "b"}, func(string) {})
		if err != nil || made != want {
			t.Errorf("%s: made %t, %v", name, made, err)
		}
		ns, err := typed.CoreV1().Namespaces().Get(t.Context(), name, metav1.GetOptions{})
		if err != nil || (ns.Labels["a"] == "b") != want || MadeByUs(ns) != want {
			t.Errorf("%s: labels %v, ours %t, %v", name, ns.Labels, MadeByUs(ns), err)
		}
	}
}

func TestMadeByUsNeedsMoreThanTheMark(t *testing.T) {
	mark := map[string]string{ManagedByLabel: FieldManager}
	written := func(by string) []metav1.ManagedFieldsEntry { return []metav1.ManagedFieldsEntry{{Manager: by}} }
	for name, tt := range map[string]struct {
		labels map[string]string
		record []metav1.ManagedFieldsEntry
		want   bool
	}{
		"ours":                     {mark, written(FieldManager), true},
		"ours, without the record": {mark, nil, true},
		"the mark copied":          {mark, written("kubectl-create"), false},
		"without the mark":         {nil, written(FieldManager), false},
	} {
		if got := MadeByUs(&metav1.ObjectMeta{Labels: tt.labels, ManagedFields: tt.record}); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
