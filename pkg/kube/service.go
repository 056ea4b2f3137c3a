package kube

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// ServicePort names a port of a Service. Port 0 stands for the Service's only port, or for 443 among several.
type ServicePort struct {
	Namespace, Name string
	Port            int32
}

func (s ServicePort) String() string {
	text := "service/" + s.Name + "." + s.Namespace
	if s.Port != 0 {
		text += ":" + strconv.Itoa(int(s.Port))
	}
	return text
}

// ParseServicePort reads service/NAME.NAMESPACE[:PORT], svc/… for short.
func ParseServicePort(text string) (ServicePort, error) {
	fail := func() (ServicePort, error) {
		return ServicePort{}, fmt.Errorf("read %q as a Service: write it as service/NAME.NAMESPACE[:PORT]", text)
	}
	kind, rest, found := strings.Cut(text, "/")
	if !found || kind != "service" && kind != "svc" {
		return fail()
	}
	host, port, hasPort := strings.Cut(rest, ":")
	name, namespace, found := strings.Cut(host, ".")
	if !found || name == "" || namespace == "" || strings.Contains(namespace, ".") {
		return fail()
	}
	s := ServicePort{Namespace: namespace, Name: name}
	if hasPort {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return fail()
		}
		s.Port = int32(n)
	}
	return s, nil
}

// ClusterService reads a host name that only a cluster's own DNS knows, NAME.NAMESPACE.svc or a longer form of it.
func ClusterService(hostname string) (ServicePort, bool) {
	labels := strings.Split(strings.TrimSuffix(hostname, "."), ".")
	if len(labels) < 3 || labels[2] != "svc" || labels[0] == "" || labels[1] == "" {
		return ServicePort{}, false
	}
	return ServicePort{Namespace: labels[1], Name: labels[0]}, true
}

// ServiceAt is the Service that an address names by a host name which only a cluster's own DNS knows, with the port that a client connects to.
func ServiceAt(address string) (ServicePort, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return ServicePort{}, false
	}
	service, found := ClusterService(u.Hostname())
	if found {
		service.Port = portOf(u)
	}
	return service, found
}

// portOf is the port that a client connects to.
func portOf(u *url.URL) int32 {
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return int32(port)
	}
	if u.Scheme == "http" {
		return 80
	}
	return 443
}

// podPort is where a connection to a Service ends.
type podPort struct {
	namespace, pod string
	port           int32
}

// ServiceError says that a Service cannot be used to reach anything, and what to look at.
type ServiceError struct {
	Service ServicePort
	Problem string
}

func (e *ServiceError) Error() string {
	return "find a pod of " + e.Service.String() + ": " + e.Problem
}

// readyPod finds a ready pod behind the Service and the port of the pod. A *ServiceError says that there is none.
func readyPod(ctx context.Context, client kubernetes.Interface, s ServicePort) (podPort, error) {
	what := "find a pod of " + s.String()
	service, err := client.CoreV1().Services(s.Namespace).Get(ctx, s.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return podPort{}, &ServiceError{Service: s, Problem: "there is no such Service; look for the right one with kubectl get services -A"}
	}
	if err != nil {
		return podPort{}, fmt.Errorf("%s: %w", what, err)
	}
	port, err := choosePort(service.Spec.Ports, s.Port)
	if err != nil {
		return podPort{}, &ServiceError{Service: s, Problem: err.Error()}
	}
	slices, err := client.DiscoveryV1().EndpointSlices(s.Namespace).List(ctx,
		metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + s.Name})
	if err != nil {
		return podPort{}, fmt.Errorf("%s: %w", what, err)
	}
	for _, slice := range slices.Items {
		if pod, found := readyIn(slice, port.Name); found {
			return pod, nil
		}
	}
	return podPort{}, &ServiceError{Service: s, Problem: "none of its pods is ready; look at them with kubectl -n " + s.Namespace + " get pods"}
}

func choosePort(ports []corev1.ServicePort, wanted int32) (corev1.ServicePort, error) {
	if len(ports) == 1 && wanted == 0 {
		return ports[0], nil
	}
	if wanted == 0 {
		wanted = 443
	}
	var known []string
	for _, p := range ports {
		if p.Port == wanted {
			return p, nil
		}
		known = append(known, strconv.Itoa(int(p.Port)))
	}
	return corev1.ServicePort{}, fmt.Errorf("it has no port %d; its ports are: %s", wanted, strings.Join(known, ", "))
}

func readyIn(slice discoveryv1.EndpointSlice, portName string) (podPort, bool) {
	for _, p := range slice.Ports {
		if p.Port == nil || p.Name != nil && *p.Name != portName {
			continue
		}
		for _, e := range slice.Endpoints {
			ready := e.Conditions.Ready == nil || *e.Conditions.Ready
			if ready && e.TargetRef != nil && e.TargetRef.Kind == "Pod" {
				return podPort{namespace: slice.Namespace, pod: e.TargetRef.Name, port: *p.Port}, true
			}
		}
	}
	return podPort{}, false
}
