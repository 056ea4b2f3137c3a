package catalogue

import "github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"

const (
	docsESO      = "https://external-secrets.io/latest/introduction/getting-started/"
	docsFAQ      = "https://external-secrets.io/latest/introduction/faq/"
	docsSupport  = "https://external-secrets.io/latest/introduction/stability-support/"
	docsPods     = "https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/"
	docsWebhooks = "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/"
	docsCRDs     = "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/"
	docsHelm     = "https://helm.sh/docs/helm/helm_history/"
)

const (
	install  = "kubectl eso-infisical install"
	describe = "kubectl -n NAMESPACE describe pods"
)

// podCodes are the reasons for which a pod of ESO does not run.
var podCodes = []cause.Code{"EI210", "EI251", "EI252", "EI253", "EI254", "EI263", "EI264"}

// notInstalled are the codes that follow from ESO's absence.
var notInstalled = []cause.Code{"EI201"}

// operator is External Secrets Operator as it is installed: release, pods, custom resource definitions, webhook.
var operator = []Entry{
	{
		Code: "EI201", Title: "External Secrets Operator is installed", Severity: Error,
		Why: "Without External Secrets Operator (ESO) nobody fetches secrets from Infisical.",
		Fix: "Install it. If it has been installed in another namespace or under another release name, give them with --namespace and --release.", Command: install,
		After: []cause.Code{"EI233"}, Links: []string{docsESO},
	},
	{
		Code: "EI202", Title: "the Deployments of External Secrets Operator are available", Severity: Error,
		Why: "The controller fetches secrets, the webhook admits every change of ESO's objects, the cert-controller keeps the webhook's certificate.",
		Fix: "Look at the pods and their events. Scale a Deployment up whose replicas are 0; bring one back with helm upgrade that is gone.", Command: describe,
		After: append([]cause.Code{"EI201", "EI203", "EI213", "EI215", "EI270", "EI274"}, podCodes...), Links: []string{docsPods},
	},
	{
		Code: "EI203", Title: "the Helm release is deployed", Severity: Error,
		Why: "A release that has failed or never ended may be half there, and Helm refuses to upgrade it.",
		Fix: "Look at its history, then roll it back or upgrade it. One that this program has begun is completed by installing again.", Command: "helm -n NAMESPACE history RELEASE",
		Links: []string{docsHelm},
	},
	{
		Code: "EI204", Title: "the custom resource definitions of External Secrets Operator are there", Severity: Error,
		Why: "Without them the cluster knows neither stores nor ExternalSecrets, and ESO's pods do not start. Where they were deleted, all ExternalSecrets and the Secrets made from them went, too.",
		Fix: "Install ESO together with its definitions. They come with the chart unless installCRDs is false.", Command: install,
		After: notInstalled, Links: []string{docsESO},
	},
	{
		Code: "EI205", Title: "the chart of External Secrets Operator can be fetched", Severity: Error,
		Why:   "Nothing has been installed.",
		Fix:   "Check --repo, --chart and --version, and the way to the chart repository. Without internet access, give a chart that lies on this machine: --chart ./FILE.tgz.",
		Links: []string{docsESO},
	},
	{
		Code: "EI206", Title: "ESO's ServiceAccount exists", Severity: Error,
		Why: "ESO's pods talk to the API server as their ServiceAccount, and with Kubernetes Auth ESO logs in to Infisical with its token. Without it no pod can be made, and those that run are not let in any more.",
		Fix: "Bring it back with the release, or install ESO first.", Command: install + " --repair", After: notInstalled,
	},
	{
		Code: "EI207", Title: "the cluster serves ESO's resources in the version that is needed", Severity: Error,
		Why: "ESO before 0.16 has no version v1 of its resources, and this program writes no other.",
		Fix: "Upgrade ESO with its definitions.", Command: "kubectl eso-infisical upgrade", Links: []string{docsCRDs},
	},
	{
		Code: "EI208", Title: "the chart is External Secrets Operator's", Severity: Error,
		Why: "The chart has another name. Nothing has been installed.",
		Fix: "Give ESO's own chart with --chart.", Links: []string{docsESO},
	},
	{
		Code: "EI209", Title: "the chart brings the custom resource definitions", Severity: Error,
		Why: "A checkout of the sources has no templates of them. Helm would install such a chart without a word, and nothing would work.",
		Fix: "Use a released chart. If the definitions are in the cluster already, give --set installCRDs=false.", Links: []string{docsCRDs},
	},
	{
		Code: "EI210", Title: "the pods of External Secrets Operator start", Severity: Error,
		Why: "A pod is in a state that does not heal by itself, however long one waits.",
		Fix: "Read its events: they name the image, the mount or the setting that is wrong.", Command: describe,
		Links: []string{docsPods},
	},
	{
		Code: "EI220", Title: "the API server reaches the webhook", Severity: Error,
		Why: "The webhook must admit every change of stores and ExternalSecrets, deletions included. While it does not answer, nothing of ESO's can be written.",
		Fix: "The cause that is named with it says what stands in the way.", After: append([]cause.Code{"EI201", "EI202", "EI204"}, podCodes...),
		Links: []string{docsWebhooks, docsFAQ},
	},
	{
		Code: "EI221", Title: "a pod of the webhook is ready", Severity: Error,
		Why: "No pod of the webhook takes requests, so the API server refuses every change of stores and ExternalSecrets. Right after an installation this heals by itself within two minutes.",
		Fix: "Look at the pods of Deployment external-secrets-webhook, and at external-secrets-cert-controller, which makes its certificate.", Command: describe,
		After: append([]cause.Code{"EI201", "EI202", "EI213", "EI215"}, podCodes...), Links: []string{docsPods},
	},
	{
		Code: "EI222", Title: "no webhook configuration is left over", Severity: Error,
		Why:     "A ValidatingWebhookConfiguration of ESO points to a Service that does not exist, so that nothing of ESO's can be written or deleted, finalizers included.",
		Fix:     "Install ESO again, or delete the two configurations if ESO is to be gone.",
		Command: "kubectl delete validatingwebhookconfiguration secretstore-validate externalsecret-validate", After: append([]cause.Code{"EI215", "EI255"}, notInstalled...), Links: []string{docsWebhooks},
	},
	{
		Code: "EI223", Title: "the API server trusts the webhook's certificate", Severity: Error,
		Why:     "The CA in the webhook configuration is not the one that the webhook's certificate was made with: the cert-controller, which writes it, does not run, a GitOps tool empties it, or two installations fight over it.",
		Fix:     "Restart the cert-controller. If that does not last, find out who else writes the configuration, and let it ignore caBundle.",
		Command: "kubectl -n NAMESPACE rollout restart deployment external-secrets-cert-controller",
		After:   append([]cause.Code{"EI202", "EI255"}, podCodes...), Links: []string{docsWebhooks},
	},
	{
		Code: "EI224", Title: "the API server can connect to the webhook", Severity: Error,
		Why:   "The pod is there, and the control plane does not get through to it: a firewall between control plane and nodes, a NetworkPolicy, or a network in which the control plane is not.",
		Fix:   "Allow the control plane to reach the webhook's pods on port 10250. Where it is not on the pods' network, use webhook.hostNetwork=true and another port in the chart's values.",
		After: append([]cause.Code{"EI202", "EI215", "EI221", "EI289"}, podCodes...), Links: []string{docsFAQ},
	},
	{
		Code: "EI225", Title: "the webhook admits the object", Severity: Error,
		Why: "ESO's webhook has looked at the object and refuses it.",
		Fix: "Correct what its message names.",
	},
	{
		Code: "EI226", Title: "no webhook of another product stands in the way", Severity: Error,
		Why: "The cluster asks that webhook, too, and it cannot be asked.",
		Fix: "Mend that webhook, whose Service the detail names, then run the same command again.", Links: []string{docsWebhooks},
	},
	{
		Code: "EI227", Title: "no CRD of ESO has the conversion webhook of an older ESO", Severity: Error,
		Why:     "Objects of that kind can be neither read nor written: the API server asks a webhook to convert them that is gone.",
		Fix:     "Apply the definitions of the version that is installed, which convert nothing (deploy/crds/bundle.yaml of its release).",
		Command: "kubectl apply --server-side --force-conflicts -f bundle.yaml", Links: []string{docsCRDs},
	},
	{
		Code: "EI229", Title: "the chart makes objects of its values", Severity: Error,
		Why: "A template of the chart fails with the values that were given. Nothing has been installed.",
		Fix: "Correct the value that the detail names.", Links: []string{docsESO},
	},
	{
		Code: "EI230", Title: "one may look at what could stand in the way", Severity: Error,
		Why: "What may not be looked at may be there or not. An install could break it, or be broken by it.",
		Fix: "Ask for the right to get and list it.",
	},
	{
		Code: "EI231", Title: "the version of ESO is supported", Severity: Warning,
		Why: "ESO mends the newest minor version only.",
		Fix: "Plan an upgrade, one minor version at a time.", Command: "kubectl eso-infisical upgrade", Links: []string{docsSupport},
	},
	{
		Code: "EI232", Title: "the version of ESO is tested with this Kubernetes", Severity: Warning,
		Why: "The project has not tried the two together.",
		Fix: "Try it out elsewhere first, or choose the version of ESO that was tested with it.", Links: []string{docsSupport},
	},
	{
		Code: "EI233", Title: "the namespace is not being deleted", Severity: Error,
		Why: "Whatever is installed into it goes along with it.",
		Fix: "Wait until it is gone. Its status says what it waits for.", Command: "kubectl get namespace NAMESPACE -o yaml",
	},
	{
		Code: "EI234", Title: "no object of the chart is being deleted", Severity: Error,
		Why: "Helm installs over a definition that is being deleted without a word, and ESO breaks when it goes.",
		Fix: "Wait until it is gone. Its finalizers say what it waits for; for a definition that is its objects.", Command: "kubectl get crd", Links: []string{docsCRDs},
	},
	{
		Code: "EI235", Title: "objects of the chart belong to the release", Severity: Error,
		Why: "Somebody has made them without Helm, which does not touch what it has not made.",
		Fix: "Let the release take them over, which asks first, or leave definitions alone with --set installCRDs=false.", Command: "kubectl eso-infisical install --take-ownership",
	},
	{
		Code: "EI236", Title: "no object of the chart belongs to another release", Severity: Error,
		Why: "Names of webhook configurations and definitions exist once in a cluster, so that two releases of ESO cannot both have them.",
		Fix: "Use the release that is there, with --namespace and --release.", Command: "helm list -A", Links: []string{docsFAQ},
	},
	{
		Code: "EI237", Title: "no object of the chart is kept by a GitOps tool", Severity: Error,
		Why: "The tool undoes what others do to its objects.",
		Fix: "Install ESO by that tool, or take the objects out of it first.",
	},
	{
		Code: "EI238", Title: "the definitions are in the cluster where the chart does not bring them", Severity: Error,
		Why: "The chart is told not to bring them (installCRDs=false), and ESO's pods do not start without them.",
		Fix: "Leave installCRDs on, or apply the definitions of the same version first.", Command: "kubectl apply --server-side -f bundle.yaml", Links: []string{docsCRDs},
	},
	{
		Code: "EI239", Title: "the rights for an install are there", Severity: Error,
		Why: "The API server would refuse a part of the install half-way. Nothing has been changed.",
		Fix: "Ask a cluster administrator, or use another context or --as.", Command: "kubectl auth can-i --list",
	},
	{
		Code: "EI241", Title: "the release is not kept by a GitOps tool", Severity: Error,
		Why: "Argo CD, Flux or another tool undoes what others do to its release: it is made again as soon as it is gone, while its custom resources are deleted.",
		Fix: "Remove or mend it where that tool takes it from.", Command: "helm -n NAMESPACE status RELEASE", Links: []string{docsESO},
	},
	{
		Code: "EI244", Title: "what is to be kept is a Secret", Severity: Error,
		Why: "An ExternalSecret has a target of another kind, which goes with it. Only Secrets can be taken from their ExternalSecrets.",
		Fix: "Take the target over by hand, and delete that ExternalSecret before.", Command: "kubectl -n NAMESPACE get externalsecret NAME -o yaml", Links: []string{docsESO},
	},
	{
		Code: "EI247", Title: "a deployed release has all of its objects", Severity: Error,
		Why: "Somebody has deleted or stopped what the release consists of. Helm does not notice, and an install leaves a deployed release as it is.",
		Fix: "Apply the release again as it is recorded.", Command: "kubectl eso-infisical install --repair", Links: []string{docsESO},
	},
	{
		Code: "EI248", Title: "Helm has a record of the release", Severity: Warning,
		Why: "The Secrets are gone in which Helm records a release, and its objects are there. Helm takes it for absent.",
		Fix: "Install the same version with the same values: the objects are taken over, since they carry the release's name.", Command: "kubectl eso-infisical install", Links: []string{docsESO},
	},
	{
		Code: "EI251", Title: "the images of ESO's pods can be pulled", Severity: Error,
		Why: "A node cannot fetch the image: its name is wrong, the registry asks for a login, or it cannot be reached from the node.",
		Fix: "Read the event of the pod. Without internet access, mirror the image and set global.repository in the chart's values.", Command: describe, Links: []string{docsPods},
	},
	{
		Code: "EI252", Title: "the containers of ESO's pods can be made", Severity: Error,
		Why: "The node has the image and cannot start the container: a Secret or ConfigMap that it mounts is missing, or a security setting forbids it.",
		Fix: "Read the event of the pod, which names what is missing.", Command: describe, Links: []string{docsPods},
	},
	{
		Code: "EI253", Title: "the containers of ESO's pods keep running", Severity: Error,
		Why: "A container ends again and again. The controller does when a definition is missing or of another version; the webhook does while it has no certificate; any does when it is out of memory.",
		Fix: "Read the last lines that the container has written.", Command: "kubectl -n NAMESPACE logs POD --previous",
		After: []cause.Code{"EI204", "EI206", "EI207", "EI213", "EI227", "EI256", "EI267", "EI275", "EI276", "EI277", "EI279"}, Links: []string{docsPods},
	},
	{
		Code: "EI254", Title: "the pods of ESO find a node", Severity: Error,
		Why: "The scheduler finds no node with enough room, or none that the pod may run on.",
		Fix: "Read the event of the pod: make room, or correct node selector, tolerations or requests.", Command: describe, Links: []string{docsPods},
	},
	{
		Code: "EI255", Title: "the webhook configurations belong to this installation", Severity: Error,
		Why: "There is one pair of webhook configurations in a cluster, and it points to the Service of another namespace: of another installation, or of one that is gone.",
		Fix: "Decide which installation is to stay, and remove the other one.", Command: "helm list -A", Links: []string{docsWebhooks},
	},
	{
		Code: "EI256", Title: "the custom resource definitions fit the controller", Severity: Error,
		Why:     "The controller writes and reads fields that the definitions do not know. The API server drops what it does not know without a word, as the CA of a store.",
		Fix:     "Apply the definitions of the version that is installed (deploy/crds/bundle.yaml of its release), or upgrade ESO together with them.",
		Command: "kubectl apply --server-side --force-conflicts -f bundle.yaml", Links: []string{docsCRDs},
	},
	{
		Code: "EI257", Title: "the custom resource definitions are established", Severity: Error,
		Why: "The API server has a definition and does not serve it: its names are taken, or it is being deleted.",
		Fix: "Read the conditions of the definition.", Command: "kubectl describe crd clustersecretstores.external-secrets.io", After: []cause.Code{"EI234"}, Links: []string{docsCRDs},
	},
	{
		Code: "EI258", Title: "no objects are stored in a version that is gone", Severity: Warning,
		Why: "The definition still lists a version as stored that it does not serve. The next upgrade that removes this version is refused by the API server.",
		Fix: "Write each object of that kind anew, then take the version out of status.storedVersions of the definition.", Links: []string{docsCRDs},
	},
	{
		Code: "EI259", Title: "External Secrets Operator is installed once", Severity: Error,
		Why: "Two installations fight over the webhook configurations and the definitions, of which a cluster has one set, and both fetch the same secrets.",
		Fix: "Decide which one is to stay, and uninstall the other without its definitions.", Command: "helm list -A", Links: []string{docsFAQ},
	},
	{
		Code: "EI260", Title: "the controller looks at ClusterSecretStores", Severity: Error,
		Why: "The controller was told to leave them alone, by its scope or by an argument. Stores then stay without any status, and nobody says why.",
		Fix: "Correct the chart's values: processClusterStore=true, and neither scopedNamespace nor scopedRBAC.", Command: "helm -n NAMESPACE get values RELEASE", Links: []string{docsESO},
	},
	{
		Code: "EI261", Title: "the version of ESO has no known advisory", Severity: Warning,
		Why: "Versions before 2.4.1 are affected by CVE-2026-42876. ESO mends the newest minor version only.",
		Fix: "Upgrade, one minor version at a time, and read its notes first.", Command: "kubectl eso-infisical upgrade", Links: []string{docsSupport},
	},
	{
		Code: "EI262", Title: "the webhook answers with its own certificate", Severity: Error,
		Why: "Something else answers at the webhook's port, with a certificate for another name. On nodes whose network the pods share (Fargate, hostNetwork) that is the kubelet, which has port 10250, too.",
		Fix: "Give the webhook another port in the chart's values, such as webhook.port=9443.", Links: []string{docsFAQ},
	},
	{
		Code: "EI263", Title: "the node can set up the pods of ESO", Severity: Error,
		Why: "The container runtime or the network plugin of the node fails before any container starts.",
		Fix: "Mend the node: its event names what fails.", Command: describe, Links: []string{docsPods},
	},
	{
		Code: "EI264", Title: "the cluster lets ESO's pods be created", Severity: Error,
		Why: "A quota, a policy or an admission webhook refuses them, so that there is not even a pod to look at.",
		Fix: "Change the quota or policy that the message names, or what it asks for in the chart's values.", Command: "kubectl -n NAMESPACE describe replicasets", After: []cause.Code{"EI206", "EI233"}, Links: []string{docsPods},
	},
	{
		Code: "EI265", Title: "what ESO's roles grant may be granted", Severity: Error,
		Why: "The API server lets nobody grant rights that he does not hold himself, unless he may escalate and bind.",
		Fix: "Ask a cluster administrator to install ESO.", Command: "kubectl auth can-i --list",
	},
	{
		Code: "EI266", Title: "the deployed release is as asked for", Severity: Error,
		Why: "An install leaves a deployed release as it is. The version or the values that were given are other ones.",
		Fix: "Change it by an upgrade.", Command: "kubectl eso-infisical upgrade",
	},
	{
		Code: "EI268", Title: "the controller's ServiceAccount may do the controller's work", Severity: Error,
		Why: "Without the right to write events and status, the controller fails in silence: stores keep a condition that nobody renews.",
		Fix: "Bring back the ClusterRole and the ClusterRoleBinding of the release.", Command: install + " --repair", After: notInstalled, Links: []string{docsESO},
	},
}
