package catalogue

import "github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"

const (
	docsExternalSecret = "https://external-secrets.io/latest/api/externalsecret/"
	docsTemplates      = "https://external-secrets.io/latest/guides/templating/"
	docsOwnership      = "https://external-secrets.io/latest/guides/ownership-deletion-policy/"
)

// externalSecrets are ESO's ExternalSecrets and the Secrets made from them.
var externalSecrets = []Entry{
	{
		Code: "EI801", Title: "the stores of the ExternalSecrets are ready", Severity: Error,
		Why: "ESO syncs nothing from a store that is not ready. After the store is mended, it may take up to seven minutes until each of them is tried again.",
		Fix: "Mend the store; the doctor names its cause.", Command: "kubectl eso-infisical doctor --only EI7xx", After: append([]cause.Code{"EI701"}, unusable...),
	},
	{
		Code: "EI802", Title: "the ExternalSecrets refer to stores that exist", Severity: Error,
		Why: "Without secretStoreRef.kind an ExternalSecret looks for a SecretStore in its own namespace, even if a ClusterSecretStore of that name is there.",
		Fix: "Correct spec.secretStoreRef: kind must be ClusterSecretStore.", Links: []string{docsExternalSecret},
	},
	{
		Code: "EI803", Title: "the stores may be used from the ExternalSecrets' namespaces", Severity: Error,
		Why: "The store's conditions do not cover the namespace. The store itself stays ready.",
		Fix: "Add the namespace to spec.conditions of the store, or its label to the namespace.", Links: []string{docsStore},
	},
	{
		Code: "EI804", Title: "the Secrets hold values", Severity: Error,
		Why: "ESO calls the ExternalSecret synced, and the value in the Secret is empty. Pods then start with empty passwords. That happens when something else than Infisical's API answers.",
		Fix: "Check that the store's host is Infisical's own address, and let the test prove it.", Command: "kubectl eso-infisical test --key KEY",
		After: []cause.Code{"EI505", "EI550"}, Links: []string{docsExternalSecret},
	},
	{
		Code: "EI805", Title: "the machine identity may read values", Severity: Error,
		Why: "Infisical masks the value: the identity may see that the secret exists, but not read it.",
		Fix: "Give the machine identity the permission to read values (readValue).", Links: []string{docsPermissions},
	},
	{
		Code: "EI806", Title: "each Secret has one owner", Severity: Error,
		Why: "Two ExternalSecrets want the same Secret. ESO lets the first have it, and fails the other.",
		Fix: "Give each ExternalSecret a target of its own (spec.target.name), or one of them creationPolicy Merge.", Links: []string{docsExternalSecret},
	},
	{
		Code: "EI807", Title: "the ExternalSecrets are synced", Severity: Error,
		Why:     "What fails is not refreshed. A Secret that was there before keeps its old values.",
		Fix:     "The cause that is named with it says why. ESO's own condition never does; its event does.",
		Command: "kubectl get events -A --field-selector involvedObject.kind=ExternalSecret,type=Warning", Links: []string{docsExternalSecret},
	},
	{
		Code: "EI808", Title: "the value in the cluster is the one in Infisical", Severity: Error,
		Why: "The two differ, by a keyed hash that shows neither.",
		Fix: "It may have changed just now: test again.", Command: "kubectl eso-infisical test --key KEY",
	},
	{
		Code: "EI809", Title: "ESO can read the ExternalSecrets' stores", Severity: Error,
		Why: "The controller cannot read the store from the API server, for another reason than its absence.",
		Fix: "Read the detail; check the controller's ClusterRole, and that its pods reach the API server.",
	},
	{
		Code: "EI812", Title: "there is a secret in the store's environment and path", Severity: Error,
		Why: "The place is empty, so that nothing could arrive. Infisical's older servers answer so for an unknown environment, too.",
		Fix: "Check the store's environment and path, or put a secret there.", Command: "kubectl eso-infisical apply-store --environment SLUG --path PATH",
	},
	{
		Code: "EI813", Title: "a test replaces nothing of others", Severity: Error,
		Why: "There is an object of the name that the test would use, and no test has made it.",
		Fix: "Test in another namespace.", Command: "kubectl eso-infisical test --test-namespace NAME",
	},
	{
		Code: "EI820", Title: "the templates of the ExternalSecrets can be carried out", Severity: Error,
		Why: "The template names a function or a key that there is not, or cannot be read. The values have been fetched, and nothing is written.",
		Fix: "Correct spec.target.template; the detail says where. Functions are those of Go's templates, of Sprig, and ESO's own.", Links: []string{docsTemplates},
	},
	{
		Code: "EI821", Title: "what templates are taken from exists", Severity: Error,
		Why: "The ExternalSecret's templateFrom names a ConfigMap or a Secret, or a key of it, that is not in its namespace.",
		Fix: "Make it, or correct the name.", Links: []string{docsTemplates},
	},
	{
		Code: "EI822", Title: "no other controller owns the target Secrets", Severity: Error,
		Why: "The Secret belongs to another controller, as one of cert-manager or of an operator does. ESO does not take it away from that.",
		Fix: "Give the ExternalSecret a target of its own, or creationPolicy Merge.", Links: []string{docsOwnership},
	},
	{
		Code: "EI823", Title: "the target Secrets can be changed", Severity: Error,
		Why: "The Secret is immutable, so that new values never get into it.",
		Fix: "Delete the Secret; ESO makes it again. Leave immutable out of the ExternalSecret where values change.", Links: []string{docsOwnership},
	},
	{
		Code: "EI824", Title: "the values have the properties that are asked for", Severity: Error,
		Why: "A property (remoteRef.property) takes a field out of a value that is a JSON object. This value is plain text, or has no such field.",
		Fix: "Take remoteRef.property away, or correct it. Upper and lower case count.", Links: []string{docsExternalSecret},
	},
	{
		Code: "EI825", Title: "the keys can be those of a Secret", Severity: Error,
		Why: "A key of a Secret is made of letters, digits, dashes, underscores and dots. With dataFrom, names are taken from Infisical as they are.",
		Fix: "Change the names by spec.dataFrom[].rewrite or conversionStrategy, or rename the secret in Infisical.", Links: []string{docsExternalSecret},
	},
	{
		Code: "EI826", Title: "keys name their folder as this version of ESO knows it", Severity: Error,
		Why: "Before 2.5, ESO takes a key with a slash in it only as a whole path that begins with one.",
		Fix: "Write /FOLDER/KEY, or upgrade ESO.", Command: "kubectl eso-infisical upgrade", Links: []string{docsProvider},
	},
	{
		Code: "EI827", Title: "the ExternalSecrets use stores of this controller", Severity: Error,
		Why: "The store's spec.controller is of another class than the controller that looks at the ExternalSecret.",
		Fix: "Take spec.controller out of the store, or use a store of this controller.", After: []cause.Code{"EI750"}, Links: []string{docsStore},
	},
	{
		Code: "EI828", Title: "ESO may write the target Secrets", Severity: Error,
		Why: "The controller's ServiceAccount lacks a right to write Secrets, so that values are fetched and do not arrive.",
		Fix: "Bring the chart's ClusterRole back; the detail says which right is missing.", Command: "kubectl eso-infisical install --repair", After: []cause.Code{"EI268"},
	},
	{
		Code: "EI829", Title: "the namespaces of the ExternalSecrets stay", Severity: Error,
		Why: "The namespace is being deleted, and nothing new can be made in it.",
		Fix: "Wait until it is gone, or find out what holds it.", Command: "kubectl get namespace NAME --output yaml",
	},
	{
		Code: "EI830", Title: "the Secrets exist that values are merged into", Severity: Error,
		Why: "With creationPolicy Merge, ESO writes into a Secret that others make. There is none, and ESO calls the ExternalSecret ready nevertheless.",
		Fix: "Make the Secret, or let ESO make it with creationPolicy Owner.", Links: []string{docsOwnership},
	},
	{
		Code: "EI831", Title: "no Secret was deleted for want of values", Severity: Warning,
		Why: "With deletionPolicy Delete, ESO deletes the Secret once Infisical gives nothing. Older servers give nothing for a wrong environment or folder, too.",
		Fix: "Check the environment and the folder in Infisical. Use deletionPolicy Retain where a Secret must stay.", Links: []string{docsOwnership},
	},
	{
		Code: "EI832", Title: "the Secrets hold what Infisical has", Severity: Error,
		Why: "Infisical gives nothing for the ExternalSecret any more, and ESO keeps the Secret as it was and calls it ready. Pods go on with values that nobody keeps.",
		Fix: "Check the environment, the folder and the names in Infisical, and delete what is not needed any more.", Links: []string{docsOwnership},
	},
	{
		Code: "EI833", Title: "no ExternalSecret writes into what a store reads", Severity: Error,
		Why: "ESO replaces the Secret that holds a store's own credentials or CA, so that the store fails when it is next looked at.",
		Fix: "Give the ExternalSecret a target of its own, and write the credentials again.", Command: "kubectl eso-infisical bootstrap",
	},
	{
		Code: "EI834", Title: "no two ExternalSecrets write the same key", Severity: Warning,
		Why: "They merge into one Secret, and the one that was refreshed last wins. The value changes back and forth, and with it the pods that are restarted on changes.",
		Fix: "Let one of them write the key, or name the keys differently (spec.data[].secretKey).", Links: []string{docsOwnership},
	},
	{
		Code: "EI835", Title: "ExternalSecrets that are deleted go", Severity: Error,
		Why: "Each has a finalizer that ESO takes away. While it does not, they stay, and namespaces that are deleted stay with them.",
		Fix: "Look at Deployment external-secrets and its log, and at its webhook, which must allow the change.", Command: "kubectl -n NAMESPACE logs deployment/external-secrets",
		After: append([]cause.Code{"EI220", "EI221", "EI222", "EI223"}, idle...),
	},
	{
		Code: "EI836", Title: "the synced ExternalSecrets may still use their stores", Severity: Warning,
		Why: "The store was closed to the namespace after the values were fetched. They stay as they are, and the next refresh fails.",
		Fix: "Add the namespace to spec.conditions of the store, or take the ExternalSecret away.", Links: []string{docsStore},
	},
	{
		Code: "EI840", Title: "the ClusterExternalSecrets are in all their namespaces", Severity: Error,
		Why: "ESO could not make the ExternalSecret in some of the namespaces, mostly since one of that name is there that others have made.",
		Fix: "Take that ExternalSecret away, or choose another spec.externalSecretName.", Command: "kubectl get clusterexternalsecrets", Links: []string{"https://external-secrets.io/latest/api/clusterexternalsecret/"},
	},
	{
		Code: "EI841", Title: "PushSecrets go to stores that can be written", Severity: Error,
		Why: "Before 2.7, ESO only reads from Infisical. What the PushSecret is to write does not arrive.",
		Fix: "Upgrade ESO to 2.7 or newer, or take the PushSecret away.", Command: "kubectl eso-infisical upgrade", Links: []string{"https://external-secrets.io/latest/api/pushsecret/"},
	},
	{
		Code: "EI850", Title: "the Secrets of synced ExternalSecrets exist", Severity: Error,
		Why: "The ExternalSecret is ready, and there is no Secret: Infisical gave no data, and ESO keeps what is there, which is nothing.",
		Fix: "Check the key, the environment and the folder. Infisical's older servers answer an unknown one with nothing.", Links: []string{docsExternalSecret},
	},
	{
		Code: "EI851", Title: "the ExternalSecrets are refreshed in time", Severity: Warning,
		Why: "The last refresh is longer ago than two of its intervals. ESO is behind, or does not work on it.",
		Fix: "Look at the controller and its log. With many ExternalSecrets, raise concurrent in the chart's values.", Command: "kubectl -n NAMESPACE logs deployment/external-secrets",
		After: idle, Links: []string{docsExternalSecret},
	},
	{
		Code: "EI852", Title: "ESO has looked at the ExternalSecrets", Severity: Error,
		Why: "An ExternalSecret has had no status for a while. The controller does not run, or ignores its store.",
		Fix: "Look at Deployment external-secrets and its log.", Command: "kubectl -n NAMESPACE logs deployment/external-secrets",
		After: append([]cause.Code{"EI704", "EI750"}, idle...), Links: []string{docsExternalSecret},
	},
}
