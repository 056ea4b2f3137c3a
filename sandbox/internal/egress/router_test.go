package egress

import (
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"
)

type podPorts map[string]map[int32]int

func (p podPorts) HostPort(ip string, port int32) (int, bool) {
	hostPort, ok := p[ip][port]
	return hostPort, ok
}

func indexerOf(t *testing.T, objects ...any) cache.Indexer {
	t.Helper()
	indexer := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for _, object := range objects {
		if err := indexer.Add(object); err != nil {
			t.Fatal(err)
		}
	}
	return indexer
}

func service(name, ip string, ports ...corev1.ServicePort) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "external-secrets", Name: name},
		Spec:       corev1.ServiceSpec{ClusterIP: ip, ClusterIPs: []string{ip}, Ports: ports},
	}
}

func slice(service, portName string, port int32, endpoints ...discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: "external-secrets", Name: service + "-x", Labels: map[string]string{discoveryv1.LabelServiceName: service}},
		Ports:      []discoveryv1.EndpointPort{{Name: ptr.To(portName), Port: ptr.To(port)}},
		Endpoints:  endpoints,
	}
}

func endpoint(ip string, ready bool) discoveryv1.Endpoint {
	return discoveryv1.Endpoint{Addresses: []string{ip}, Conditions: discoveryv1.EndpointConditions{Ready: ptr.To(ready)}}
}

func testRouter(t *testing.T) *Router {
	t.Helper()
	services := indexerOf(t,
		service("webhook", "10.0.0.7", corev1.ServicePort{Name: "webhook", Port: 443}, corev1.ServicePort{Name: "metrics", Port: 8080}),
		service("unready", "10.0.0.8", corev1.ServicePort{Port: 443}),
		service("empty", "10.0.0.9", corev1.ServicePort{Port: 443}))
	slices := indexerOf(t,
		slice("webhook", "webhook", 10250, endpoint("10.244.0.2", false), endpoint("10.244.0.3", true)),
		slice("unready", "", 443, endpoint("10.244.0.3", false)))
	pods := podPorts{"10.244.0.2": {10250: 41000}, "10.244.0.3": {10250: 42000, 443: 43000}}
	return NewRouter(corelisters.NewServiceLister(services), discoverylisters.NewEndpointSliceLister(slices), pods, "127.0.0.1:10999")
}

func TestResolve(t *testing.T) {
	router := testRouter(t)
	for target, want := range map[string]string{
		"10.0.0.7:443":     "127.0.0.1:42000",
		"10.244.0.2:10250": "127.0.0.1:41000",
		"127.0.0.1:10999":  "127.0.0.1:10999",
	} {
		got, err := router.Resolve(target)
		if err != nil || got != want {
			t.Errorf("Resolve(%q) = %q, %v; want %q", target, got, err, want)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	router := testRouter(t)
	for _, tc := range []struct {
		target, text string
		forbidden    bool
	}{
		{"10.0.0.8:443", `no endpoints available for service "unready"`, false},
		{"10.0.0.9:443", `no endpoints available for service "empty"`, false},
		{"10.0.0.7:8080", `no endpoints available for service "webhook"`, false},
		{"10.0.0.7:444", `service "webhook" has no port 444`, false},
		{"10.244.0.2:22", "nothing listens on 10.244.0.2:22", true},
		{"127.0.0.1:22", "nothing listens on 127.0.0.1:22", true},
		{"example.com:443", "lookup example.com: no such host", true},
		{":443", `parse address ":443"`, true},
		{"nonsense", `parse address "nonsense"`, true},
		{"10.0.0.7:https", "parse port", true},
	} {
		_, err := router.Resolve(tc.target)
		if err == nil || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("Resolve(%q) error = %v, want %q", tc.target, err, tc.text)
		}
		if errors.Is(err, errForbidden) != tc.forbidden {
			t.Errorf("Resolve(%q) forbidden = %v, want %v", tc.target, !tc.forbidden, tc.forbidden)
		}
	}
}
