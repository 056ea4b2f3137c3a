package checks

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// backing is a Service of the cluster, in the fields that are judged, and how many endpoints serve behind it.
type backing struct {
	Exists bool
	// External is the name that the Service stands for, where it is one of that kind.
	External string
	Ports    []int32
	Ready    int
	Version  string
}

// backings are the Services that stores name as Infisical's host, by their name as in kube.ServicePort.
var backings = doctor.NewInput("the Services of Infisical", func(ctx context.Context, s *doctor.Snapshot) (map[string]answer[backing], error) {
	found, err := stores.Of(ctx, s)
	if err != nil {
		return nil, err
	}
	return readBackings(ctx, s.Cluster, services(found)), nil
}).Late().Asking(func(doctor.Cluster) []kube.Right {
	return []kube.Right{{Verb: "get", Resource: "services"}, {Verb: "list", Group: "discovery.k8s.io", Resource: "endpointslices"}}
}).Keeping(func(all map[string]answer[backing]) map[string]answer[backing] { return all })

// readBackings reads Services at the same time, by their names.
func readBackings(ctx context.Context, c doctor.Cluster, of map[string]kube.ServicePort) map[string]answer[backing] {
	answers := map[string]answer[backing]{}
	var all sync.WaitGroup
	var mu sync.Mutex
	for name, service := range of {
		all.Go(func() {
			value, err := readBacking(ctx, c, service)
			mu.Lock()
			defer mu.Unlock()
			answers[name] = answer[backing]{value, err}
		})
	}
	all.Wait()
	return answers
}

// services are those that stores name, each once.
func services(found []store) map[string]kube.ServicePort {
	named := map[string]kube.ServicePort{}
	for _, st := range found {
		if service, is := st.service(); is {
			named[service.String()] = service
		}
	}
	return named
}

// service is the Service of the cluster that the store's address names, with the port that ESO connects to.
func (s store) service() (kube.ServicePort, bool) {
	return kube.ServiceAt(s.Host)
}

func readBacking(ctx context.Context, c doctor.Cluster, of kube.ServicePort) (backing, error) {
	service, err := c.Typed.CoreV1().Services(of.Namespace).Get(ctx, of.Name, metav1.GetOptions{})
	if isAbsent(err) {
		return backing{}, nil
	}
	if err != nil {
		return backing{}, err
	}
	b := backing{Exists: true, Version: service.ResourceVersion}
	if service.Spec.Type == corev1.ServiceTypeExternalName {
		b.External = service.Spec.ExternalName
		return b, nil
	}
	for _, port := range service.Spec.Ports {
		b.Ports = append(b.Ports, port.Port)
	}
	slices, err := c.Typed.DiscoveryV1().EndpointSlices(of.Namespace).List(ctx, metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + of.Name})
	if err != nil {
		return b, err
	}
	b.Ready = readyEndpoints(slices.Items)
	return b, nil
}

var serviceChecks = []doctor.Check{
	{Code: "EI526", Needs: codes("EI701"), Inputs: sources(stores, backings), Run: eachStore(serviceExists)},
	{Code: "EI527", Needs: codes("EI701"), Inputs: sources(stores, backings), Run: eachStore(serviceIsBacked)},
}

// behind applies a judgement to the Service that the store names.
func behind(ctx context.Context, s *doctor.Snapshot, st store, judge func(kube.ServicePort, doctor.Object, backing) doctor.Result) doctor.Result {
	service, is := st.service()
	if !is {
		return nil
	}
	object := doctor.Object{Kind: "Service", Namespace: service.Namespace, Name: service.Name}
	all, err := backings.Of(ctx, s)
	found := all[service.String()]
	if err := firstError(err, found.err); err != nil {
		return one(doctor.Found(err, object))
	}
	return judge(service, object, found.value)
}

func serviceExists(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return behind(ctx, s, st, func(service kube.ServicePort, object doctor.Object, b backing) doctor.Result {
		const fix = "write the Service's name, namespace and port into the address: " + correctHost
		switch {
		case !b.Exists:
			return one(problem("EI526", fmt.Sprintf("there is no Service %s in the namespace %s", service.Name, service.Namespace), fix, st.named(), object).
				MendedBy("kubectl get services -A").From(st.seen("hostAPI")))
		case b.External == "" && !slices.Contains(b.Ports, service.Port):
			return one(problem("EI526", fmt.Sprintf("the Service has no port %d, but %s", service.Port, numbers(b.Ports)), fix, st.named(), object).
				MendedBy("kubectl -n "+service.Namespace+" get service "+service.Name).From(st.seen("hostAPI"),
				doctor.Evidence{Object: object, Field: "spec.ports", Value: numbers(b.Ports), ResourceVersion: b.Version}))
		}
		return one(doctor.Holds("", object))
	})
}

func serviceIsBacked(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return behind(ctx, s, st, func(service kube.ServicePort, object doctor.Object, b backing) doctor.Result {
		if !b.Exists || b.External != "" || b.Ready > 0 {
			return one(doctor.Holds("", object))
		}
		command := "kubectl -n " + service.Namespace + " get pods,endpointslices"
		return one(problem("EI527", "no pod is ready behind the Service that the store names", "look at Infisical's own pods: "+command, object).
			MendedBy(command).From(doctor.Evidence{Object: object, Field: "endpoints", Value: "none is ready", ResourceVersion: b.Version}))
	})
}

func numbers(ports []int32) string {
	if len(ports) == 0 {
		return "none at all"
	}
	texts := make([]string, len(ports))
	for i, port := range ports {
		texts[i] = strconv.Itoa(int(port))
	}
	return strings.Join(texts, ", ")
}
