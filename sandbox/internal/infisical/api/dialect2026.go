package api

import "github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"

// Names of errors.
const (
	badRequest       = "BadRequest"
	unauthorized     = "UnauthorizedError"
	notFound         = "NotFound"
	forbidden        = "ForbiddenError"
	tokenError       = "TokenError"
	permissionDenied = "PermissionDenied"
	validation       = "ValidationFailure"
)

const addressNotTrusted = "You are not allowed to access this resource from the current IP address"

// refusals2026 are the answers of a server of 2026, word for word.
func refusals2026() map[store.Cause]refusal {
	all := map[store.Cause]refusal{}
	for _, some := range []map[store.Cause]refusal{access2026(), management2026(), secrets2026(), kubernetes2026()} {
		for cause, answer := range some {
			all[cause] = answer
		}
	}
	return all
}

func access2026() map[store.Cause]refusal {
	return map[store.Cause]refusal{
		store.InvalidCredentials:      {401, unauthorized, "Invalid credentials", ""},
		store.AuthMethodLocked:        {401, unauthorized, "This identity auth method is temporarily locked, please try again later", ""},
		store.LoginLockContended:      {429, "RateLimitExceeded", "Failed to acquire lock: rate limit exceeded", ""},
		store.ClientSecretExpired:     {401, unauthorized, "Access denied due to expired client secret", ""},
		store.ClientSecretExhausted:   {401, unauthorized, "Access denied due to client secret usage limit reached", ""},
		store.SubOrganizationUnknown:  {404, notFound, "Sub organization with slug {slug} not found", ""},
		store.AddressNotTrusted:       {403, forbidden, addressNotTrusted, ""},
		store.UserUnknown:             {401, unauthorized, "Invalid credentials", ""},
		store.OrganizationNotSelected: {401, "no organization found in request", "You are not allowed to access this resource", ""},

		store.TokenMissing:       {401, unauthorized, "Token missing", ""},
		store.TokenMalformed:     {403, tokenError, "The provided access token is malformed. Please use a valid token or generate a new one and try again.", ""},
		store.TokenInvalid:       {403, tokenError, "{reason}", ""},
		store.TokenExpired:       {403, tokenError, "Your token has expired. Please re-authenticate.", ""},
		store.TokenUnknown:       {401, unauthorized, "Failed to authorize: token is not known", ""},
		store.TokenRevoked:       {401, unauthorized, "Failed to authorize: token has been revoked", ""},
		store.TokenSecretRevoked: {401, unauthorized, "Failed to authorize: client secret has been revoked", ""},
		store.TokenMethodRevoked: {401, unauthorized, "Failed to authorize: auth method has been revoked", ""},
		store.TokenHolderRemoved: {401, unauthorized, "Failed to authorize: Identity is not a member of the organization", ""},
		store.TokenUsesExhausted: {401, unauthorized, "Failed to authorize: token usage limit reached", ""},
		store.TokenTooOld:        {401, unauthorized, "Identity access token exceeded max age, please re-authenticate", ""},
		store.TokenWithoutExpiry: {401, unauthorized, "Cannot renew revoked or unknown access token", ""},
		store.TokenNotIdentity:   {400, badRequest, "Token is not an identity access token", ""},
		store.TokenNotForRoute:   {403, forbidden, "You are not allowed to access this resource", ""},
		store.RenewRevoked:       {401, unauthorized, "Cannot renew: token has been revoked", ""},
		store.RenewSecretRevoked: {401, unauthorized, "Cannot renew: client secret has been revoked", ""},
		store.RenewMethodRevoked: {401, unauthorized, "Cannot renew: auth method has been revoked", ""},
		store.RenewUsesExhausted: {401, unauthorized, "Cannot renew exhausted access token", ""},
		store.RenewMaxTTL:        {401, unauthorized, "Cannot renew: identity access token has reached its max TTL", ""},

		store.Maintenance:    {500, "InternalServerError", "Something went wrong", ""},
		store.RateLimited:    {429, "RateLimitExceeded", "Rate limit exceeded. Please try again in {seconds} seconds", ""},
		store.BodyUnreadable: {400, badRequest, "{reason}", ""},
		store.BodyEmpty:      {400, badRequest, "Body cannot be empty when content-type is set to 'application/json'", ""},
		store.Invalid:        {422, validation, "", ""},
		store.AlreadySetUp:   {400, badRequest, "Instance has already been set up", ""},
		store.UserExists:     {400, badRequest, "User already exists", ""},
	}
}

func management2026() map[store.Cause]refusal {
	return map[store.Cause]refusal{
		store.PermissionDenied:          {403, permissionDenied, "You are not allowed to {action} on {subject}", ""},
		store.BeyondOwnInIdentity:       beyondOwn("create identity"),
		store.BeyondOwnInMembership:     beyondOwn("create identity project membership"),
		store.BeyondOwnInPrivilege:      beyondOwn("create additional privilege"),
		store.BeyondOwnInSecretCreation: beyondOwn("create client secret for identity"),
		store.BeyondOwnInSecretRead:     beyondOwn("get identity client secret with more privileged role"),
		store.BeyondOwnInSecretRevoking: beyondOwn("revoke identity client secret with more privileged role"),
		store.NotInOrganization:         {403, forbidden, "You are not a member of this organization with ID {id}", ""},
		store.NotMember: {403, "ProjectMembershipNotFound",
			"You are not a member of this project with ID {id}. Please assign this identity to the project with the appropriate permissions, then try again.", ""},
		store.ProjectOfAnotherOrg: {403, forbidden,
			"Your token is scoped to organization with ID {own}, but this resource belongs to a different organization.", ""},
		store.ProjectSlugUnknown:   {404, notFound, "Project with slug '{slug}' not found", ""},
		store.ProjectIDUnknown:     {404, notFound, "Project with ID '{id}' not found", ""},
		store.ProjectSlugTaken:     {400, badRequest, "A project with the slug '{slug}' already exists in your organization", ""},
		store.EnvironmentUnknown:   {404, notFound, "Environment with slug '{environment}' in project with ID {id} not found", ""},
		store.EnvironmentSlugTaken: {400, badRequest, "Environment with slug '{slug}' already exist", ""},

		store.IdentityUnknown:      {404, notFound, "Failed to find identity with id {id}", ""},
		store.IdentityProtected:    {400, badRequest, "Identity has delete protection", ""},
		store.IdentityOfProject:    {400, badRequest, "Identity is managed by project", ""},
		store.IdentityLimitReached: {400, badRequest, "Failed to create identity due to identity limit reached. Upgrade plan to create more identities.", ""},
		store.UniversalAuthTaken:   {400, badRequest, "Failed to add universal auth to already configured identity", ""},
		store.KubernetesAuthTaken:  {400, badRequest, "Failed to add Kubernetes Auth to already configured identity", ""},
		store.UniversalAuthMissing: {404, notFound, "Failed to find universal auth for identity with ID {id}", ""},
		store.TTLAboveMaxTTL:       {400, badRequest, "Access token TTL cannot be greater than max TTL", ""},
		store.AddressInvalid:       {400, badRequest, "The IP is not a valid IPv4, IPv6, or CIDR block", ""},
		store.AddressPlanMissing: {400, badRequest,
			"Failed to add IP access range to service token due to plan restriction. Upgrade plan to add IP access range.", ""},
		store.ClientSecretUnknown: {404, notFound, "Failed to find identity with ID {id}", ""},

		store.MembershipExists:       {400, badRequest, "Identity is already a member", ""},
		store.MembershipOfOwnProject: {400, badRequest, "Failed to create project membership for a project scoped identity", ""},
		store.MembershipUnknown:      {404, notFound, "Identity membership not found", ""},
		store.OrgMembershipMissing:   {400, badRequest, "Identity {id} is missing organization membership", ""},
		store.RoleUnknown:            {404, notFound, "One or more custom roles not found", ""},
		store.RolePlanMissing: {400, badRequest,
			"Failed to assign custom role to identity due to plan RBAC restriction. Upgrade to Infisical Enterprise to assign custom roles.", ""},
		store.RoleCreatePlanMissing: {400, badRequest,
			"Failed to create custom role due to plan RBAC restriction. Upgrade to Infisical Enterprise plan to create custom roles.", ""},
		store.RoleSlugTaken:        {400, badRequest, "Role with slug '{slug}' already exists", ""},
		store.PermanentRoleMissing: {400, badRequest, "Identity must have at least one permanent role", ""},
		store.PrivilegeSlugTaken:   {400, badRequest, "Additional privilege with name {slug} exists", ""},
		store.PrivilegeUnknown:     {404, notFound, "Additional privilege with id {id} not found", ""},
		store.PrivilegeMixed:       {400, badRequest, "The action read cannot be combined with describeSecret or readValue", ""},
	}
}

func beyondOwn(attempt string) refusal {
	return refusal{403, "PermissionBoundaryError", "Failed to " + attempt + ". Missing permission {action} on {subject}", ""}
}

func secrets2026() map[store.Cause]refusal {
	return map[store.Cause]refusal{
		store.ProjectSlugUnknownRead: {404, notFound, "Project with slug '{slug}' not found", ""},
		store.ProjectIDUnknownRead:   {404, notFound, "Project with ID '{id}' not found", ""},
		store.EnvironmentUnknownTree: {404, notFound, "Environment with slug '{environment}' in project with ID {id} not found", ""},
		store.FolderUnknownInList: {404, "SecretPathNotFound",
			"Folder with path '{path}' in environment '{environment}' was not found. Please ensure the environment slug and secret path is correct.", ""},
		store.FolderUnknownInGet:       {404, "GetSecretByName", "Folder with path '{path}' in environment with slug '{environment}' not found", ""},
		store.FolderNameTaken:          {400, badRequest, "Folder with name '{name}' already exists", ""},
		store.SecretUnknown:            {404, notFound, "Secret with name '{name}' not found", ""},
		store.SecretExists:             {400, badRequest, "Secret already exist", ""},
		store.SecretValueForbidden:     {403, "ForbiddenReadSecretError", "You do not have permission to view secret value on secret with name '{name}'", ""},
		store.ReferencesNotExpandable:  {403, forbidden, "Failed to expand one or more secret references", ""},
		store.ImportExists:             {400, badRequest, "Secret import already exists", ""},
		store.ScopeMissingInList:       {400, badRequest, "You must provide projectSlug or workspaceId", ""},
		store.ScopeMissingInGet:        {400, badRequest, "You must provide workspaceSlug or workspaceId", ""},
		store.EnvironmentMissingInList: {400, badRequest, "Missing project id or environment", ""},
		store.EnvironmentMissingInGet:  {400, badRequest, "Missing environment", ""},
	}
}

func kubernetes2026() map[store.Cause]refusal {
	const reviewError = "KubernetesTokenReviewError"
	return map[store.Cause]refusal{
		store.KubernetesAuthMissing:        {404, notFound, "Failed to find Kubernetes Auth for identity with ID {id}", ""},
		store.KubernetesMethodMissing:      {404, notFound, "Kubernetes auth method not found for identity, did you configure Kubernetes auth?", ""},
		store.KubernetesTokenRejected:      {401, reviewError, "{reason}", ""},
		store.KubernetesTokenRefused:       {401, reviewError, "Kubernetes token not authenticated", ""},
		store.KubernetesUsernameUnreadable: {400, badRequest, "Invalid username format", ""},
		store.KubernetesNamespaceDenied:    {401, unauthorized, "Access denied: K8s namespace not allowed.", ""},
		store.KubernetesNameDenied:         {401, unauthorized, "Access denied: K8s name not allowed.", ""},
		store.KubernetesAudienceDenied:     {401, unauthorized, "Access denied: K8s audience not allowed.", ""},
		store.KubernetesConnectionRefused:  {400, "KubernetesConnectionRefused", "Failed to connect to the Kubernetes API server at {address}: connection refused", ""},
		store.KubernetesHostNotFound:       {400, "KubernetesHostNotFound", "Failed to connect to the Kubernetes API server: host {address} not found", ""},
		store.KubernetesTimeout:            {400, "KubernetesConnectionTimeout", "Failed to connect to the Kubernetes API server at {address}: timed out", ""},
		store.KubernetesCertificate:        {400, "KubernetesCertificateError", "Failed to verify the certificate of the Kubernetes API server: {reason}", ""},
		store.KubernetesReviewerDenied: {401, "KubernetesTokenReviewerForbidden",
			"The token reviewer is not allowed to review tokens. Ensure the service account has the 'system:auth-delegator' ClusterRole binding.", ""},
		store.KubernetesReviewerUnknown: {401, "KubernetesTokenReviewerUnauthorized", "The token reviewer JWT is invalid or expired", ""},
		store.KubernetesReviewFailed:    {400, reviewError, "The Kubernetes API server answered with status code {status}", ""},
		store.KubernetesHostLocal:       {400, badRequest, "Local IPs not allowed as URL", ""},
		store.KubernetesHostUnreachable: {400, "KubernetesHostConnectionError", "Failed to reach the Kubernetes host: {reason}", ""},
		store.KubernetesHostUntrusted:   {400, "KubernetesHostCertificateError", "Failed to verify the certificate of the Kubernetes host: {reason}", ""},
		store.KubernetesReviewerInvalid: {400, "TokenReviewerPermissionError", "The token reviewer JWT is invalid or expired. Please provide a valid one.", ""},
		store.KubernetesReviewerUnbound: {400, "TokenReviewerPermissionError",
			"The token reviewer JWT does not have permission to perform TokenReviews. Ensure the service account has the 'system:auth-delegator' ClusterRole binding.", ""},
	}
}
