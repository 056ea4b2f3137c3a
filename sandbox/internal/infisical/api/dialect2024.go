package api

import "github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"

const (
	notAllowed     = "You are not allowed to access this resource"
	internalError  = "Internal Server Error" // what the server does not handle itself, with the text of it
	wentWrong      = "Something went wrong"  // what the database refused; the name of the error says in which query
	badRequestHTTP = "Bad Request"           // of the web framework, not of the server
)

// refusals2024 are the answers of a server of the middle of 2024, word for word. At that time a wrong credential was
// 403 and a missing permission 401.
func refusals2024() map[store.Cause]refusal {
	all := map[store.Cause]refusal{}
	for _, some := range []map[store.Cause]refusal{access2024(), management2024(), secrets2024(), kubernetes2024()} {
		for cause, answer := range some {
			all[cause] = answer
		}
	}
	return all
}

func access2024() map[store.Cause]refusal {
	unknownToken := refusal{403, unauthorized, notAllowed, ""}
	return map[store.Cause]refusal{
		store.InvalidCredentials:  {403, unauthorized, "Invalid credentials", ""},
		store.ClientSecretExpired: {403, unauthorized, "Failed to authenticate identity credentials due to expired client secret", ""},
		store.ClientSecretExhausted: {403, unauthorized,
			"Failed to authenticate identity credentials due to client secret number of uses limit reached", ""},
		store.AddressNotTrusted:       {403, unauthorized, addressNotTrusted, ""},
		store.OrganizationNotSelected: {403, "no organization found in request", notAllowed, ""},

		store.TokenMissing:       {403, "Unauthorized access", "Token missing", ""},
		store.TokenMalformed:     {500, internalError, "jwt malformed", ""},
		store.TokenInvalid:       {500, internalError, "{reason}", ""},
		store.TokenExpired:       {500, internalError, "jwt expired", ""},
		store.TokenLapsed:        {403, unauthorized, "Failed to renew MI access token due to TTL expiration", ""},
		store.TokenUnknown:       unknownToken,
		store.TokenRevoked:       unknownToken,
		store.TokenMethodRevoked: unknownToken,
		store.TokenHolderRemoved: unknownToken,
		store.TokenUsesExhausted: {400, badRequest, "Unable to renew because access token number of uses limit reached", ""},
		store.TokenNotIdentity:   unknownToken,
		store.TokenNotForRoute:   {403, "{route} Unauthorized Access", notAllowed, ""},
		store.RenewRevoked:       unknownToken,
		store.RenewMethodRevoked: unknownToken,
		store.RenewUsesExhausted: {400, badRequest, "Unable to renew because access token number of uses limit reached", ""},
		store.RenewMaxTTL:        {403, unauthorized, "Failed to renew MI access token due to Max TTL expiration", ""},
		store.RenewPastMaxTTL:    {403, unauthorized, "Failed to renew MI access token past its Max TTL expiration", ""},

		store.Maintenance:    {500, internalError, "Infisical is in maintenance mode. Please try again later.", ""},
		store.RateLimited:    {429, "Too Many Requests", "Rate limit exceeded, retry in 1 minute", ""},
		store.BodyUnreadable: {400, badRequestHTTP, "{reason}", ""},
		store.BodyEmpty:      {400, badRequestHTTP, "Body cannot be empty when content-type is set to 'application/json'", "FST_ERR_CTP_EMPTY_JSON_BODY"},
		store.Invalid:        {403, validation, "", ""},
	}
}

func management2024() map[store.Cause]refusal {
	notMember := refusal{403, "Identity not in project", notAllowed, ""}
	beyondOwn := refusal{500, internalError, "Failed to add identity to project with more privileged role", ""}
	return map[store.Cause]refusal{
		store.PermissionDenied:          {401, permissionDenied, "You are not allowed to {action} on {subject}", ""},
		store.BeyondOwnInIdentity:       {500, internalError, "Failed to create a more privileged identity", ""},
		store.BeyondOwnInMembership:     {500, internalError, "Failed to change to a more privileged role", ""},
		store.BeyondOwnInPrivilege:      {500, internalError, "Failed to update more privileged identity", ""},
		store.BeyondOwnInSecretCreation: beyondOwn,
		store.BeyondOwnInSecretRead:     beyondOwn,
		store.BeyondOwnInSecretRevoking: beyondOwn,
		store.NotInOrganization:         {403, "Identity not in org", notAllowed, ""},
		store.NotMember:                 notMember,
		store.ProjectOfAnotherOrg:       notMember,
		store.ProjectIDUnknown:          notMember,
		store.IDNotUUID:                 {500, "{query}", wentWrong, ""},
		store.ProjectSlugUnknown:        {500, "Find project by slug", wentWrong, ""},
		store.ProjectSlugTaken:          {500, "Create", wentWrong, ""},
		store.EnvironmentUnknown:        {400, "get folders", "Environment not found", ""},
		store.EnvironmentSlugTaken: {400, "Create envv",
			"Environment with slug already exist", ""},

		store.IdentityUnknown:      {400, badRequest, "Failed to find identity with id {id}", ""},
		store.IdentityLimitReached: {400, badRequest, "Failed to create identity due to identity limit reached. Upgrade plan to create more identities.", ""},
		store.UniversalAuthTaken:   {400, badRequest, "Failed to add universal auth to already configured identity", ""},
		store.KubernetesAuthTaken:  {400, badRequest, "Failed to add Kubernetes Auth to already configured identity", ""},
		store.UniversalAuthMissing: {400, badRequest, "The identity does not have universal auth", ""},
		store.TTLAboveMaxTTL:       {400, badRequest, "Access token TTL cannot be greater than max TTL", ""},
		store.AddressInvalid:       {400, badRequest, "The IP is not a valid IPv4, IPv6, or CIDR block", ""},
		store.AddressPlanMissing: {400, badRequest,
			"Failed to add IP access range to service token due to plan restriction. Upgrade plan to add IP access range.", ""},
		store.ClientSecretUnknown: {500, internalError, "Response doesn't match the schema", ""},

		store.MembershipExists:     {400, badRequest, "Identity with id {identity} already exists in project with id {project}", ""},
		store.MembershipUnknown:    {400, badRequest, "Membership not found for identity {id}", ""},
		store.OrgMembershipMissing: {400, badRequest, "Failed to find identity with id {id}", ""},
		store.RoleUnknown:          {400, badRequest, "Custom role not found", ""},
		store.RolePlanMissing:      {400, badRequest, "Failed to assign custom role due to plan RBAC restriction. Upgrade plan to assign custom role to identity.", ""},
		store.RoleCreatePlanMissing: {400, badRequest,
			"Failed to create custom role due to plan RBAC restriction. Upgrade plan to create custom roles.", ""},
		store.RoleSlugTaken:      {400, "Create Role", "Duplicate role", ""},
		store.PrivilegeSlugTaken: {400, badRequest, "Additional privilege of provided slug exist", ""},
		store.PrivilegeUnknown:   {400, badRequest, "Identity additional privilege not found", ""},
	}
}

func secrets2024() map[store.Cause]refusal {
	return map[store.Cause]refusal{
		store.ProjectSlugUnknownRead:   {500, "Failed to find project by slug", wentWrong, ""},
		store.ProjectIDUnknownRead:     {400, badRequest, "Project not found during bot lookup.", ""},
		store.EnvironmentUnknownTree:   {500, internalError, "'{environment}' environment not found in project with ID {id}", ""},
		store.FolderUnknownInGet:       {400, "Create secret", "Folder not found for the given environment slug & secret path", ""},
		store.FolderNameTaken:          {400, badRequest, "Folder already exists", ""},
		store.SecretUnknown:            {400, badRequest, "Secret not found", ""},
		store.SecretExists:             {400, badRequest, "Secret already exist", ""},
		store.ImportExists:             {400, badRequest, "Secret import already exists", ""},
		store.ScopeMissingInList:       {400, badRequest, "Missing workspace id or environment", ""},
		store.ScopeMissingInGet:        {400, badRequest, "You must provide workspaceSlug or workspaceId", ""},
		store.EnvironmentMissingInList: {400, badRequest, "Missing workspace id or environment", ""},
		store.EnvironmentMissingInGet:  {400, badRequest, "Missing environment", ""},
	}
}

func kubernetes2024() map[store.Cause]refusal {
	refused := refusal{403, unauthorized, notAllowed, ""}
	failed := refusal{500, internalError, "Request failed with status code {status}", "ERR_BAD_REQUEST"}
	return map[store.Cause]refusal{
		store.KubernetesAuthMissing:        {400, badRequest, "The identity does not have Kubernetes Auth attached", ""},
		store.KubernetesMethodMissing:      refused,
		store.KubernetesTokenRejected:      {403, unauthorized, "{reason}", ""},
		store.KubernetesTokenRefused:       refused,
		store.KubernetesUsernameUnreadable: {500, internalError, "Invalid username format", ""},
		store.KubernetesNamespaceDenied:    {500, internalError, "Access denied: K8s namespace not allowed.", ""},
		store.KubernetesNameDenied:         {500, internalError, "Access denied: K8s name not allowed.", ""},
		store.KubernetesAudienceDenied:     {500, internalError, "Access denied: K8s audience not allowed.", ""},
		store.KubernetesConnectionRefused:  {500, internalError, "connect ECONNREFUSED {address}", "ECONNREFUSED"},
		store.KubernetesHostNotFound:       {500, internalError, "getaddrinfo ENOTFOUND {address}", "ENOTFOUND"},
		store.KubernetesTimeout:            {500, internalError, "connect ETIMEDOUT {address}", "ETIMEDOUT"},
		store.KubernetesCertificate:        {500, internalError, "unable to verify the first certificate", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"},
		store.KubernetesReviewerDenied:     failed,
		store.KubernetesReviewerUnknown:    failed,
		store.KubernetesReviewFailed:       failed,
	}
}
