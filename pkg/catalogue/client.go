package catalogue

const (
	docsKubeconfig = "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/"
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
}
