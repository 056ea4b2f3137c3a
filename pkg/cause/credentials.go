package cause

// Causes about the credentials that are found by looking at the Secret, too.
var (
	CredentialsMissing = Cause{"EI301", "the Secret with the machine identity's credentials does not exist",
		"create it: kubectl eso-infisical bootstrap"}
	CredentialsIncomplete = Cause{"EI302", "the Secret with the credentials lacks the client ID or the client secret",
		"write it again: kubectl eso-infisical bootstrap"}
)

// Servers of 2024 refuse a login with Kubernetes Auth in texts that say nothing of it; the route does.
const kubernetesLoginPath = "kubernetes-auth/login"

var (
	kubernetesLogin = Cause{KubernetesLogin, "Infisical does not accept the token of ESO's ServiceAccount for this machine identity",
		"run kubectl eso-infisical identity create --auth kubernetes again; the detail says what does not fit"}
	kubernetesReview = Cause{KubernetesReview, "Infisical cannot ask the cluster's API server about tokens",
		"give the address at which Infisical reaches the API server with --kubernetes-host, and allow that address at Infisical (ALLOW_INTERNAL_IP_CONNECTIONS)"}
)

var credentialRules = []rule{
	{CredentialsMissing,
		[]string{"cannot get Kubernetes secret"}, []string{"not found"}, nil},
	{Cause{"EI303", "the store names its credentials Secret without a namespace, which a ClusterSecretStore needs",
		"write the store again: kubectl eso-infisical apply-store"},
		[]string{"an empty namespace may not be set when a resource name is provided"}, nil, nil},
	{Cause{"EI304", "ESO is not allowed to read the Secret with the credentials",
		"check the controller's ClusterRole; a scoped install (scopedRBAC) cannot serve a ClusterSecretStore"},
		[]string{"is forbidden"}, []string{"cannot get Kubernetes secret"}, nil},
	{Cause{"EI305", "ESO's controller cannot read the Secret with the credentials from the API server",
		"check that the controller's pods reach the API server (NetworkPolicies, the Service kubernetes), and the log of Deployment external-secrets"},
		[]string{"cannot get Kubernetes secret"}, nil, nil},
	{Cause{"EI302", "a key %NAME% is missing from the Secret with the credentials",
		"write it again: kubectl eso-infisical bootstrap"},
		[]string{"cannot find secret data for key"}, nil, quoted(`key: ("[^"]+")`)},
	{Cause{SecretExpired, "the client secret has expired",
		"create a new client secret for the machine identity in Infisical, then run kubectl eso-infisical bootstrap"},
		[]string{"expired client secret"}, nil, nil},
	{Cause{UsesExhausted, "the client secret has been used as often as its limit allows; ESO uses it at every sync",
		"create a client secret without a use limit in Infisical, then run kubectl eso-infisical bootstrap"},
		[]string{"client secret usage limit reached", "client secret number of uses limit reached"}, nil, nil},
	{locked,
		[]string{"temporarily locked"}, nil, nil},
	{Cause{WrongCredentials, "Infisical refuses the client ID or client secret (wrong, revoked, or of another Infisical)",
		"create a new client secret for the machine identity in Infisical, then run kubectl eso-infisical bootstrap"},
		[]string{"Invalid credentials"}, nil, nil},
	{Cause{AddressNotTrusted, "Infisical does not trust the address that the request came from",
		"add the cluster's egress address to the identity's trusted IPs in Infisical"},
		[]string{"from the current IP address"}, nil, nil},
	{kubernetesLogin,
		[]string{"You are not allowed to access this resource", "Invalid username format"}, []string{kubernetesLoginPath}, nil},
	{kubernetesReview,
		[]string{"connect E", "Request failed with status code"}, []string{kubernetesLoginPath}, nil},
	{Cause{TokenInvalid, "the access token is expired or not valid",
		"run the command again; if it stays, check the clocks of the cluster and of Infisical"},
		[]string{"Your token has expired", "token is malformed", "Failed to authorize", "Cannot renew", "Failed to renew MI access token", "Token missing",
			"jwt expired", "jwt malformed", `"invalid signature"`, `"invalid token"`, "access token number of uses limit reached",
			"not an identity access token", "exceeded max age", "does not belong to any organization"}, nil, nil},
	{Cause{"EI316", "the machine identity is not of the organisation that the store names",
		"correct organizationSlug of the store, or use an identity of that organisation"},
		[]string{"Sub organization with", "not authorized to access sub organization"}, nil, nil},
	{kubernetesLogin,
		[]string{"Access denied: K8s", "Kubernetes auth method not found", "Kubernetes token not authenticated", "KubernetesTokenReview"}, nil, nil},
	{kubernetesReview,
		[]string{"Local IPs not allowed as URL", "KubernetesHost", "KubernetesConnection", "KubernetesCertificateError", "TokenReviewerPermissionError"}, nil, nil},
	{Cause{AuthMethodTaken, "the machine identity has that way to log in already, or another one beside which this server allows none",
		"use the identity as it is, or another one; servers of 2024 give each identity one way to log in"},
		[]string{"already configured identity"}, nil, nil},
	{Cause{IdentityUnknown, "Infisical knows no machine identity with that ID",
		"copy the ID from the identity's page in Infisical"},
		[]string{"Failed to find identity with id", "Failed to find identity with ID"}, nil, nil},
}
