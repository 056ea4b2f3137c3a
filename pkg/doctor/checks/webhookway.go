package checks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// serving is the Service of the webhook, in the fields that are judged.
type serving struct {
	Exists   bool
	Selector map[string]string
	Ports    []int32
	Version  string
}

// webhookServing is read where the webhook does not answer, or has no endpoint.
var webhookServing = doctor.NewInput("the webhook's Service", func(ctx context.Context, s *doctor.Snapshot) (serving, error) {
	service, err := s.Cluster.Typed.CoreV1().Services(s.Cluster.Namespace).Get(ctx, webhookService, metav1.GetOptions{})
	if isAbsent(err) {
		return serving{}, nil
	}
	if err != nil {
		return serving{}, err
	}
	found := serving{Exists: true, Selector: service.Spec.Selector, Version: service.ResourceVersion}
	for _, port := range service.Spec.Ports {
		found.Ports = append(found.Ports, port.Port)
	}
	return found, nil
}).Late().Asking(func(c doctor.Cluster) []kube.Right {
	return []kube.Right{{Verb: "get", Resource: "services", Namespace: c.Namespace, Name: webhookService}}
}).Keeping(whole)

// certificateKept is what the metadata of the webhook's Secret tells: that there is one, and whether a certificate was ever written into it. Its
// data is never read.
type certificateKept struct{ Exists, Filled bool }

var webhookCertificate = doctor.NewInput("the webhook's Secret", func(ctx context.Context, s *doctor.Snapshot) (certificateKept, error) {
	list, err := s.Cluster.Metadata(secretsResource, s.Cluster.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + webhookService})
	if err != nil || len(list.Items) == 0 {
		return certificateKept{}, err
	}
	found := certificateKept{Exists: true}
	for _, entry := range list.Items[0].GetManagedFields() {
		found.Filled = found.Filled || entry.FieldsV1 != nil && strings.Contains(entry.FieldsV1.GetRawString(), `"f:tls.crt"`)
	}
	return found, nil
}).Late().Asking(asks("list", secretsResource, atHome)).Keeping(whole)

// wayChecks are about what lies between the API server and the webhook's pods.
var wayChecks = []doctor.Check{
	{Code: "EI215", Needs: codes("EI201"), Inputs: sources(webhookConfigurations, webhookEndpoints, webhookAnswer, webhookServing, pods), Run: serviceLeadsToTheWebhook},
	{Code: "EI213", Needs: codes("EI201"), Inputs: sources(webhookConfigurations, webhookEndpoints, webhookCertificate, pods), Run: webhookHasACertificate},
	{Code: "EI214", Needs: theCluster, Inputs: sources(webhookConfigurations), Run: eachConfiguration(webhookAuthorityLasts)},
	{Code: "EI289", Needs: codes("EI201"), Inputs: sources(webhookAnswer, networkPolicies, deployments), Run: policiesLetTheAPIServerIn},
}

// usesWebhook reports whether there is a configuration, and whether a pod is ready behind it.
func usesWebhook(ctx context.Context, s *doctor.Snapshot) (configured, ready bool, err error) {
	found, err := webhookConfigurations.Of(ctx, s)
	if err != nil || len(found) == 0 {
		return false, false, err
	}
	slices, err := webhookEndpoints.Of(ctx, s)
	return true, readyEndpoints(slices) > 0, err
}

func serviceLeadsToTheWebhook(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	configured, ready, err := usesWebhook(ctx, s)
	if err != nil || !configured {
		return failedOrNothing(err)
	}
	object := doctor.Object{Kind: "Service", Namespace: s.Cluster.Namespace, Name: webhookService}
	if _, unanswered := webhookAnswer.Of(ctx, s); ready && unanswered == nil {
		return one(doctor.Holds("", object))
	}
	service, err := webhookServing.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err, object))
	}
	all, err := pods.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err, object))
	}
	why, field := serviceFault(service, webhookPort(ctx, s), all)
	if why == "" {
		return one(doctor.Holds("", object))
	}
	repair := install + " --repair"
	return one(problem("EI215", why, "bring it back as the chart has it: "+repair, object).MendedBy(repair).
		From(doctor.Evidence{Object: object, Field: field, Value: why, ResourceVersion: service.Version}))
}

// webhookPort is the port of the Service that the API server is told to call.
func webhookPort(ctx context.Context, s *doctor.Snapshot) int32 {
	found, _ := webhookConfigurations.Of(ctx, s) // whoever asks has read them
	for _, c := range found {
		for _, w := range c.Webhooks {
			if service := w.ClientConfig.Service; service != nil && service.Port != nil {
				return *service.Port
			}
		}
	}
	return 443
}

// serviceFault says why the Service cannot lead to the webhook's pods, and by which field, or "".
func serviceFault(service serving, port int32, all []unstructured.Unstructured) (why, field string) {
	if !service.Exists {
		return "the Service of ESO's webhook does not exist", "metadata.name"
	}
	if !slices.Contains(service.Ports, port) {
		return fmt.Sprintf("the Service of ESO's webhook has no port %d, which the API server calls, but %s", port, numbers(service.Ports)), "spec.ports"
	}
	selector := labels.SelectorFromSet(service.Selector)
	missed := 0
	for i := range all {
		if all[i].GetLabels()["app.kubernetes.io/name"] != webhookService {
			continue
		}
		if selector.Matches(labels.Set(all[i].GetLabels())) {
			return "", ""
		}
		missed++
	}
	if missed == 0 {
		return "", ""
	}
	return "the Service of ESO's webhook selects " + selector.String() + ", which no pod of the webhook has", "spec.selector"
}

// webhookHasACertificate speaks where the cert-controller runs, and has not done its work nevertheless. Where it does not run, other checks say so.
func webhookHasACertificate(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	configured, ready, err := usesWebhook(ctx, s)
	if err != nil || !configured || ready {
		return failedOrNothing(err)
	}
	all, err := pods.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	object := doctor.Object{Kind: "Secret", Namespace: s.Cluster.Namespace, Name: webhookService}
	maker := slices.IndexFunc(all, func(p unstructured.Unstructured) bool {
		return p.GetLabels()["app.kubernetes.io/name"] == certController && isRunning(&p)
	})
	kept, err := webhookCertificate.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err, object))
	}
	if maker < 0 || kept.Filled {
		return one(doctor.Holds("", object))
	}
	why := "the Secret of the webhook's certificate is empty, though the cert-controller runs"
	fix := "kubectl -n " + s.Cluster.Namespace + " logs deployment/" + certController
	if !kept.Exists {
		why, fix = "the Secret is gone that the cert-controller writes the webhook's certificate into", install+" --repair"
	}
	return one(problem("EI213", why, "bring it back, and read what the cert-controller says: "+fix, object, doctor.ObjectOf(&all[maker])).MendedBy(fix).
		From(doctor.Evidence{Object: object, Field: "data", Value: why}))
}

// isRunning reports whether a container of the pod runs.
func isRunning(pod *unstructured.Unstructured) bool {
	list, _, _ := unstructured.NestedSlice(pod.Object, "status", "containerStatuses")
	return slices.ContainsFunc(list, func(item any) bool {
		c, _ := item.(map[string]any)
		_, runs, _ := unstructured.NestedMap(c, "state", "running")
		return runs
	})
}

// webhookAuthorityLasts finds a cert-controller that does not renew: it makes a CA for ten years, and a new one long before the end.
func webhookAuthorityLasts(s *doctor.Snapshot, c admissionv1.ValidatingWebhookConfiguration, w admissionv1.ValidatingWebhook) (doctor.Finding, bool) {
	end := lastEnd(trust.Stored(w.ClientConfig.CABundle))
	if left := end.Sub(s.Now); end.IsZero() || left <= 0 || left > expirySoon {
		return doctor.Finding{}, false
	}
	command := "kubectl -n " + s.Cluster.Namespace + " logs deployment/" + certController
	day := end.Format(time.DateOnly)
	return problem("EI214", "the CA of ESO's webhook expires on "+day+", and nobody has renewed it; then nothing of ESO's can be written",
		"find out why the cert-controller, or cert-manager, does not renew it: "+command, configuration(c)).MendedBy(command).
		From(configurationEvidence(c, "webhooks["+w.Name+"].clientConfig.caBundle", "valid until "+day)), true
}

func lastEnd(bundle trust.Bundle) time.Time {
	var last time.Time
	for _, c := range bundle.Certificates {
		if c.NotAfter.After(last) {
			last = c.NotAfter
		}
	}
	return last
}

// policiesLetTheAPIServerIn speaks only where the webhook does not answer: networks differ in what they do with requests that come from a node.
func policiesLetTheAPIServerIn(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	_, unanswered := webhookAnswer.Of(ctx, s)
	var named *cause.Error
	if !errors.As(unanswered, &named) || named.Cause.Code != "EI224" {
		return one(doctor.Holds(""))
	}
	all, err := networkPolicies.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	found, err := deployments.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	i := slices.IndexFunc(found, func(d unstructured.Unstructured) bool { return d.GetName() == webhookService })
	if i < 0 {
		return one(doctor.Holds(""))
	}
	podLabels, _, _ := unstructured.NestedStringMap(found[i].Object, "spec", "template", "metadata", "labels")
	port := flagOf(&found[i], "port", "10250")
	var shut []doctor.Object
	for _, p := range all {
		selector, err := metav1.LabelSelectorAsSelector(&p.Spec.PodSelector)
		if err != nil || !limitsIngress(p) || !selector.Matches(labels.Set(podLabels)) {
			continue
		}
		if slices.ContainsFunc(p.Spec.Ingress, func(rule networkingv1.NetworkPolicyIngressRule) bool { return letsIn(rule, port) }) {
			return one(doctor.Holds("", policy(p)))
		}
		shut = append(shut, policy(p))
	}
	if len(shut) == 0 {
		return one(doctor.Holds(""))
	}
	command := "kubectl -n " + s.Cluster.Namespace + " edit networkpolicy " + shut[0].Name
	return one(problem("EI289", "policies select the webhook's pods, and none lets the API server in on port "+port,
		"add a rule for port "+port+" from everywhere, since the API server has no labels: "+command, shut...).MendedBy(command).
		From(doctor.Evidence{Object: shut[0], Field: "spec.ingress", Value: "no rule for port " + port + " that the API server meets"}))
}

func limitsIngress(p networkingv1.NetworkPolicy) bool {
	return len(p.Spec.PolicyTypes) == 0 || slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeIngress)
}

// letsIn reports whether the rule admits the API server, which is a pod for no selector, to that port.
func letsIn(rule networkingv1.NetworkPolicyIngressRule, port string) bool {
	number, _ := strconv.ParseInt(port, 10, 32) // 0, which no rule names, for what is no number
	from := len(rule.From) == 0 || slices.ContainsFunc(rule.From, func(p networkingv1.NetworkPolicyPeer) bool { return p.IPBlock != nil })
	open := len(rule.Ports) == 0 || slices.ContainsFunc(rule.Ports, func(p networkingv1.NetworkPolicyPort) bool {
		if p.Protocol != nil && *p.Protocol != corev1.ProtocolTCP {
			return false
		}
		if p.Port == nil || p.Port.String() == port || p.Port.String() == "webhook" {
			return true
		}
		return p.EndPort != nil && int64(p.Port.IntVal) <= number && number <= int64(*p.EndPort)
	})
	return from && open
}
