// Package egress carries the API server's connections into the cluster network. The sandbox has no
// kube-proxy and no pod network: a Service's cluster IP or a pod's IP exists only on paper, so the API
// server is told to dial through this proxy, which finds the process on this host that is meant.
package egress

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
)

// errForbidden marks a destination that is not part of the sandbox's cluster network.
var errForbidden = errors.New("the sandbox's egress reaches only Services, pods and this node")

// PodPorts tells which port of this host a pod's port is mapped to.
type PodPorts interface {
	HostPort(podIP string, port int32) (hostPort int, ok bool)
}

// Router translates addresses of the cluster network to addresses of this host.
type Router struct {
	services  corelisters.ServiceLister
	endpoints discoverylisters.EndpointSliceLister
	pods      PodPorts
	kubelet   string
}

// NewRouter returns a Router over the given listers; kubelet is the address of this node's kubelet API.
func NewRouter(services corelisters.ServiceLister, endpoints discoverylisters.EndpointSliceLister, pods PodPorts, kubelet string) *Router {
	return &Router{services: services, endpoints: endpoints, pods: pods, kubelet: kubelet}
}

// Resolve returns the address on this host behind target, a HOST:PORT of the cluster network.
func (r *Router) Resolve(target string) (string, error) {
	if target == r.kubelet {
		return target, nil
	}
	host, port, err := splitTarget(target)
	if err != nil {
		return "", err
	}
	service, err := r.service(host)
	if err != nil {
		return "", fmt.Errorf("list services for %s: %w", target, err)
	}
	if service != nil {
		return r.resolveService(service, port)
	}
	if hostPort, ok := r.pods.HostPort(host, port); ok {
		return loopback(hostPort), nil
	}
	if net.ParseIP(host) == nil {
		// What a pod would be told by the cluster's DNS.
		return "", fmt.Errorf("lookup %s: no such host: %w", host, errForbidden)
	}
	return "", fmt.Errorf("nothing listens on %s in the cluster: %w", target, errForbidden)
}

func splitTarget(target string) (string, int32, error) {
	host, text, err := net.SplitHostPort(target)
	if err != nil || host == "" {
		return "", 0, fmt.Errorf("parse address %q: %w", target, errForbidden)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("parse port of %q: %w", target, errForbidden)
	}
	return host, int32(port), nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// service finds the one with an IP or a name such as cluster DNS has: NAME.NAMESPACE.svc and what may follow that.
func (r *Router) service(host string) (*corev1.Service, error) {
	words := strings.Split(host, ".")
	if len(words) < 3 || words[2] != "svc" {
		return r.serviceWithIP(host)
	}
	service, err := r.services.Services(words[1]).Get(words[0])
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return service, err
}

func (r *Router) serviceWithIP(ip string) (*corev1.Service, error) {
	services, err := r.services.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	for _, service := range services {
		if service.Spec.ClusterIP == ip || slices.Contains(service.Spec.ClusterIPs, ip) {
			return service, nil
		}
	}
	return nil, nil
}

func (r *Router) resolveService(service *corev1.Service, port int32) (string, error) {
	name, ok := portName(service, port)
	if !ok {
		return "", fmt.Errorf("service %q has no port %d", service.Name, port)
	}
	selector := labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: service.Name})
	endpointSlices, err := r.endpoints.EndpointSlices(service.Namespace).List(selector)
	if err != nil {
		return "", fmt.Errorf("list endpoints of service %q: %w", service.Name, err)
	}
	for _, slice := range endpointSlices {
		for _, target := range targetPorts(slice, name) {
			if address, ok := r.readyEndpoint(slice, target); ok {
				return address, nil
			}
		}
	}
	return "", fmt.Errorf("no endpoints available for service %q", service.Name)
}

func portName(service *corev1.Service, port int32) (string, bool) {
	for _, candidate := range service.Spec.Ports {
		if candidate.Port == port {
			return candidate.Name, true
		}
	}
	return "", false
}

func targetPorts(slice *discoveryv1.EndpointSlice, name string) []int32 {
	var ports []int32
	for _, port := range slice.Ports {
		if port.Port != nil && (port.Name == nil && name == "" || port.Name != nil && *port.Name == name) {
			ports = append(ports, *port.Port)
		}
	}
	return ports
}

func (r *Router) readyEndpoint(slice *discoveryv1.EndpointSlice, port int32) (string, bool) {
	for _, endpoint := range slice.Endpoints {
		if endpoint.Conditions.Ready != nil && !*endpoint.Conditions.Ready {
			continue
		}
		for _, ip := range endpoint.Addresses {
			if hostPort, ok := r.pods.HostPort(ip, port); ok {
				return loopback(hostPort), true
			}
		}
	}
	return "", false
}
