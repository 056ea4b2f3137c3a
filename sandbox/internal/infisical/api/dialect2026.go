package api

import "github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"

const (
	badRequest   = "BadRequest"
	unauthorized = "UnauthorizedError"
	notFound     = "NotFound"
	tokenError   = "TokenError"
)

// refusals2026 are the answers of a server of 2026, word for word.
func refusals2026() map[store.Cause]refusal {
	return map[store.Cause]refusal{
		store.InvalidCredentials:     {401, unauthorized, "Invalid credentials"},
		store.AuthMethodLocked:       {401, unauthorized, "This identity auth method is temporarily locked, please try again later"},
		store.ClientSecretExpired:    {401, unauthorized, "Access denied due to expired client secret"},
		store.ClientSecretExhausted:  {401, unauthorized, "Access denied due to client secret usage limit reached"},
		store.SubOrganizationUnknown: {404, notFound, "Sub organization with slug {slug} not found"},

		store.TokenMissing:         {401, unauthorized, "Token missing"},
		store.TokenMalformed:       {403, tokenError, "The provided access token is malformed. Please use a valid token or generate a new one and try again."},
		store.TokenInvalid:         {403, tokenError, "{reason}"},
		store.TokenExpired:         {403, tokenError, "Your token has expired. Please re-authenticate."},
		store.TokenRevoked:         {401, unauthorized, "Failed to authorize: token has been revoked"},
		store.TokenSecretRevoked:   {401, unauthorized, "Failed to authorize: client secret has been revoked"},
		store.TokenIdentityRemoved: {401, unauthorized, "Failed to authorize: Identity is not a member of the organization"},
		store.TokenNotIdentity:     {400, badRequest, "Token is not an identity access token"},
		store.RenewRevoked:         {401, unauthorized, "Cannot renew: token has been revoked"},
		store.RenewSecretRevoked:   {401, unauthorized, "Cannot renew: client secret has been revoked"},
		store.RenewMaxTTL:          {401, unauthorized, "Cannot renew: identity access token has reached its max TTL"},

		store.ProjectSlugUnknown: {404, notFound, "Project with slug '{slug}' not found"},
		store.ProjectIDUnknown:   {404, notFound, "Project with ID '{id}' not found"},
		store.NotMember: {403, "ProjectMembershipNotFound",
			"You are not a member of this project with ID {id}. Please assign this identity to the project with the appropriate permissions, then try again."},
		store.EnvironmentUnknown: {404, notFound, "Environment with slug '{environment}' in project with ID {id} not found"},
		store.FolderUnknownInList: {404, "SecretPathNotFound",
			"Folder with path '{path}' in environment '{environment}' was not found. Please ensure the environment slug and secret path is correct."},
		store.FolderUnknownInGet: {404, "GetSecretByName", "Folder with path '{path}' in environment with slug '{environment}' not found"},
		store.SecretUnknown:      {404, notFound, "Secret with name '{name}' not found"},

		store.ScopeMissingInList:       {400, badRequest, "You must provide projectSlug or workspaceId"},
		store.ScopeMissingInGet:        {400, badRequest, "You must provide workspaceSlug or workspaceId"},
		store.EnvironmentMissingInList: {400, badRequest, "Missing project id or environment"},
		store.EnvironmentMissingInGet:  {400, badRequest, "Missing environment"},
		store.BodyUnreadable:           {400, badRequest, "{reason}"},
		store.Invalid:                  {422, "ValidationFailure", ""},
	}
}
