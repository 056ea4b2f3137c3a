package catalogue

import "github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"

const docsExternalSecret = "https://external-secrets.io/latest/api/externalsecret/"

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
