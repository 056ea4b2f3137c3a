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
}
