package catalogue

import "github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"

const (
	docsPolicies = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"
	docsServices = "https://kubernetes.io/docs/concepts/services-networking/service/"
)

// cutOff are the codes that keep ESO from the network.
var cutOff = []cause.Code{"EI551", "EI552"}

// unserved are the codes for which nothing answers where the store says.
var unserved = []cause.Code{"EI526", "EI527", "EI524"}

// reach is the way from ESO to Infisical's API.
var reach = []Entry{
	{
		Code: "EI501", Title: "the host name of Infisical can be resolved", Severity: Error,
		Why: "The name is unknown where it is asked for. ESO asks the cluster's DNS, which may know other names than this machine.",
		Fix: "Check the address. A name that only your network knows must be known to the cluster's DNS, too.", Command: applyStore + " --host https://NAME", After: append([]cause.Code{"EI526"}, cutOff...),
	},
	{
		Code: "EI502", Title: "something listens at the address of Infisical", Severity: Error,
		Why: "The connection is refused: Infisical does not run, or the port is wrong.",
		Fix: "Start Infisical, or correct the address.", Command: applyStore + " --host https://NAME:PORT", After: unserved,
	},
	{
		Code: "EI503", Title: "Infisical answers in time", Severity: Error,
		Why: "Nothing comes back. A firewall, a NetworkPolicy or a route is in the way, or the server hangs.",
		Fix: "Check the address, and that the nodes may connect to it.", After: append(unserved, cutOff...), Links: []string{docsPolicies},
	},
	{
		Code: "EI504", Title: "Infisical speaks TLS where TLS is expected", Severity: Error,
		Why: "The server answers with plain HTTP at an https address.",
		Fix: "Use the port that speaks TLS.", Command: applyStore + " --host https://NAME:PORT", After: []cause.Code{"EI525"},
	},
	{
		Code: "EI505", Title: "Infisical's API answers", Severity: Error,
		Why: "Something else answers: a page for people, a login of a proxy, or a path that the API does not have. ESO takes any answer with status 200 for a success, so that a store may be ready and its secrets empty.",
		Fix: "Use https://HOST without a path. An address that ends in /api/ becomes /api/api, and one with http:// is redirected.", Command: applyStore + " --host https://NAME",
		After: []cause.Code{"EI550"}, Links: []string{docsProvider},
	},
	{
		Code: "EI506", Title: "Infisical is behind its proxy", Severity: Error,
		Why: "A proxy or an ingress answers in place of Infisical, which is down or not ready.",
		Fix: "Look at Infisical's own pods, and at the ingress before it.",
	},
	{
		Code: "EI507", Title: "the address of Infisical has a scheme", Severity: Error,
		Why: "Without https:// ESO does not know how to connect, and says so after 14 seconds.",
		Fix: "Write it as https://HOST.", Command: applyStore + " --host https://NAME",
	},
	{
		Code: "EI508", Title: "Infisical's rate limit is kept", Severity: Error,
		Why: "All of the cluster's requests come from one address, and each sync of an ExternalSecret logs in, reads each key by itself, and revokes its token.",
		Fix: "Wait a minute. Then use longer refresh intervals, or one dataFrom.find in place of many keys.", Links: []string{docsProvider},
	},
	{
		Code: "EI509", Title: "Infisical does not fail", Severity: Error,
		Why: "The server answers with an internal error: its database or Redis may be away, or it is in maintenance mode.",
		Fix: "Look at Infisical's own log, with the reqId of the message.", After: []cause.Code{"EI511"},
	},
	{
		Code: "EI510", Title: "the connection to Infisical holds", Severity: Error,
		Why: "It was cut before the answer came, as by a proxy or a load balancer.",
		Fix: "Check what stands between, such as a proxy or a load balancer.", After: cutOff,
	},
	{
		Code: "EI511", Title: "Infisical is not in maintenance mode", Severity: Error,
		Why: "Nobody can log in meanwhile.",
		Fix: "Wait until it is over (MAINTENANCE_MODE of the server).",
	},
	{
		Code: "EI512", Title: "Infisical understands the request", Severity: Error,
		Why: "It refuses the form of a slug, a path or another value.",
		Fix: "Check slugs and paths: lower case, no spaces. The detail says what it refuses.", After: []cause.Code{"EI651", "EI652"},
	},
	{
		Code: "EI513", Title: "the proxy to Infisical can be reached", Severity: Error,
		Why: "A proxy is to be used, and does not answer.",
		Fix: "Correct HTTPS_PROXY, or name Infisical's host in NO_PROXY.", After: []cause.Code{"EI553"},
	},
	{
		Code: "EI520", Title: "what answers at Infisical's address is Infisical's API", Severity: Error,
		Why: "A page or a redirect answers in place of the API, or nothing at all. ESO takes any answer with status 200 for success: the store stays ready, and its Secrets become empty.",
		Fix: "Let what stands before Infisical pass requests below /api, or use an address that leads to Infisical itself.", Command: applyStore + " --host https://NAME",
	},
	{
		Code: "EI521", Title: "Infisical's clock and this machine's agree", Severity: Warning,
		Why: "Certificates and tokens are valid between two times, each by the clock of whoever judges it. With a wrong clock they are refused though they are right.",
		Fix: "Set the wrong clock right (NTP), and look at those of the nodes.",
	},
	{
		Code: "EI522", Title: "the refresh intervals keep within the limit of Infisical's cloud", Severity: Warning,
		Why: "ESO logs in, reads each key by itself and revokes its token at every sync, all from one address. Beyond the limit Infisical answers nobody for the rest of the minute.",
		Fix: "Use longer refresh intervals, or one dataFrom.find in place of many keys.", Links: []string{docsProvider},
	},
	{
		Code: "EI523", Title: "the address is not that of Infisical's web site", Severity: Warning,
		Why: "The web site has pages for people alone. The API is at app.infisical.com (US) and eu.infisical.com (EU), which know each other's identities not at all.",
		Fix: "Use the one where the organisation is.", Command: applyStore + " --host https://app.infisical.com", Links: []string{docsProvider},
	},
	{
		Code: "EI524", Title: "the address leads out of ESO's own pod", Severity: Error,
		Why: "For a pod, localhost and 127.0.0.1 are the pod itself. Infisical is not there, though it may be on the machine where the address was tried.",
		Fix: "Use the name or address at which the cluster reaches Infisical.", Command: applyStore + " --host https://NAME",
	},
	{
		Code: "EI525", Title: "scheme and port of the address fit", Severity: Error,
		Why: "The port is the usual one of the other scheme: 80 is for http, 443 for https.",
		Fix: "Take the port out of the address, or use the other scheme.", Command: applyStore + " --host https://NAME",
	},
	{
		Code: "EI526", Title: "the Service that the store names exists, with that port", Severity: Error,
		Why: "The address is that of a Service in the cluster. Without the Service its name is not known to DNS, and without the port nothing answers.",
		Fix: "Correct name, namespace or port in the store's address.", Command: "kubectl get services -A", Links: []string{docsServices},
	},
	{
		Code: "EI527", Title: "Infisical's pods are ready behind their Service", Severity: Error,
		Why: "The address is that of a Service in the cluster, and no pod behind it is ready: Infisical does not run, or its selector fits no pod.",
		Fix: "Look at Infisical's own pods and their log.", Command: "kubectl get pods -A", Links: []string{docsServices},
	},
	{
		Code: "EI528", Title: "Infisical does not say that it is in maintenance mode", Severity: Error,
		Why: "In maintenance mode nobody can log in. Newer servers answer with an internal error then, so that ESO's own text does not tell; the server does when it is asked.",
		Fix: "Wait until it is over (MAINTENANCE_MODE of the server).",
	},
	{
		Code: "EI550", Title: "the address of Infisical has the form that ESO expects", Severity: Error,
		Why: "ESO adds /api to what does not end in it. Of https://HOST/api/ it makes /api/api, of a double slash an empty folder; neither exists.",
		Fix: "Write the address as https://HOST.", Command: applyStore + " --host https://NAME", Links: []string{docsProvider},
	},
	{
		Code: "EI551", Title: "a NetworkPolicy lets ESO out", Severity: Error,
		Why: "Policies select ESO's pods and allow no traffic out at all: neither to DNS, nor to the API server, nor to Infisical. The chart's own policy does that unless it is given rules.",
		Fix: "Add rules for DNS (port 53), the API server and Infisical.", Command: "kubectl -n NAMESPACE get networkpolicies", Links: []string{docsPolicies},
	},
	{
		Code: "EI552", Title: "NetworkPolicies let ESO reach DNS and Infisical", Severity: Warning,
		Why: "Policies limit what ESO's pods may connect to, and no rule names the port of DNS, or that of Infisical.",
		Fix: "Check that they allow DNS (port 53), the API server and Infisical's address.", Command: "kubectl -n NAMESPACE get networkpolicies", Links: []string{docsPolicies},
	},
	{
		Code: "EI553", Title: "ESO's proxy settings leave out what is in the cluster", Severity: Warning,
		Why: "The controller has HTTPS_PROXY set, and Infisical's host is in the cluster or on a private address that NO_PROXY does not name. A proxy outside cannot reach it.",
		Fix: "Add the host to NO_PROXY in the chart's values (extraEnv).",
	},
}
