package kube

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

func TestParseServicePort(t *testing.T) {
	tests := []struct {
		in   string
		want ServicePort
	}{
		{"service/infisical.tools", ServicePort{Name: "infisical", Namespace: "tools"}},
		{"svc/infisical.tools:8443", ServicePort{Name: "infisical", Namespace: "tools", Port: 8443}},
		{"infisical.tools", ServicePort{}},
		{"service/infisical", ServicePort{}},
		{"service/infisical.tools.svc", ServicePort{}},
		{"service/.tools", ServicePort{}},
		{"service/infisical.tools:https", ServicePort{}},
		{"service/infisical.tools:0", ServicePort{}},
		{"service/infisical.tools:65536", ServicePort{}},
		{"pod/infisical.tools", ServicePort{}},
		{"", ServicePort{}},
	}
	for _, tt := range tests {
		got, err := ParseServicePort(tt.in)
		if got != tt.want || (err == nil) != (tt.want.Name != "") {
			t.Errorf("ParseServicePort(%q) = %v, %v", tt.in, got, err)
		}
		if again, err := ParseServicePort(got.String()); tt.want.Name != "" && (again != got || err != nil) {
			t.Errorf("%v reads back as %v, %v", got, again, err)
		}
	}
}

func TestClusterService(t *testing.T) {
	for host, want := range map[string]ServicePort{
		"infisical.tools.svc":                {Name: "infisical", Namespace: "tools"},
		"infisical.tools.svc.cluster.local":  {Name: "infisical", Namespace: "tools"},
		"infisical.tools.svc.cluster.local.": {Name: "infisical", Namespace: "tools"},
		"infisical.example.com":              {},
		"infisical.svc":                      {},
		"a.b.c.svc":                          {},
		"127.0.0.1":                          {},
		"":                                   {},
	} {
		got, found := ClusterService(host)
		if got != want || found != (want.Name != "") {
			t.Errorf("ClusterService(%q) = %v, %t", host, got, found)
		}
	}
}

func service(ports ...int32) *corev1.Service {
	s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "tools", Name: "infisical"}}
	for i, p := range ports {
		s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Name: string(rune('a' + i)), Port: p})
	}
	return s
}

func slice(pod string, ready bool, portName string, port int32) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: "tools", Name: "slice-" + pod, Labels: map[string]string{discoveryv1.LabelServiceName: "infisical"}},
		Ports:      []discoveryv1.EndpointPort{{Name: &portName, Port: &port}},
		Endpoints: []discoveryv1.Endpoint{{Conditions: discoveryv1.EndpointConditions{Ready: &ready},
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: pod}}},
	}
}

func TestReadyPod(t *testing.T) {
	tests := []struct {
		name    string
		service *corev1.Service
		slices  []*discoveryv1.EndpointSlice
		port    int32
		want    podPort
		problem string
	}{
		{"only port", service(80), []*discoveryv1.EndpointSlice{slice("p", true, "a", 8080)}, 0, podPort{"tools", "p", 8080}, ""},
		{"443 among several", service(80, 443), []*discoveryv1.EndpointSlice{slice("p", true, "b", 8443)}, 0, podPort{"tools", "p", 8443}, ""},
		{"skips what is not ready", service(80), []*discoveryv1.EndpointSlice{slice("off", false, "a", 8080), slice("on", true, "a", 8080)}, 80, podPort{"tools", "on", 8080}, ""},
		{"port unknown", service(80, 8080), nil, 9, podPort{}, "it has no port 9; its ports are: 80, 8080"},
		{"nothing ready", service(80), []*discoveryv1.EndpointSlice{slice("off", false, "a", 8080)}, 0, podPort{}, "none of its pods is ready"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := fake.NewClientset(tt.service)
			for _, s := range tt.slices {
				if _, err := client.DiscoveryV1().EndpointSlices("tools").Create(t.Context(), s, metav1.CreateOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			got, err := readyPod(t.Context(), client, ServicePort{Namespace: "tools", Name: "infisical", Port: tt.port})
			if got != tt.want || (err == nil) != (tt.problem == "") || err != nil && !strings.Contains(err.Error(), tt.problem) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestReadyPodOfNoService(t *testing.T) {
	if _, err := readyPod(t.Context(), fake.NewClientset(), ServicePort{Namespace: "n", Name: "s"}); err == nil || !strings.Contains(err.Error(), "find a pod of service/s.n") {
		t.Errorf("error = %v", err)
	}
}
