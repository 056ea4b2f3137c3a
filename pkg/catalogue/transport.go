package catalogue

import "github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"

const (
	applyCA    = "kubectl eso-infisical apply-ca --ca-file FILE"
	applyStore = "kubectl eso-infisical apply-store"
)

// finer are the causes for which ESO's own text may say no more than that it does not trust the certificate.
var finer = []cause.Code{"EI404", "EI405", "EI406", "EI407", "EI408", "EI410", "EI413", "EI414"}

// transport is TLS: the CA that the cluster holds, and the certificates that Infisical presents.
var transport = []Entry{
	{
		Code: "EI401", Title: "the CA that the store trusts has signed Infisical's certificate", Severity: Error,
		Why: "ESO refuses to talk to a server whose certificate no CA vouches for that it trusts. The store names the wrong CA, or none.",
		Fix: "Put the CA in place that has issued the server's certificate.", Command: applyCA,
		After: append([]cause.Code{"EI402", "EI403", "EI409", "EI452", "EI256"}, finer...), Links: []string{docsProvider},
	},
	{
		Code: "EI402", Title: "the ConfigMap with the CA certificate exists", Severity: Error,
		Why: "The store refers to it, and ESO does not even try to log in without it.",
		Fix: "Create it.", Command: applyCA, Links: []string{docsProvider},
	},
	{
		Code: "EI403", Title: "the ConfigMap has the key that the store names", Severity: Error,
		Why: "The CA is looked for under a key that the ConfigMap does not have.",
		Fix: "Put the CA in place again, or correct caProvider.key of the store.", Command: applyCA, Links: []string{docsProvider},
	},
	{
		Code: "EI404", Title: "Infisical's certificate is for the host that is used", Severity: Error,
		Why: "The certificate lists other names or addresses than the store's host.",
		Fix: "Use a name that the certificate lists, or have one issued for this name.", Command: applyStore + " --host https://NAME",
		After: []cause.Code{"EI406"},
	},
	{
		Code: "EI405", Title: "Infisical's certificate is within its dates", Severity: Error,
		Why: "It has expired, is not valid yet, or a clock is wrong.",
		Fix: "Renew the server's certificate, or set the clock right.",
	},
	{
		Code: "EI406", Title: "Infisical's certificate names its host as an alternative name", Severity: Error,
		Why: "It names the host in the Common Name only, which Go programs, ESO among them, accept no longer.",
		Fix: "Have a certificate issued with a subject alternative name for the host.",
	},
	{
		Code: "EI407", Title: "the CA in the cluster is the present one", Severity: Error,
		Why: "Infisical's certificate was signed by another CA of the same name: the CA has been renewed, or this is another server.",
		Fix: "Get the CA's present certificate, and put it in place.", Command: "kubectl eso-infisical rotate ca --ca-file FILE",
	},
	{
		Code: "EI408", Title: "whoever has signed Infisical's certificate may", Severity: Error,
		Why: "A certificate of the chain was issued by one that is not marked as a CA (CA:TRUE).",
		Fix: "Have the server's certificate issued by a CA certificate.",
	},
	{
		Code: "EI409", Title: "the CA certificate in the cluster can be used", Severity: Error,
		Why: "What is in the ConfigMap is no valid CA certificate. ESO says nothing of that, and fails later with an unknown authority.",
		Fix: "Put the CA in place again; the program refuses what cannot be used.", Command: applyCA, Links: []string{docsProvider}, After: []cause.Code{"EI402", "EI403", "EI452"},
	},
	{
		Code: "EI410", Title: "Infisical sends its whole chain", Severity: Error,
		Why: "The server sends its own certificate without those of the intermediate CAs, so that nobody can follow it to the CA.",
		Fix: "Configure the server with its full chain, or add the intermediate certificate to the CA file.", Command: applyCA,
	},
	{
		Code: "EI411", Title: "Infisical and ESO agree on a version of TLS", Severity: Error,
		Why: "They have no version or cipher of TLS in common.",
		Fix: "Let the server speak TLS 1.2 or newer.", After: []cause.Code{"EI412"},
	},
	{
		Code: "EI412", Title: "Infisical asks for no client certificate", Severity: Error,
		Why: "The server, or a proxy before it, wants mutual TLS. ESO cannot present a certificate of its own.",
		Fix: "Let Infisical be reached without mutual TLS, such as through another ingress.",
	},
	{
		Code: "EI413", Title: "the certificates are strong enough", Severity: Error,
		Why: "A key or a signature of the chain is too weak, and Go refuses it.",
		Fix: "Have the certificate issued anew with a key and a signature of today, such as ECDSA P-256 or RSA 2048 with SHA-256.",
	},
	{
		Code: "EI414", Title: "Infisical's certificate is meant for a server", Severity: Error,
		Why: "The CA is right, but the certificate may not be used for this host, or by a server at all.",
		Fix: "Have the server's certificate issued for this host and for use by a server (serverAuth).",
	},
	{
		Code: "EI415", Title: "no other tool keeps the object with the CA", Severity: Error,
		Why: "A GitOps tool or a controller keeps the ConfigMap or Secret as it wants it, and would undo the change.",
		Fix: "Change the CA where that tool takes it from, or give the object another name with --ca-configmap or --ca-secret.",
	},
	{
		Code: "EI416", Title: "the object with the CA can be changed", Severity: Error,
		Why: "The ConfigMap or Secret is marked as immutable, so that the API server refuses every change.",
		Fix: "Delete it, and put the CA in place again.", Command: applyCA,
	},
	{
		Code: "EI417", Title: "the Secret with the CA holds nothing else", Severity: Error,
		Why: "Writing the CA into a Secret that holds credentials, too, could take them away, and whoever may read the CA could read them.",
		Fix: "Name a Secret for the CA alone with --ca-secret.",
	},
	{
		Code: "EI418", Title: "ESO trusts the server with the new CA alone", Severity: Error,
		Why: "From here the server presents a certificate of the new CA, but ESO meets one of the old: another server by the same name, or one behind a load balancer. " +
			"Both CAs were put back in place.",
		Fix: "See that every server by that name has its new certificate, then run the rotation again.", Command: "kubectl eso-infisical rotate ca --watch",
	},
	{
		Code: "EI419", Title: "the server presents the CA whose fingerprint was given", Severity: Error,
		Why: "The fingerprint is not that of the CA which would be trusted. Either it was copied from another certificate, or somebody stands between you and the server.",
		Fix: "Compare it with what whoever runs the server says, and give the CA as a file if in doubt.", Command: applyCA,
	},
	{
		Code: "EI430", Title: "what Infisical presents to this machine is what ESO accepts", Severity: Error,
		Why: "ESO says in a few words that it does not trust the server. The certificates themselves tell the reason: another CA, a name, a date, a missing intermediate.",
		Fix: "Do what the cause says that is named with it.", Command: applyCA, Links: []string{docsProvider},
	},
	{
		Code: "EI431", Title: "Infisical's certificate stays valid for 30 days at least", Severity: Warning,
		Why: "From the day on which it expires, ESO can no longer reach Infisical, and no secret is refreshed.",
		Fix: "Renew the certificate on the server. If it then is issued by another CA, put that CA in place before.", Command: applyCA,
	},
	{
		Code: "EI432", Title: "the CA bundle holds nothing but CAs that serve", Severity: Warning,
		Why: "Beside the certificate that does the work there are others that are expired, not valid yet, or no CA. They help nobody, and hide that the right one may be missing.",
		Fix: "Put the CA of Infisical's server alone in place.", Command: applyCA,
	},
	{
		Code: "EI433", Title: "the store has its CA in one place", Severity: Warning,
		Why: "The store holds a CA itself (caBundle), and names a ConfigMap or Secret with one (caProvider). ESO takes the first, so that a CA which is renewed in the second never arrives.",
		Fix: "Take one of the two out of the store.", Command: applyStore, Links: []string{docsProvider},
	},
	{
		Code: "EI450", Title: "the CA certificate stays valid for 30 days at least", Severity: Warning,
		Why: "From the day on which it expires, ESO can no longer reach Infisical, and no secret is refreshed.",
		Fix: "Get the renewed certificate, and put it in place before.", Command: applyCA,
	},
	{
		Code: "EI451", Title: "secrets travel encrypted", Severity: Warning,
		Why: "The store's address begins with http://, so that client secret and secret values cross the network in the clear.",
		Fix: "Use an address that begins with https://.", Command: applyStore + " --host https://NAME",
	},
	{
		Code: "EI452", Title: "the store says where in the ConfigMap its CA is", Severity: Error,
		Why: "In caProvider, the namespace or the key is missing. A ClusterSecretStore has no namespace of its own, and ESO then looks for the key \"\".",
		Fix: "Write the store again, which names both.", Command: applyStore, Links: []string{docsProvider},
	},
}
