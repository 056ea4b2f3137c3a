package catalogue

import "github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"

const docsStore = "https://external-secrets.io/latest/api/clustersecretstore/"

// idle are the codes for which ESO looks at no store at all.
var idle = append([]cause.Code{"EI201", "EI202", "EI260"}, podCodes...)

// stores are ESO's ClusterSecretStores, and what ESO says of them.
var stores = []Entry{
	{
		Code: "EI701", Title: "there is a ClusterSecretStore for Infisical", Severity: Error,
		Why: "A store tells ESO where Infisical is, which project to read, and how to log in.",
		Fix: "Create it.", Command: applyStore, After: []cause.Code{"EI201", "EI204"}, Links: []string{docsStore, docsProvider},
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
