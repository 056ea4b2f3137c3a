package cause

// NoResources means that the kinds of External Secrets Operator are unknown to the cluster.
var NoResources = Cause{"EI204", "ESO's custom resources are not installed in this cluster", "install ESO: kubectl eso-infisical install"}

// PodStuck means that a pod of ESO, which lives in namespace, will not start by itself.
func PodStuck(namespace string) Cause {
	return Cause{"EI210", "a pod of ESO does not start, and waiting will not mend it",
		"look at the pods: kubectl -n " + namespace + " describe pods"}
}

const webhookFix = "look at the webhook's pods: kubectl eso-infisical doctor"

// What the API server writes when it cannot ask a webhook, and the end of the name that follows if the webhook is ESO's.
const (
	callFailed = "failed calling webhook"
	ofESO      = `.external-secrets.io":`
)

var operatorRules = []rule{
	{Cause{"EI227", "a CRD of ESO still has the conversion webhook of an older ESO",
		"apply the CRDs of the ESO version that is installed (deploy/crds/bundle.yaml of its release) with kubectl apply --server-side"},
		[]string{"conversion webhook for external-secrets.io/", "conversion webhook for generators.external-secrets.io/"}, nil, nil},
	{Cause{"EI221", "no pod of ESO's webhook is ready, so nothing of ESO's can be written", webhookFix},
		[]string{"no endpoints available for service", "connection refused"}, []string{callFailed, ofESO}, nil},
	{Cause{"EI222", "a webhook configuration of ESO is left over: its Service does not exist",
		"install ESO again, or delete the ValidatingWebhookConfigurations secretstore-validate and externalsecret-validate"},
		[]string{"not found"}, []string{callFailed, ofESO, "service "}, nil},
	{Cause{"EI262", "something else answers at the port of ESO's webhook, with a certificate for another name: the kubelet, most likely",
		"give the webhook another port in the chart's values, such as webhook.port=9443"},
		[]string{"x509: certificate is valid for", "certificate is not valid for any names"}, []string{callFailed, ofESO}, nil},
	{Cause{"EI223", "the API server does not trust the certificate of ESO's webhook",
		"restart the Deployment external-secrets-cert-controller, which writes that trust"},
		[]string{"x509:"}, []string{callFailed, ofESO}, nil},
	{Cause{"EI224", "the API server cannot reach ESO's webhook",
		"allow the control plane to reach the webhook's pod on port 10250"},
		[]string{callFailed}, []string{ofESO}, nil},
	{Cause{"EI226", "the webhook %NAME% of another product cannot be asked and stands in the way",
		"mend that webhook, whose Service the detail names, then run the same command again"},
		[]string{callFailed}, nil, quoted(callFailed + ` ("[^"]+")`)},
	{Cause{"EI225", "ESO's webhook refuses the object", "correct what the message names"},
		[]string{"external-secrets.io\" denied the request"}, nil, nil},
	{NoResources,
		[]string{"no matches for kind", "the server could not find the requested resource"}, nil, nil},
}

// WebhookNotYetReachable reports whether text is one of the messages seen while a freshly installed webhook starts.
// They heal by themselves within two minutes.
func WebhookNotYetReachable(text string) bool {
	c, ok := OfOperator(text)
	return ok && (c.Code == "EI221" || c.Code == "EI222" || c.Code == "EI223" || c.Code == "EI224")
}

// OldResources means that the cluster serves ESO's resources in other versions only than the one that is needed.
func OldResources(needed, served string) Cause {
	if served == "" {
		served = "none"
	}
	return Cause{"EI207", "the cluster serves ESO's resources in the versions " + served + ", not in " + needed + ": ESO is older than 0.16, or its CRDs are",
		"upgrade ESO with its CRDs: kubectl eso-infisical upgrade"}
}
