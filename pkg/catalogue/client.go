package catalogue

const (
	docsKubeconfig = "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/"
	docsAuthn      = "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
	docsExec       = docsAuthn + "#client-go-credential-plugins"
	docsKubeadm    = "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/"
	docsTime       = "https://chrony-project.org/documentation.html"
	docsApply      = "https://kubernetes.io/docs/reference/using-api/server-side-apply/"
)

// client is what lies between this program and the cluster.
var client = []Entry{
	{
		Code: "EI101", Title: "the kubeconfig leads to a cluster", Severity: Error,
		Why: "Without a cluster to ask, nothing can be found out. This says nothing about the cluster itself.",
		Fix: "Set KUBECONFIG, or name the file with --kubeconfig and the context with --context.", Command: "kubectl config get-contexts",
		Links: []string{docsKubeconfig},
	},
	{
		Code: "EI102", Title: "the cluster answers", Severity: Error,
		Why: "Everything else is asked of the cluster's API server. If it cannot be reached from here, it may still work for others.",
		Fix: "Check the context, the network between here and the API server (VPN, proxy, firewall) and your login.", Command: "kubectl cluster-info",
		Links: []string{docsKubeconfig},
	},
	{
		Code: "EI103", Title: "the cluster accepts the user of the kubeconfig", Severity: Error,
		Why: "The API server answers, and does not know who asks: a client certificate or a token has expired, or the cluster was made anew under the same address.",
		Fix: "Log in to the cluster again, or fetch the kubeconfig anew.", Command: "kubectl auth whoami",
		Links: []string{docsAuthn},
	},
	{
		Code: "EI104", Title: "no other field manager owns what is to be written", Severity: Error,
		Why:   "Fields that another tool owns, such as kubectl or a GitOps controller, would be changed back and forth.",
		Fix:   "Change the object where it is managed, or take the fields over with --force-conflicts if nothing else writes it.",
		Links: []string{docsApply},
	},
	{
		Code: "EI105", Title: "nobody else changes the object meanwhile", Severity: Error,
		Why: "Somebody has changed the object between the look at it and the write. That change is kept, and nothing is written over it.",
		Fix: "Run the same command again, which looks at the object anew.",
	},
	{
		Code: "EI106", Title: "this machine trusts the certificate of the API server", Severity: Error,
		Why: "Nothing is sent to a server that cannot prove who it is. Its certificate has expired, is for another name, or is signed by another CA than that of the kubeconfig, as after a cluster was made anew or behind a proxy that opens TLS.",
		Fix: "Fetch the kubeconfig anew, or correct certificate-authority and server in it.", Command: "kubectl config view --minify",
		Links: []string{docsKubeconfig},
	},
	{
		Code: "EI107", Title: "the client certificate of the kubeconfig stays valid for a week at least", Severity: Warning,
		Why:   "When it has expired, the cluster knows this user no more. Certificates of kubeadm last for a year.",
		Fix:   "Fetch the kubeconfig anew, or renew the certificate.",
		Links: []string{docsKubeadm},
	},
	{
		Code: "EI108", Title: "the program that the kubeconfig logs in with works", Severity: Error,
		Why:   "The kubeconfig names a program that obtains the credentials, as those of clouds do. It is not installed, or fails, so that nothing was asked of the cluster.",
		Fix:   "Install the program, put it on the PATH, or log in by it once more.",
		Links: []string{docsExec},
	},
	{
		Code: "EI109", Title: "the API server's clock and this machine's agree", Severity: Warning,
		Why:   "Certificates and tokens that are valid for the one are not yet or no more valid for the other, and ages are judged wrongly.",
		Fix:   "Let both take their time by NTP.",
		Links: []string{docsTime},
	},
	{
		Code: "EI110", Title: "the clocks of ESO's nodes and the API server's agree", Severity: Warning,
		Why:   "ESO judges certificates by the clock of its node. One that is wrong makes those of Infisical seem expired, or not valid yet, on that node alone.",
		Fix:   "Let the node take its time by NTP.",
		Links: []string{docsTime},
	},
}
