package cause

// NoResources means that the kinds of External Secrets Operator are unknown to the cluster.
var NoResources = Cause{"EI204", "ESO's custom resources are not installed in this cluster", "install ESO: kubectl eso-infisical install"}

// PodStuck means that a pod of ESO will not start by itself.
var PodStuck = Cause{"EI210", "a pod of ESO does not start, and waiting will not mend it",
	"look at the pods: kubectl -n external-secrets describe pods"}

const webhookFix = "look at the webhook's pods: kubectl eso-infisical doctor"

var operatorRules = []rule{
	{Cause{"EI221", "no pod of ESO's webhook is ready, so nothing of ESO's can be written", webhookFix},
		[]string{"no endpoints available for service", "connection refused"}, []string{"failed calling webhook"}, nil},
	{Cause{"EI222", "a webhook configuration of ESO is left over: its Service does not exist",
		"install ESO again, or delete the ValidatingWebhookConfigurations secretstore-validate and externalsecret-validate"},
		[]string{"not found"}, []string{"failed calling webhook", "service "}, nil},
	{Cause{"EI223", "the API server does not trust the certificate of ESO's webhook",
		"restart the Deployment external-secrets-cert-controller, which writes that trust"},
		[]string{"x509:"}, []string{"failed calling webhook"}, nil},
	{Cause{"EI224", "the API server cannot reach ESO's webhook",
		"allow the control plane to reach the webhook's pod on port 10250"},
		[]string{"failed calling webhook"}, nil, nil},
	{Cause{"EI225", "ESO's webhook refuses the object", "correct what the message names"},
		[]string{"external-secrets.io\" denied the request"}, nil, nil},
	{NoResources,
		[]string{"no matches for kind", "the server could not find the requested resource"}, nil, nil},
}

// WebhookNotYetReachable reports whether text is one of the messages seen while a freshly installed webhook starts.
// They heal by themselves within two minutes.
func WebhookNotYetReachable(text string) bool {
	c, ok := FromText(text)
	return ok && (c.Code == "EI221" || c.Code == "EI222" || c.Code == "EI223" || c.Code == "EI224")
}
