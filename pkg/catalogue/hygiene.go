package catalogue

// hygiene is what works, and should not stay so.
var hygiene = []Entry{
	{
		Code: "EI901", Title: "no annotation holds the credentials", Severity: Error,
		Why:     "By kubectl apply, the whole Secret was written into its annotation last-applied-configuration, where tools and backups that take care of Secrets' data do not expect it.",
		Fix:     "Remove the annotation, and rotate the client secret if others may have seen it. This program never writes it.",
		Command: "kubectl -n NAMESPACE annotate secret NAME kubectl.kubernetes.io/last-applied-configuration-",
	},
	{
		Code: "EI902", Title: "no private key is in the CA's ConfigMap", Severity: Error,
		Why: "ConfigMaps are not protected as Secrets are. Whoever reads the key of a CA can pretend to be Infisical, or anyone else.",
		Fix: "Put the certificate alone in place, and make a new key: this one is known.", Command: applyCA,
	},
	{
		Code: "EI903", Title: "the store is open to chosen namespaces only", Severity: Warning,
		Why: "The ClusterSecretStore has no conditions, so that whoever may create an ExternalSecret in any namespace reads every secret that the store's identity sees.",
		Fix: "Name the namespaces that need it in spec.conditions of the store, or acknowledge this if the cluster is one team's.", Links: []string{docsStore},
	},
	{
		Code: "EI904", Title: "no test is left behind", Severity: Warning,
		Why: "A namespace that was made for a test is still there, with a real secret in it.",
		Fix: "Remove it.", Command: "kubectl eso-infisical cleanup",
	},
	{
		Code: "EI905", Title: "no probe is left behind", Severity: Warning,
		Why:     "A run was killed while ESO tried out credentials for it. The store that it made logs in again and again, and may lock the identity.",
		Fix:     "Remove the store and its Secret. The next bootstrap, identity create or rotate credentials does that, too.",
		Command: "kubectl delete clustersecretstores -l eso-infisical.dev/purpose=probe",
	},
	{
		Code: "EI910", Title: "a namespace that is deleted goes", Severity: Error,
		Why: "Something in it has a finalizer whose controller does not work.",
		Fix: "Let that controller run. A finalizer of external-secrets.io is ESO's.", Command: "kubectl get namespace NAME -o yaml",
	},
	{
		Code: "EI911", Title: "ESO's controller has the rights of its work, and no more", Severity: Warning,
		Why: "Its ServiceAccount may do anything in the cluster. Whoever gets into the controller's pod has the cluster.",
		Fix: "Take the ClusterRoleBinding away that gives it more than the chart's own roles.", Command: "kubectl get clusterrolebindings --output wide",
	},
	{
		Code: "EI912", Title: "not everybody may read the credentials", Severity: Error,
		Why: "Every ServiceAccount of the cluster may read the Secret, and with it everything that the machine identity sees in Infisical.",
		Fix: "Take the right from the group, and rotate the client secret, since others may have read it.", Command: "kubectl eso-infisical rotate credentials",
	},
	{
		Code: "EI913", Title: "ServiceAccount default may not read the credentials", Severity: Warning,
		Why: "Pods that name no ServiceAccount run as default. What it may, each of them may.",
		Fix: "Take the right from it, and give who needs it a ServiceAccount of its own.", Command: "kubectl -n NAMESPACE get rolebindings --output wide",
	},
	{
		Code: "EI914", Title: "the credentials of a store for all lie in ESO's namespace", Severity: Warning,
		Why: "The store serves the whole cluster, and its credentials lie in a namespace where others work. Whoever may read Secrets there has what all namespaces have.",
		Fix: "Keep them in ESO's namespace, or use a SecretStore for that namespace alone.", Command: "kubectl eso-infisical bootstrap",
	},
	{
		Code: "EI915", Title: "an old client secret is revoked in time", Severity: Warning,
		Why: "A rotation has put a new client secret in place and kept the old one for a while, which is over. Until it is revoked, whoever has a copy can log in.",
		Fix: "Run the rotation again, which revokes it and makes no new one.", Command: "kubectl eso-infisical rotate credentials",
	},
	{
		Code: "EI916", Title: "no upgrade is left half done", Severity: Warning,
		Why: "An upgrade of ESO was killed. It has noted what it was at, and nobody has gone on.",
		Fix: "Run the upgrade again, which goes on or back.", Command: "kubectl eso-infisical upgrade",
	},
	{
		Code: "EI917", Title: "no copy of the credentials is left behind", Severity: Warning,
		Why: "A run that tried credentials out was killed and has left the Secret with them.",
		Fix: "Remove it. The next bootstrap, identity create or rotate credentials does that, too.", Command: "kubectl -n NAMESPACE delete secrets -l eso-infisical.dev/purpose=probe",
	},
}
