package catalogue

import "github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"

const docsStore = "https://external-secrets.io/latest/api/clustersecretstore/"

const docsSecretStore = "https://external-secrets.io/latest/api/secretstore/"

// idle are the codes for which ESO looks at no store at all.
var idle = append([]cause.Code{"EI201", "EI202", "EI260"}, podCodes...)

// stores are ESO's ClusterSecretStores, and what ESO says of them.
var stores = []Entry{
	{
		Code: "EI701", Title: "there is a store for Infisical", Severity: Error,
		Why: "A store tells ESO where Infisical is, which project to read, and how to log in.",
		Fix: "Create it.", Command: applyStore, After: []cause.Code{"EI201", "EI204", "EI234"}, Links: []string{docsStore, docsProvider},
	},
	{
		Code: "EI702", Title: "the store is ready", Severity: Error,
		Why:     "ESO cannot use the store, so that no ExternalSecret of it is synced. Secrets that are there already stay as they are.",
		Fix:     "The cause that is named with it says why. ESO's own condition never does; its event does.",
		Command: "kubectl get events -n default --field-selector involvedObject.kind=ClusterSecretStore", Links: []string{docsStore},
	},
	{
		Code: "EI703", Title: "there is an event that says why the store is not ready", Severity: Error,
		Why: "The condition of a store never carries the cause, and Kubernetes forgets events after an hour. They are in the namespace default. The controller's log tells the same, for as long as its pod lives.",
		Fix: "Let ESO look at the store again, and read the event or the controller's log.", Command: applyStore,
	},
	{
		Code: "EI704", Title: "ESO has looked at the store", Severity: Error,
		Why: "The store has no status: the controller does not run, or is told to leave the store alone.",
		Fix: "Look at Deployment external-secrets and its log.", Command: "kubectl -n NAMESPACE logs deployment/external-secrets",
		After: append([]cause.Code{"EI750"}, idle...),
	},
	{
		Code: "EI705", Title: "the definitions of ESO's stores have the fields that are needed", Severity: Error,
		Why: "A field that the definition lacks would be dropped without a word. caProvider came with ESO 1.2.1.",
		Fix: "Upgrade ESO with its definitions, or do without the field that the detail names.", Command: "kubectl eso-infisical upgrade", Links: []string{docsCRDs},
	},
	{
		Code: "EI706", Title: "the store is not kept by a GitOps tool", Severity: Error,
		Why: "Argo CD, Flux or another tool undoes what others change in its objects.",
		Fix: "Make the change where that tool takes the store from.", Command: "kubectl eso-infisical apply-store --diff", Links: []string{docsStore},
	},
	{
		Code: "EI710", Title: "the SecretStores of namespaces are ready", Severity: Error,
		Why:     "ESO cannot use a SecretStore, so that no ExternalSecret of its namespace that takes secrets from it is synced.",
		Fix:     "The cause that is named with it says why. ESO's own condition never does; its event does, in the store's namespace.",
		Command: "kubectl -n NAMESPACE get events --field-selector involvedObject.kind=SecretStore", Links: []string{docsSecretStore},
	},
	{
		Code: "EI711", Title: "the store has one way to log in", Severity: Warning,
		Why: "ESO takes the first that it knows, in an order of its own, and ignores the others without a word. Whoever changes one of those changes nothing.",
		Fix: "Leave the one in the store that is meant.", Links: []string{docsProvider},
	},
	{
		Code: "EI712", Title: "the store logs in in a way that ESO gets right", Severity: Error,
		Why: "ESO hands user name and password of LDAP over in the wrong order, in every version up to 2.9, so that Infisical refuses them.",
		Fix: "Let the machine identity log in by universal auth.", Command: "kubectl eso-infisical bootstrap", Links: []string{docsProvider},
	},
	{
		Code: "EI713", Title: "ESO rests between two looks at the store", Severity: Warning,
		Why: "Each look at the store is a login, a list and a logout, which count towards Infisical's rate limits; the store's refreshInterval makes no value arrive earlier.",
		Fix: "Take spec.refreshInterval out of the store. That of an ExternalSecret says how often its values are fetched.", Links: []string{docsStore},
	},
	{
		Code: "EI714", Title: "each place in Infisical has one store", Severity: Warning,
		Why: "Two stores read the same place with the same credentials. What is corrected in one of them stays wrong in the other, and each of them logs in.",
		Fix: "Let the ExternalSecrets use one of them, and delete the other.", Links: []string{docsStore},
	},
	{
		Code: "EI715", Title: "the store is not being deleted", Severity: Warning,
		Why: "Somebody has deleted the store. It goes as soon as its finalizers are taken away, and nothing is synced from then on.",
		Fix: "Find out who deletes it. A finalizer of externalsecrets.io is ESO's, for PushSecrets that use the store.", Command: "kubectl get clustersecretstore NAME --output yaml", Links: []string{docsStore},
	},
	{
		Code: "EI716", Title: "the namespaces exist that the store names", Severity: Warning,
		Why: "A name in the store's conditions that is misspelt keeps the namespace out that was meant, and lets in whoever makes a namespace of that name.",
		Fix: "Correct spec.conditions of the store, or make the namespace.", Command: applyStore + " --allow-namespace NAME", Links: []string{docsStore},
	},
	{
		Code: "EI717", Title: "there is a namespace that may use the store", Severity: Warning,
		Why: "The store's conditions fit no namespace of the cluster. The store is ready, and every ExternalSecret that uses it fails.",
		Fix: "Correct spec.conditions of the store.", Command: applyStore + " --allow-namespace NAME", Links: []string{docsStore},
	},
	{
		Code: "EI718", Title: "the store says how to log in", Severity: Error,
		Why: "The definition of stores takes one without any credentials, and ESO then cannot use it.",
		Fix: "Write the store again.", Command: applyStore, Links: []string{docsProvider},
	},
	{
		Code: "EI750", Title: "the store is for this controller", Severity: Error,
		Why: "The store's spec.controller names another class than the controller has. ESO then ignores the store and its ExternalSecrets without a word.",
		Fix: "Take spec.controller out of the store, or give the controller that class (controllerClass in the chart's values).", Links: []string{docsStore},
	},
	{
		Code: "EI751", Title: "ESO has looked at the store since its credentials and CA were changed", Severity: Warning,
		Why: "ESO watches neither the Secret nor the ConfigMap. Until it looks again, its verdict is about what was there before.",
		Fix: "Let ESO look again now.", Command: applyStore,
	},
	{
		Code: "EI752", Title: "ESO still looks at the store", Severity: Warning,
		Why: "A store is looked at every five minutes unless it says otherwise, and each look leaves an event. There has been none for long, so that Ready may be an old truth.",
		Fix: "Check that the controller works, and read its log.", Command: "kubectl -n NAMESPACE logs deployment/external-secrets", After: idle,
	},
}
