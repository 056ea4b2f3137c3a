package infisical

import "github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"

// causes2024 is what the answers that a server of mid-2024 gave mean.
var causes2024 = map[cause.Code]string{
	// Not a failure: the answer to whether there is universal auth.
	"":                       "ua-get-not-attached",
	cause.AuthMethodTaken:    "k8s-attach-duplicate ua-attach-duplicate",
	cause.EnvironmentUnknown: "secrets-get-env-not-found secrets-get-path-not-found",
	cause.ExistsAlready:      "membership-add-duplicate secrets-create-duplicate",
	cause.IdentityUnknown:    "identity-get-not-found membership-add-identity-not-found",
	cause.InvalidRequest: `identity-create-malformed-json identity-create-missing-name identity-list-v1-no-org secrets-get-no-workspace
		secrets-list-env-missing secrets-list-expand-true-capital secrets-list-user-jwt-slug token-renew-missing-field ua-attach-no-body
		ua-attach-ttl-above-max ua-attach-zero-ttl ua-login-empty-body ua-login-missing-secret ua-login-text-plain ua-login-wrong-type
		ua-update-ttl-above-max`,
	cause.KubernetesLogin: `k8s-login-not-a-service-account k8s-login-not-attached k8s-login-not-authenticated k8s-login-unknown-identity
		k8s-login-wrong-audience`,
	cause.KubernetesReview:  "k8s-login-api-unreachable k8s-login-reviewer-forbidden",
	cause.ManagementDenied:  "identity-create-wrong-org membership-add-forbidden project-create-forbidden ua-attach-forbidden ua-client-secret-create-forbidden",
	cause.NotInfisical:      "healthcheck not-found-root not-found-route not-found-route-garbage-bearer not-found-v4-secrets",
	cause.NotMember:         "membership-get-after-remove secrets-get-not-member secrets-list-not-member-id secrets-list-not-member-slug",
	cause.PermissionMissing: "secrets-delete-viewer-refused secrets-get-member-no-access secrets-update-viewer-refused",
	cause.ProjectUnknown:    "project-get-by-id-not-uuid secrets-list-id-not-found secrets-list-id-not-uuid",
	cause.RateLimited:       "ratelimit-exceeded",
	cause.SecretExpired:     "ua-login-secret-expired",
	cause.SecretUnknown:     "secrets-get-import-not-included secrets-get-lowercase secrets-get-not-found",
	cause.ServerFailed:      "identity-get-not-uuid project-create-slug-taken ua-client-secret-revoke-not-found k8s-login-identity-not-uuid",
	cause.TokenInvalid: `identity-create-no-token project-list-identity-token ratelimit-garbage-token ratelimit-no-token secrets-get-garbage-token
		secrets-get-no-token secrets-list-bare-token secrets-list-basic-auth secrets-list-garbage-token secrets-list-wrong-signature
		status-garbage-bearer token-after-identity-deleted token-expired-ttl token-jwt-expired token-renew-default-ttls
		token-renew-expired-ttl token-renew-garbage token-renew-jwt-expired token-renew-wrong-signature token-revoked-use
		token-uses-limit-after token-uses-limit-exceeded`,
	cause.UsesExhausted:    "ua-login-uses-exhausted",
	cause.WrongCredentials: "ua-login-revoked-secret ua-login-uses-exhausted-again ua-login-wrong-client-id ua-login-wrong-secret",
}

// causes2026 is what the answers that the API of 2026 documents mean.
var causes2026 = map[cause.Code]string{
	cause.AddressNotTrusted:  "login-untrusted-address token-untrusted-address",
	cause.AuthMethodTaken:    "universal-auth-attached-already",
	"EI316":                  "login-unknown-organization login-other-organization",
	cause.EnvironmentUnknown: "secrets-unknown-environment secrets-unknown-environment-recursive secrets-unknown-path secret-unknown-path",
	cause.ExistsAlready:      "membership-again privilege-again",
	cause.IdentityUnknown:    "identity-unknown client-secret-unknown",
	cause.InvalidRequest:     "login-missing-field secrets-no-project secrets-bad-boolean universal-auth-ttl",
	cause.KubernetesLogin:    "kubernetes-login-not-attached kubernetes-login-namespace kubernetes-login-audience kubernetes-login-review",
	cause.KubernetesReview:   "kubernetes-private-address kubernetes-reviewer kubernetes-login-refused",
	cause.LockedOut:          "login-locked",
	cause.ManagementDenied:   "secrets-other-organization identity-create-denied client-secret-denied organization-not-member",
	cause.NotInfisical:       "route-unknown",
	cause.NotMember:          "secrets-not-member membership-none privilege-no-membership",
	cause.PermissionMissing:  "secrets-no-permission secrets-no-read-value secrets-reference-unreadable secret-no-read-value",
	cause.PlanLimit:          "identity-create-limit universal-auth-address-plan membership-role-plan",
	cause.PrivilegeBoundary:  "client-secret-boundary",
	cause.ProjectUnknown:     "secrets-unknown-project secrets-unknown-project-id",
	cause.RateLimited:        "login-lock-contention rate-limit",
	cause.SecretExpired:      "login-secret-expired",
	cause.SecretUnknown:      "secret-unknown",
	cause.ServerFailed:       "login-maintenance",
	cause.TokenInvalid: `token-missing token-malformed token-foreign-signature token-expired token-revoked token-secret-revoked token-detached
		token-identity-removed token-uses-exhausted token-too-old renew-max-ttl renew-user-token`,
	cause.UsesExhausted:    "login-uses-exhausted",
	cause.WrongCredentials: "login-unknown-client-id login-wrong-secret",
	cause.WrongProduct:     "secrets-wrong-product",
}
