package catalogue

const docsStorage = "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#upgrade-existing-objects-to-a-new-stored-version"

const upgradePlan = "kubectl eso-infisical upgrade --plan"

// upgrades are what an upgrade of External Secrets Operator stops at; they belong to the same layer as the operator.
var upgrades = []Entry{
	{
		Code: "EI280", Title: "there is a Helm release to upgrade", Severity: Error,
		Why: "There is no release of that name in the namespace, or it has been uninstalled.",
		Fix: "Install ESO, or say where it is with --release and --namespace.", Command: install,
	},
	{
		Code: "EI281", Title: "an upgrade does not go to an older version", Severity: Error,
		Why: "An older version's definitions may lack fields that objects use. They are pruned from each object when it is next written.",
		Fix: "Give a newer --version. To go back on purpose, look at the plan with --allow-downgrade first.", Command: upgradePlan,
	},
	{
		Code: "EI283", Title: "what is stored can be read with the new definitions", Severity: Error,
		Why: "The new version of a custom resource definition lacks the version in which the cluster stores its objects, and the API server would refuse it; or ESO is older than 0.16, and its stores cannot be read as v1, so that nothing could be proved.",
		Fix: "Upgrade to a version between first, whose definitions have both the stored version and a newer one; to 0.16 with helm itself.", Command: upgradePlan, Links: []string{docsStorage},
	},
	{
		Code: "EI284", Title: "the new version works", Severity: Error,
		Why: "The new version did not prove itself, so the revision before is back in place and has been proved.",
		Fix: "Mend what the message names after the code of its own, then upgrade again.", Command: upgradePlan, Links: []string{docsHelm},
	},
	{
		Code: "EI285", Title: "there is a way back", Severity: Error,
		Why: "The new version did not prove itself, and the revision before could not be brought back, or there is none, or somebody else has deployed another meanwhile.",
		Fix: "Run the same command again, which goes on where it stopped; or look at the release's history and its pods.", Command: "helm -n NAMESPACE history RELEASE",
		Links: []string{docsHelm},
	},
	{
		Code: "EI286", Title: "every store that was ready before an upgrade is ready after it", Severity: Error,
		Why: "ESO has not found the store ready since the upgrade, or has not fetched its ExternalSecret anew.",
		Fix: "Look for the store's own cause.", Command: "kubectl eso-infisical doctor",
	},
	{
		Code: "EI287", Title: "nobody else is upgrading", Severity: Error,
		Why: "Another run of this program is at work on the release, or Helm's last revision has not ended, or the release has changed since the plan was made.",
		Fix: "Wait for that run, then run the same command again. One that was killed is seen to be dead after some seconds; a pending revision of Helm's own is ended with install --repair once it is old enough.", Command: "helm -n NAMESPACE history RELEASE",
		Links: []string{docsHelm},
	},
	{
		Code: "EI290", Title: "nobody else is setting the cluster up", Severity: Error,
		Why: "Another run of \"up\" is at work on the same cluster: it keeps a Lease in ESO's namespace alive, and the message names its process and machine.",
		Fix: "Wait for that run, then look what is left to do. The Lease of a run that was killed is taken over after some seconds.", Command: "kubectl eso-infisical up --dry-run=client",
	},
	{
		Code: "EI288", Title: "every stored object can be rewritten", Severity: Error,
		Why: "Objects are stored in a version that the new definitions do not serve, so that each is written anew first. The API server or a webhook has refused one of them. ESO runs on as before.",
		Fix: "Correct or delete the object that the message names, then run the same command again.", Links: []string{docsStorage},
	},
}
