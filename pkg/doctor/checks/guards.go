package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

var mutatingResource = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "mutatingwebhookconfigurations"}

// guard is a webhook of another product without whose answer the API server refuses what ESO must write.
type guard struct {
	Configuration doctor.Object
	Name          string
	Service       kube.ServicePort
	// Resource is the first thing it is asked about that ESO writes.
	Resource string
	Version  string
}

// guards are found among all webhook configurations.
var guards = doctor.NewInput("webhook configurations of other products", func(ctx context.Context, s *doctor.Snapshot) ([]guard, error) {
	api := s.Cluster.Typed.AdmissionregistrationV1()
	var found []guard
	var all sync.WaitGroup
	var mutating *admissionv1.MutatingWebhookConfigurationList
	var mutatingErr error
	all.Go(func() { mutating, mutatingErr = api.MutatingWebhookConfigurations().List(ctx, metav1.ListOptions{}) })
	validating, err := api.ValidatingWebhookConfigurations().List(ctx, metav1.ListOptions{})
	all.Wait()
	if err := firstError(err, mutatingErr); err != nil {
		return nil, err
	}
	for _, c := range validating.Items {
		of := doctor.Object{Kind: "ValidatingWebhookConfiguration", Name: c.Name}
		for _, w := range c.Webhooks {
			found = append(found, guarding(of, c.ResourceVersion, admissionWebhook{w.Name, w.ClientConfig, w.Rules, w.FailurePolicy, w.NamespaceSelector, w.ObjectSelector, w.MatchConditions})...)
		}
	}
	for _, c := range mutating.Items {
		of := doctor.Object{Kind: "MutatingWebhookConfiguration", Name: c.Name}
		for _, w := range c.Webhooks {
			found = append(found, guarding(of, c.ResourceVersion, admissionWebhook{w.Name, w.ClientConfig, w.Rules, w.FailurePolicy, w.NamespaceSelector, w.ObjectSelector, w.MatchConditions})...)
		}
	}
	return found, nil
}).Asking(func(doctor.Cluster) []kube.Right {
	return []kube.Right{{Verb: "list", Group: webhooksResource.Group, Resource: webhooksResource.Resource}, {Verb: "list", Group: mutatingResource.Group, Resource: mutatingResource.Resource}}
}).Keeping(whole)

// guardBackings are the Services of the guards, by their name as in kube.ServicePort.
var guardBackings = doctor.NewInput("the Services of other products' webhooks", func(ctx context.Context, s *doctor.Snapshot) (map[string]answer[backing], error) {
	found, err := guards.Of(ctx, s)
	if err != nil {
		return nil, err
	}
	named := map[string]kube.ServicePort{}
	for _, g := range found {
		named[g.Service.String()] = g.Service
	}
	return readBackings(ctx, s.Cluster, named), nil
}).Late().Asking(func(doctor.Cluster) []kube.Right {
	return []kube.Right{{Verb: "get", Resource: "services"}, {Verb: "list", Group: slicesResource.Group, Resource: slicesResource.Resource}}
}).Keeping(whole)

// admissionWebhook are the fields that both kinds of webhooks have.
type admissionWebhook struct {
	name                string
	client              admissionv1.WebhookClientConfig
	rules               []admissionv1.RuleWithOperations
	failure             *admissionv1.FailurePolicyType
	namespaces, objects *metav1.LabelSelector
	conditions          []admissionv1.MatchCondition
}

// guarding makes a guard of a webhook that is one. Those that choose what they are asked about by labels or conditions are left out: whether ESO's
// objects are among that is not known.
func guarding(of doctor.Object, version string, w admissionWebhook) []guard {
	fails := w.failure == nil || *w.failure == admissionv1.Fail
	service := w.client.Service
	if !fails || service == nil || strings.HasSuffix(w.name, "."+esoGroup) || chooses(w.namespaces) || chooses(w.objects) || len(w.conditions) > 0 {
		return nil
	}
	for _, rule := range w.rules {
		if resource := writtenByESO(rule); resource != "" {
			port := int32(443)
			if service.Port != nil {
				port = *service.Port
			}
			return []guard{{of, w.name, kube.ServicePort{Namespace: service.Namespace, Name: service.Name, Port: port}, resource, version}}
		}
	}
	return nil
}

// chooses reports whether only what carries a label is meant. Leaving some out, as most products do with their own namespace, is no choice.
func chooses(selector *metav1.LabelSelector) bool {
	if selector == nil {
		return false
	}
	return len(selector.MatchLabels) > 0 || slices.ContainsFunc(selector.MatchExpressions, func(r metav1.LabelSelectorRequirement) bool {
		return r.Operator == metav1.LabelSelectorOpIn || r.Operator == metav1.LabelSelectorOpExists
	})
}

// written are the resources that ESO, or whoever works with it, creates and changes, by group.
var written = map[string][]string{"": {"secrets"}, esoGroup: {"clustersecretstores", "externalsecrets", "clustersecretstores/status", "externalsecrets/status"}}

// writtenByESO is a resource that the rule is about and ESO writes, or "".
func writtenByESO(rule admissionv1.RuleWithOperations) string {
	if !slices.ContainsFunc(rule.Operations, func(o admissionv1.OperationType) bool {
		return o == admissionv1.OperationAll || o == admissionv1.Create || o == admissionv1.Update
	}) {
		return ""
	}
	for _, group := range sorted(written) {
		if !slices.Contains(rule.APIGroups, group) && !slices.Contains(rule.APIGroups, "*") {
			continue
		}
		for _, resource := range written[group] {
			if slices.Contains(rule.Resources, resource) || slices.Contains(rule.Resources, "*/*") || slices.Contains(rule.Resources, "*") && !strings.Contains(resource, "/") {
				return resource
			}
		}
	}
	return ""
}

var guardChecks = []doctor.Check{
	{Code: "EI226", Needs: theCluster, Inputs: sources(guards, guardBackings), Run: guardsCanBeAsked},
}

func guardsCanBeAsked(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	found, err := guards.Of(ctx, s)
	if err != nil || len(found) == 0 {
		return failedOrNothing(err)
	}
	all, err := guardBackings.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	var result doctor.Result
	for _, g := range found {
		service := doctor.Object{Kind: "Service", Namespace: g.Service.Namespace, Name: g.Service.Name}
		behind := all[g.Service.String()]
		if behind.err != nil {
			result = append(result, doctor.Found(behind.err, g.Configuration, service))
			continue
		}
		why := unbacked(behind.value, g.Service.Port)
		if why == "" {
			continue
		}
		c, _ := cause.OfOperator(fmt.Sprintf("failed calling webhook %q", g.Name))
		command := fmt.Sprintf("kubectl -n %s get service,endpointslices,pods", g.Service.Namespace)
		result = append(result, doctor.Problem(c, g.Configuration, service).MendedBy(command).
			Saying(fmt.Sprintf("the API server refuses %s, for it must ask webhook %s, and Service %s/%s %s", g.Resource, g.Name, service.Namespace, service.Name, why)).
			From(doctor.Evidence{Object: g.Configuration, Field: "webhooks[" + g.Name + "]", Value: "failurePolicy Fail, for " + g.Resource, ResourceVersion: g.Version},
				doctor.Evidence{Object: service, Field: "endpoints", Value: why, ResourceVersion: behind.value.Version}))
	}
	if len(result) == 0 {
		return one(doctor.Holds(fmt.Sprintf("%d of them", len(found))))
	}
	return result
}

// unbacked says why nobody answers at a Service's port, or "".
func unbacked(b backing, port int32) string {
	switch {
	case !b.Exists:
		return "does not exist"
	case b.External != "":
		return ""
	case !slices.Contains(b.Ports, port):
		return fmt.Sprintf("has no port %d, but %s", port, numbers(b.Ports))
	case b.Ready == 0:
		return "has no pod that is ready"
	}
	return ""
}
