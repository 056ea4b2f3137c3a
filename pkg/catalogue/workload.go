package catalogue

import "github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"

const (
	docsValues = "https://github.com/external-secrets/external-secrets/tree/main/deploy/charts/external-secrets"
	docsLeases = "https://kubernetes.io/docs/concepts/architecture/leases/"
)

// workload is what an installation needs so as to go on working: how its pods are run, and the way to its webhook. It belongs to the same layer as
// the operator.
var workload = []Entry{
	{
		Code: "EI213", Title: "the webhook has got its certificate", Severity: Error,
		Why: "The cert-controller writes the certificate into the Secret of the webhook, which the chart makes empty. Without it the webhook does not start, and nothing of ESO's can be written.",
		Fix: "Bring the Secret back with the release if it is gone, and read what the cert-controller says.", Command: "kubectl -n NAMESPACE logs deployment/external-secrets-cert-controller",
		After: []cause.Code{"EI201", "EI275", "EI277"}, Links: []string{docsFAQ},
	},
	{
		Code: "EI214", Title: "the CA of the webhook stays valid for 30 days at least", Severity: Warning,
		Why: "The cert-controller renews it long before it ends. When it has expired, the API server refuses every change of stores and ExternalSecrets.",
		Fix: "Find out why it is not renewed.", Command: "kubectl -n NAMESPACE logs deployment/external-secrets-cert-controller",
		Links: []string{docsWebhooks},
	},
	{
		Code: "EI215", Title: "the Service of the webhook leads to its pods", Severity: Error,
		Why: "The API server reaches the webhook by that Service. It is gone, has another port, or selects other pods, though the webhook itself may run.",
		Fix: "Bring it back as the chart has it.", Command: install + " --repair",
		After: notInstalled, Links: []string{docsWebhooks},
	},
	{
		Code: "EI216", Title: "the parts of ESO are of one version", Severity: Warning,
		Why: "Controller, webhook and cert-controller are tested together. An older webhook refuses, or lets pass, what the controller sees otherwise.",
		Fix: "Set one image for all in the chart's values, or none.", Command: "kubectl eso-infisical upgrade",
		Links: []string{docsValues},
	},
	{
		Code: "EI217", Title: "ESO has memory enough", Severity: Warning,
		Why: "The node ends a container that uses more than its limit. Meanwhile secrets are late, and the next big sync ends it again.",
		Fix: "Raise the limit in the chart's values; many or large ExternalSecrets, and caching of all Secrets, need more.", Command: "kubectl -n NAMESPACE top pods",
		Links: []string{docsValues},
	},
	{
		Code: "EI218", Title: "the pods of ESO run without starting again and again", Severity: Warning,
		Why: "A container that runs now has ended several times within the hour, and may end again. Between two starts nothing is fetched.",
		Fix: "Read what it has written before it ended.", Command: "kubectl -n NAMESPACE logs POD --previous",
		Links: []string{docsPods},
	},
	{
		Code: "EI219", Title: "of several controllers one leads", Severity: Warning,
		Why: "Without an election each of them fetches every secret: that many times the logins and requests at Infisical, and writes that meet each other.",
		Fix: "Set leaderElect=true in the chart's values, or run one.", Command: "kubectl eso-infisical upgrade --set leaderElect=true",
		Links: []string{docsValues, docsLeases},
	},
	{
		Code: "EI267", Title: "the cluster serves all kinds that the controller watches", Severity: Error,
		Why: "The controller watches more kinds than stores and ExternalSecrets, and ends at its start where one of them is missing. One that runs goes on until it has to start again.",
		Fix: "Apply the definitions of the version that is installed (deploy/crds/bundle.yaml of its release), or tell the controller to do without that kind.", Command: "kubectl apply --server-side -f bundle.yaml",
		After: []cause.Code{"EI201", "EI204"}, Links: []string{docsCRDs},
	},
	{
		Code: "EI269", Title: "ESO's proxy settings leave out the API server", Severity: Warning,
		Why: "With a proxy and without an exception for the API server's address, ESO asks the proxy for its own cluster, which most proxies refuse or break.",
		Fix: "Add the address of the Service default/kubernetes, or the network of Services, to NO_PROXY.", Links: []string{docsValues},
	},
	{
		Code: "EI270", Title: "the newest settings of ESO's Deployments are in use", Severity: Error,
		Why: "A change was rolled out, and its pods do not become ready. Pods of before go on with the old settings, so that all looks well until they end.",
		Fix: "Look at the newest pods, or undo the change.", Command: "kubectl -n NAMESPACE rollout status deployment NAME",
		After: append([]cause.Code{"EI201", "EI206", "EI213", "EI274"}, podCodes...), Links: []string{docsPods},
	},
	{
		Code: "EI274", Title: "the cert-controller sees the definitions", Severity: Error,
		Why: "With --enable-partial-cache it sees definitions alone that carry the label external-secrets.io/component=controller, and after its next start it waits for the others for ever. Definitions that were applied by hand or by a GitOps tool may lack it.",
		Fix: "Label the definitions, or apply those of the release.", Command: "kubectl label crd NAME external-secrets.io/component=controller",
		After: []cause.Code{"EI201", "EI204"}, Links: []string{docsCRDs},
	},
	{
		Code: "EI275", Title: "the API server refuses ESO's pods nothing that they work with", Severity: Error,
		Why: "A pod of ESO is not ready and has been told that it may not read or write what it needs.",
		Fix: "Bring back the roles and bindings of the release.", Command: install + " --repair",
		After: []cause.Code{"EI201", "EI206", "EI268"}, Links: []string{docsESO},
	},
	{
		Code: "EI276", Title: "ESO knows the arguments that it is started with", Severity: Error,
		Why: "ESO ends at its start where an argument is not known to its version or has a value that it cannot read.",
		Fix: "Correct the chart's values, extraArgs above all.", Command: "helm -n NAMESPACE get values RELEASE",
		Links: []string{docsValues},
	},
	{
		Code: "EI277", Title: "ESO's pods reach the API server", Severity: Error,
		Why: "A pod of ESO is not ready and cannot connect to the API server of its own cluster: its node's network is broken, or a NetworkPolicy keeps it in.",
		Fix: "Look at the node's network and at NetworkPolicies.", Command: "kubectl -n NAMESPACE get pods,networkpolicies -o wide",
		After: []cause.Code{"EI201", "EI551", "EI552"}, Links: []string{docsPolicies},
	},
	{
		Code: "EI278", Title: "the controller keeps its lease", Severity: Warning,
		Why: "A leader that cannot renew its lease in time ends and starts again: the API server, or etcd behind it, is slow, or the controller gets too little CPU.",
		Fix: "Find out which of them is slow, or give the leader more time (extraArgs).", Command: "kubectl -n NAMESPACE get leases",
		Links: []string{docsLeases},
	},
	{
		Code: "EI279", Title: "the ports that ESO needs are free", Severity: Error,
		Why: "Pods in the network of their node share its ports with all else there, the kubelet's 10250 among them.",
		Fix: "Give ESO other ports in the chart's values, such as webhook.port, or do without hostNetwork.", Links: []string{docsFAQ},
	},
	{
		Code: "EI289", Title: "NetworkPolicies let the API server reach the webhook", Severity: Error,
		Why: "Policies that select the webhook's pods let in nothing but what they name. The API server is no pod, so that no rule by labels admits it.",
		Fix: "Add a rule for the webhook's port without a source, or with an ipBlock of the control plane.", Command: "kubectl -n NAMESPACE get networkpolicies",
		Links: []string{docsPolicies, docsFAQ},
	},
}
