package checks

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"sync"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// webhookNames are those of ESO's configurations, of which a cluster has one each, whatever the release is called.
var webhookNames = []string{"secretstore-validate", "externalsecret-validate"}

// webhookAnswer is nil when the API server, asked with a dry run, has got through to the webhook.
var webhookAnswer = doctor.NewInput("the webhook's answer", func(ctx context.Context, s *doctor.Snapshot) (struct{}, error) {
	return struct{}{}, eso.AskWebhook(ctx, s.Cluster.Dynamic)
}).Asking(asks("create", eso.ClusterSecretStores, everywhere)).Keeping(whole)

// webhookConfigurations are those that there are; an install without a webhook has none.
var webhookConfigurations = doctor.NewInput("webhook configurations", func(ctx context.Context, s *doctor.Snapshot) ([]admissionv1.ValidatingWebhookConfiguration, error) {
	answers := make([]answer[*admissionv1.ValidatingWebhookConfiguration], len(webhookNames))
	var all sync.WaitGroup
	for i, name := range webhookNames {
		all.Go(func() {
			a := &answers[i]
			a.value, a.err = s.Cluster.Typed.AdmissionregistrationV1().ValidatingWebhookConfigurations().Get(ctx, name, metav1.GetOptions{})
		})
	}
	all.Wait()
	var found []admissionv1.ValidatingWebhookConfiguration
	for _, a := range answers {
		if a.err != nil && !isAbsent(a.err) {
			return nil, a.err
		}
		if a.err == nil {
			found = append(found, *a.value)
		}
	}
	return found, nil
}).Asking(named(webhooksResource, webhookNames...)).Keeping(whole)

// webhookEndpoints are those of the Service that the webhook's pods are behind.
var webhookEndpoints = doctor.NewInput("endpoints of the webhook", func(ctx context.Context, s *doctor.Snapshot) ([]discoveryv1.EndpointSlice, error) {
	list, err := s.Cluster.Typed.DiscoveryV1().EndpointSlices(s.Cluster.Namespace).List(ctx,
		metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + webhookService})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}).Asking(asks("list", slicesResource, atHome)).Keeping(whole)

// webhookService has this name in every release.
const webhookService = "external-secrets-webhook"

// certController makes the webhook's certificate.
const certController = "external-secrets-cert-controller"

var webhookChecks = []doctor.Check{
	{Code: "EI255", Needs: theCluster, Inputs: sources(webhookConfigurations, webhookEndpoints), Run: eachConfiguration(webhookIsThisOne)},
	{Code: "EI221", Needs: codes("EI201"), Inputs: sources(webhookConfigurations, webhookEndpoints), Run: webhookHasAReadyPod},
	{Code: "EI223", Needs: theCluster, Inputs: sources(webhookConfigurations), Run: eachConfiguration(webhookIsTrusted)},
	{Code: "EI220", Needs: codes("EI204"), Inputs: sources(webhookAnswer, webhookConfigurations), Run: webhookAnswers},
}

func webhookAnswers(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	_, err := webhookAnswer.Of(ctx, s)
	if err == nil {
		return one(doctor.Holds(""))
	}
	configured, _ := webhookConfigurations.Of(ctx, s) // without the right to read them, the webhook's own name has to do
	return one(doctor.Found(err, called(err.Error(), configured)...))
}

// calling is how the API server says which webhook it has called.
var calling = regexp.MustCompile(`calling webhook "([^"]+)"`)

// called is the configuration of the webhook that an error is about, or nothing.
func called(text string, configured []admissionv1.ValidatingWebhookConfiguration) []doctor.Object {
	name := calling.FindStringSubmatch(text)
	if name == nil {
		return nil
	}
	for _, c := range configured {
		for _, w := range c.Webhooks {
			if w.Name == name[1] {
				return []doctor.Object{configuration(c)}
			}
		}
	}
	return []doctor.Object{{Kind: "Webhook", Name: name[1]}}
}

// eachConfiguration applies a judgement to the webhooks of every configuration, and reports for each configuration the first that is wrong.
func eachConfiguration(judge func(s *doctor.Snapshot, c admissionv1.ValidatingWebhookConfiguration, w admissionv1.ValidatingWebhook) (doctor.Finding, bool)) func(context.Context, *doctor.Snapshot) doctor.Result {
	return func(ctx context.Context, s *doctor.Snapshot) doctor.Result {
		found, err := webhookConfigurations.Of(ctx, s)
		if err != nil {
			return one(doctor.Found(err))
		}
		var result doctor.Result
		for _, c := range found {
			for _, w := range c.Webhooks {
				if f, wrong := judge(s, c, w); wrong {
					result = append(result, f)
					break
				}
			}
		}
		return result
	}
}

func webhookIsThisOne(s *doctor.Snapshot, c admissionv1.ValidatingWebhookConfiguration, w admissionv1.ValidatingWebhook) (doctor.Finding, bool) {
	service := w.ClientConfig.Service
	if service == nil || service.Namespace == s.Cluster.Namespace {
		return doctor.Finding{}, false
	}
	return problem("EI255", fmt.Sprintf("it points to Service %s/%s, and not into namespace %s", service.Namespace, service.Name, s.Cluster.Namespace),
		"decide which installation is to stay, and remove the other one", configuration(c)).
		From(configurationEvidence(c, "webhooks["+w.Name+"].clientConfig.service", service.Namespace+"/"+service.Name)), true
}

func configuration(c admissionv1.ValidatingWebhookConfiguration) doctor.Object {
	return doctor.Object{Kind: "ValidatingWebhookConfiguration", Name: c.Name}
}

func configurationEvidence(c admissionv1.ValidatingWebhookConfiguration, field, value string) doctor.Evidence {
	return doctor.Evidence{Object: configuration(c), Field: field, Value: value, ResourceVersion: c.ResourceVersion}
}

func webhookHasAReadyPod(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	configured, err := webhookConfigurations.Of(ctx, s)
	if err == nil && len(configured) == 0 {
		return nil
	}
	slices, sliceErr := webhookEndpoints.Of(ctx, s)
	if err != nil || sliceErr != nil {
		return one(doctor.Found(firstError(err, sliceErr)))
	}
	if ready := readyEndpoints(slices); ready > 0 {
		return one(doctor.Holds(fmt.Sprintf("%d of them", ready)))
	}
	service := doctor.Object{Kind: "Service", Namespace: s.Cluster.Namespace, Name: webhookService}
	describe := "kubectl -n " + s.Cluster.Namespace + " describe pods -l app.kubernetes.io/name=" + webhookService
	return one(problem("EI221", "no pod of ESO's webhook is ready, so nothing of ESO's can be written", "look at the webhook's pods: "+describe, service).
		From(doctor.Evidence{Object: service, Field: "endpoints", Value: "none ready"}).MendedBy(describe))
}

func readyEndpoints(slices []discoveryv1.EndpointSlice) int {
	ready := 0
	for _, slice := range slices {
		for _, e := range slice.Endpoints {
			if e.Conditions.Ready == nil || *e.Conditions.Ready {
				ready++
			}
		}
	}
	return ready
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// webhookIsTrusted looks at the CA that the API server is given; whether it is the right one, only the webhook's answer tells.
func webhookIsTrusted(s *doctor.Snapshot, c admissionv1.ValidatingWebhookConfiguration, w admissionv1.ValidatingWebhook) (doctor.Finding, bool) {
	if w.ClientConfig.Service == nil {
		return doctor.Finding{}, false
	}
	why := unusableBundle(w.ClientConfig.CABundle, s.Now)
	restart := "kubectl -n " + s.Cluster.Namespace + " rollout restart deployment " + certController
	return problem("EI223", "the API server cannot trust ESO's webhook: its CA "+why,
		"restart the Deployment "+certController+", which writes that trust", configuration(c)).
		MendedBy(restart).From(configurationEvidence(c, "webhooks["+w.Name+"].clientConfig.caBundle", why)), why != ""
}

func unusableBundle(bundle []byte, now time.Time) string {
	if len(bundle) == 0 {
		return "is empty"
	}
	certificates := trust.Stored(bundle).Certificates
	if len(certificates) == 0 {
		// GitOps tools have been seen to encode it once more.
		if again, err := base64.StdEncoding.DecodeString(string(bundle)); err == nil && len(trust.Stored(again).Certificates) > 0 {
			return "is encoded in base64 twice"
		}
		return "is no certificate"
	}
	for _, c := range certificates {
		if now.After(c.NotAfter) {
			return "expired on " + c.NotAfter.Format(time.DateOnly)
		}
	}
	return ""
}
