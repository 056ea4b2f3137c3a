package environ

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

type objects struct{}

func (objects) Secret(_, name string) (*corev1.Secret, error) {
	if name != "creds" {
		return nil, apierrors.NewNotFound(corev1.Resource("secret"), name)
	}
	return &corev1.Secret{Data: map[string][]byte{"user": []byte("u"), "pass": []byte("p")}}, nil
}

func (objects) ConfigMap(_, name string) (*corev1.ConfigMap, error) {
	if name != "conf" {
		return nil, apierrors.NewNotFound(corev1.Resource("configmap"), name)
	}
	return &corev1.ConfigMap{Data: map[string]string{"level": "debug"}}, nil
}

func testPod() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "web-1", UID: "u1", Labels: map[string]string{"app": "web"}},
		Spec:       corev1.PodSpec{NodeName: "n1", ServiceAccountName: "sa"},
		Status:     corev1.PodStatus{HostIP: "127.0.0.1", PodIP: "10.244.0.9", PodIPs: []corev1.PodIP{{IP: "10.244.0.9"}}},
	}
}

func field(name, path string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}}
}

func secretKey(name, secret, key string, optional *bool) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: secret}, Key: key, Optional: optional,
	}}}
}

func TestResolve(t *testing.T) {
	container := &corev1.Container{
		EnvFrom: []corev1.EnvFromSource{
			{Prefix: "S_", SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "creds"}}},
			{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "conf"}}},
			{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "none"}, Optional: ptr.To(true)}},
		},
		Env: []corev1.EnvVar{
			field("NAME", "metadata.name"), field("NS", "metadata.namespace"), field("IP", "status.podIP"),
			field("APP", "metadata.labels['app']"), field("NODE", "spec.nodeName"), field("SA", "spec.serviceAccountName"),
			{Name: "URL", Value: "http://$(IP):80/$$(NAME)"},
			{Name: "PATHS", Value: "/mnt"},
			{Name: "level", Value: "info"},
			secretKey("PASS", "creds", "pass", nil),
			secretKey("MAYBE", "creds", "none", ptr.To(true)),
		},
	}
	literal := func(value string) string { return strings.Replace(value, "/mnt", "/host", 1) }
	got, err := NewResolver(objects{}).Resolve(testPod(), container, Variables{"HOME": "/h"}, literal)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"APP=web", "HOME=/h", "IP=10.244.0.9", "NAME=web-1", "NODE=n1", "NS=ns", "PASS=p", "PATHS=/host", "SA=sa",
		"S_pass=p", "S_user=u", "URL=http://10.244.0.9:80/$(NAME)", "level=info",
	}
	if diff := cmp.Diff(want, got.List()); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("--ip=10.244.0.9", got.Expand("--ip=$(IP)")); diff != "" {
		t.Error(diff)
	}
}

func TestResolveErrors(t *testing.T) {
	for _, tc := range []struct {
		variable corev1.EnvVar
		want     string
	}{
		{secretKey("A", "none", "k", nil), `secret "none" not found`},
		{secretKey("A", "creds", "none", nil), "couldn't find key none in Secret ns/creds"},
		{field("A", "status.nothing"), "status.nothing"},
		{corev1.EnvVar{Name: "A", ValueFrom: &corev1.EnvVarSource{}}, "resolve variable A"},
	} {
		container := &corev1.Container{Env: []corev1.EnvVar{tc.variable}}
		_, err := NewResolver(objects{}).Resolve(testPod(), container, Variables{}, func(value string) string { return value })
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error = %v, want %q", err, tc.want)
		}
	}
}
