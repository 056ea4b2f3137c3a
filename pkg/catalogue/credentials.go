package catalogue

import "github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"

const (
	docsUniversal  = "https://infisical.com/docs/documentation/platform/identities/universal-auth"
	docsKubernetes = "https://infisical.com/docs/documentation/platform/identities/kubernetes-auth"
	docsIdentities = "https://infisical.com/docs/documentation/platform/identities/machine-identities"
	docsProvider   = "https://external-secrets.io/latest/provider/infisical/"
)

const (
	bootstrap = "kubectl eso-infisical bootstrap"
	identity  = "kubectl eso-infisical identity create"
)

// credentials are the machine identity's: in the cluster, and before Infisical.
var credentials = []Entry{
	{
		Code: "EI301", Title: "the Secret with the credentials exists", Severity: Error,
		Why: "ESO logs in to Infisical with the client ID and client secret in it.",
		Fix: "Create it. It never belongs into Git.", Command: bootstrap, Links: []string{docsProvider},
	},
	{
		Code: "EI302", Title: "the Secret holds what the store logs in with", Severity: Error,
		Why: "A key that the store names is missing from the Secret, or empty. Of an empty one ESO takes whatever its own environment holds.",
		Fix: "Write the Secret again. The store's keys and the Secret's must be the same, in upper and lower case, too.", Command: bootstrap, Links: []string{docsProvider},
	},
	{
		Code: "EI303", Title: "the store names its Secret with a namespace", Severity: Error,
		Why: "A ClusterSecretStore has no namespace of its own. ESO's webhook admits one whose references name none, and ESO then looks nowhere.",
		Fix: "Write the store again, which names the namespace in each reference.", Command: "kubectl eso-infisical apply-store", Links: []string{docsProvider},
	},
	{
		Code: "EI304", Title: "ESO may read the Secret", Severity: Error,
		Why: "ESO's ServiceAccount lacks the right to read the Secret.",
		Fix: "Check the controller's ClusterRole. A scoped install (scopedRBAC) cannot serve a ClusterSecretStore.", Links: []string{docsESO},
	},
	{
		Code: "EI305", Title: "ESO can read the Secret from the API server", Severity: Error,
		Why:     "The controller fails to ask the API server, for another reason than a missing right.",
		Fix:     "Check that the controller's pods reach the API server (NetworkPolicies, the Service kubernetes), and read its log.",
		Command: "kubectl -n NAMESPACE logs deployment/external-secrets",
	},
	{
		Code: "EI310", Title: "Infisical accepts the client ID and client secret", Severity: Error,
		Why: "They are wrong, revoked, or of another Infisical (US and EU are two). Each login with them counts towards a lock of the identity, for everyone who uses it.",
		Fix: "Create a new client secret for the machine identity in Infisical, and put it into the cluster. The program tries it once before it writes it.", Command: bootstrap,
		After: []cause.Code{"EI350", "EI302", "EI312", "EI313"}, Links: []string{docsUniversal},
	},
	{
		Code: "EI311", Title: "the machine identity is not locked", Severity: Error,
		Why: "After three failed logins within half a minute Infisical refuses the right client secret, too, for five minutes by default. Somebody uses a wrong or revoked one, in this cluster or in another.",
		Fix: "Put a valid client secret in place everywhere first, then wait until the lock ends. Do not try again in between.", Command: bootstrap,
		After: []cause.Code{"EI310", "EI312", "EI313", "EI350", "EI302"}, Links: []string{docsUniversal},
	},
	{
		Code: "EI312", Title: "the client secret has not expired", Severity: Error,
		Why: "It was created with a time to live, which is over. Infisical says so once, and calls it wrong from then on.",
		Fix: "Create a new client secret, and put it into the cluster.", Command: bootstrap, Links: []string{docsUniversal},
	},
	{
		Code: "EI313", Title: "the client secret may still be used", Severity: Error,
		Why: "It was created with a limit of uses. ESO uses it at every look at a store and at every sync.",
		Fix: "Create a client secret without a limit of uses, and put it into the cluster.", Command: bootstrap, Links: []string{docsUniversal},
	},
	{
		Code: "EI314", Title: "Infisical trusts the address that the cluster calls from", Severity: Error,
		Why: "The identity may log in from certain addresses only. Behind a proxy Infisical sees the proxy's.",
		Fix: "Add the address with which the cluster goes out to the identity's trusted IPs.", Links: []string{docsUniversal},
	},
	{
		Code: "EI315", Title: "the access token is valid", Severity: Error,
		Why: "The token is expired, revoked, or not one for this Infisical. ESO gets a new one at each sync.",
		Fix: "Run the command again. If it stays, check the clocks of the cluster and of Infisical.", Links: []string{docsIdentities},
	},
	{
		Code: "EI316", Title: "the identity is of the organisation that the store names", Severity: Error,
		Why: "The store names an organisation in which the identity is not.",
		Fix: "Correct organizationSlug of the store, or use an identity of that organisation.", Links: []string{docsProvider},
	},
	{
		Code: "EI317", Title: "Infisical accepts the token of ESO's ServiceAccount", Severity: Error,
		Why: "With Kubernetes Auth, Infisical lets in what the identity allows: ServiceAccount, namespace and audience must fit.",
		Fix: "Set the identity up again; the detail says what does not fit.", Command: identity + " --auth kubernetes", Links: []string{docsKubernetes},
	},
	{
		Code: "EI318", Title: "Infisical can ask the cluster about tokens", Severity: Error,
		Why:     "With Kubernetes Auth, Infisical has the cluster's API server review each token, and does not get there.",
		Fix:     "Give the address at which Infisical reaches the API server with --kubernetes-host, and allow that address at Infisical (ALLOW_INTERNAL_IP_CONNECTIONS).",
		Command: identity + " --auth kubernetes --kubernetes-host ADDRESS", Links: []string{docsKubernetes},
	},
	{
		Code: "EI320", Title: "nobody else keeps the Secret", Severity: Error,
		Why: "The Secret belongs to a tool that would undo the change.",
		Fix: "Change it where that tool has it from, or use another Secret: --secret NAME.",
	},
	{
		Code: "EI321", Title: "the Secret can be changed", Severity: Error,
		Why: "The Secret is marked as immutable.",
		Fix: "Delete it and write it again, or use another one: --secret NAME.", Command: bootstrap,
	},
	{
		Code: "EI322", Title: "the machine identity's name is clear", Severity: Error,
		Why: "Infisical allows several identities of one name, and guessing could give rights to the wrong one.",
		Fix: "Name the right one by its ID: --identity-id ID.", Links: []string{docsIdentities},
	},
	{
		Code: "EI323", Title: "the machine identity exists", Severity: Error,
		Why: "Infisical knows no identity of that ID or name.",
		Fix: "Copy the ID from the identity's page in Infisical, or let it be made.", Command: identity, Links: []string{docsIdentities},
	},
	{
		Code: "EI324", Title: "the client ID is the identity's", Severity: Error,
		Why: "The Secret in the cluster belongs to another identity than the one that is administered, so that the wrong client secret would be revoked.",
		Fix: "Name the identity whose client ID is in the Secret with --identity-id.", Links: []string{docsUniversal},
	},
	{
		Code: "EI325", Title: "the store works with the new client secret", Severity: Error,
		Why: "The store did not become ready with it. The old one is back in place, and ESO works with it.",
		Fix: "Mend the store's own cause, then rotate again.", Command: "kubectl eso-infisical rotate credentials",
	},
	{
		Code: "EI326", Title: "nobody uses the old client secret any more", Severity: Error,
		Why: "Somebody still logs in with it. After its revocation those logins would fail, and lock the identity for everyone.",
		Fix: "Find out who else uses it, such as another cluster, and give them the new one; then rotate again.", Command: "kubectl eso-infisical rotate credentials", Links: []string{docsUniversal},
	},
	{
		Code: "EI327", Title: "the machine identity can take on that way to log in", Severity: Error,
		Why: "It has that way already, or another one beside which this server allows none.",
		Fix: "Use the identity as it is, or another one. Servers of 2024 give each identity one way to log in.", Links: []string{docsIdentities},
	},
	{
		Code: "EI328", Title: "the machine identity was made by this program", Severity: Error,
		Why: "An identity of that name is there and was made by somebody else, who may need it as it is.",
		Fix: "Name it with --identity-id if it is meant, or use another name.", Links: []string{docsIdentities},
	},
	{
		Code: "EI329", Title: "the Secret for a client ID and a client secret is not that of Kubernetes Auth", Severity: Error,
		Why: "The Secret names the machine identity that a store logs in as by Kubernetes Auth. With a pair in its place, that store would stop working.",
		Fix: "Give the pair a Secret of its own.", Command: "kubectl eso-infisical bootstrap --secret NAME",
	},
	{
		Code: "EI330", Title: "the Secret with the credentials is not being deleted", Severity: Error,
		Why: "Somebody has deleted it, and only a finalizer still holds it. When it is gone, ESO can no longer log in.",
		Fix: "Find out who deletes it and what the finalizer waits for. Write it again when it is gone.", Command: bootstrap,
	},
	{
		Code: "EI331", Title: "the credentials can be rotated", Severity: Warning,
		Why: "The Secret is immutable, or another tool keeps it and would put the old pair back. When the client secret must be replaced, that is in the way.",
		Fix: "Let the pair be in a Secret of its own that no other tool keeps, or rotate it where that tool takes it from.", Command: bootstrap + " --secret NAME",
	},
	{
		Code: "EI332", Title: "each client secret is in one Secret only", Severity: Warning,
		Why: "A rotation replaces it in the Secret that it is told of. Once the old one is revoked, the stores with the other copy fail, and their logins lock the identity for all.",
		Fix: "Let the stores refer to one Secret, or give each a client secret of its own.", Links: []string{docsUniversal},
	},
	{
		Code: "EI333", Title: "the client secret has the form of Infisical's", Severity: Warning,
		Why: "Infisical makes client secrets of 64 hexadecimal digits. What has another form was cut off or copied from elsewhere.",
		Fix: "Write the Secret again from the value that Infisical shows when it makes a client secret.", Command: bootstrap, Links: []string{docsUniversal},
	},
	{
		Code: "EI334", Title: "client ID and client secret are in one Secret", Severity: Warning,
		Why: "Where they are in two, one is easily replaced without the other, and a rotation knows of one Secret only.",
		Fix: "Put both into one Secret, and write the store again.", Command: bootstrap,
	},
	{
		Code: "EI350", Title: "the credentials look like a machine identity's", Severity: Error,
		Why: "The Secret holds something else in their place: a placeholder, a value in quotes or in base64, with white space inside, or the two swapped. Every login with it fails, and three lock the identity.",
		Fix: "Write the Secret again from the values that Infisical shows.", Command: bootstrap, Links: []string{docsUniversal},
	},
	{
		Code: "EI351", Title: "no white space surrounds the credentials", Severity: Warning,
		Why: "A line end or a blank was stored with the value, as by echo or an editor. Infisical trims it today; other readers of the Secret do not.",
		Fix: "Write the Secret again.", Command: bootstrap,
	},
	{
		Code: "EI352", Title: "no rotation of the credentials is half done", Severity: Warning,
		Why: "The Secret still holds the pair that a rotation has replaced, and the old client secret is valid.",
		Fix: "Run the rotation again, which goes on where it was interrupted.", Command: "kubectl eso-infisical rotate credentials",
	},
}
