package catalogue

import "github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"

const docsPolicies = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"

// cutOff are the codes that keep ESO from the network.
var cutOff = []cause.Code{"EI551", "EI552"}

// reach is the way from ESO to Infisical's API.
var reach = []Entry{
	{
		Code: "EI501", Title: "the host name of Infisical can be resolved", Severity: Error,
		Why: "The name is unknown where it is asked for. ESO asks the cluster's DNS, which may know other names than this machine.",
		Fix: "Check the address. A name that only your network knows must be known to the cluster's DNS, too.", Command: applyStore + " --host https://NAME", After: cutOff,
	},
	{
		Code: "EI502", Title: "something listens at the address of Infisical", Severity: Error,
		Why: "The connection is refused: Infisical does not run, or the port is wrong.",
		Fix: "Start Infisical, or correct the address.", Command: applyStore + " --host https://NAME:PORT",
	},
	{
		Code: "EI503", Title: "Infisical answers in time", Severity: Error,
		Why: "Nothing comes back. A firewall, a NetworkPolicy or a route is in the way, or the server hangs.",
		Fix: "Check the address, and that the nodes may connect to it.", After: cutOff, Links: []string{docsPolicies},
	},
	{
		Code: "EI504", Title: "Infisical speaks TLS where TLS is expected", Severity: Error,
		Why: "The server answers with plain HTTP at an https address.",
		Fix: "Use the port that speaks TLS.", Command: applyStore + " --host https://NAME:PORT",
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
		Fix: "Look at Infisical's own log, with the reqId of the message.",
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
		Fix: "Check slugs and paths: lower case, no spaces. The detail says what it refuses.",
	},
	{
		Code: "EI513", Title: "the proxy to Infisical can be reached", Severity: Error,
		Why: "A proxy is to be used, and does not answer.",
		Fix: "Correct HTTPS_PROXY, or name Infisical's host in NO_PROXY.", After: []cause.Code{"EI553"},
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
