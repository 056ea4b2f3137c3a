package infisicaltest

import (
	"net/http"
	"slices"
	"strings"
)

// administer answers what needs a token.
func (s *Server) administer(r *http.Request, path []string, in map[string]any) (any, *refusal) {
	projectOnly := strings.HasSuffix(r.Header.Get("Authorization"), ProjectToken)
	switch route := r.Method + " " + strings.Join(path[:min(2, len(path))], "/"); {
	case route == "GET v2/workspace" && len(path) == 3:
		return s.project(path[2])
	case route == "GET v1/workspace":
		return map[string]any{"workspaces": []any{project()}}, nil
	case route == "GET v3/secrets":
		return map[string]any{"secrets": []any{map[string]any{"secretKey": "KEY", "secretValue": "value"}}, "imports": []any{}}, nil
	case strings.HasSuffix(route, "v1/identities"):
		return s.organizationIdentities(r, path, in, projectOnly)
	case strings.HasSuffix(route, "v1/projects"):
		return s.projectIdentities(r, path, in)
	case strings.HasSuffix(route, "v2/workspace"):
		return s.membership(r, path[len(path)-1], in)
	case strings.HasSuffix(route, "v2/identity-project-additional-privilege"), strings.HasSuffix(route, "v1/additional-privilege"):
		return s.privileges(r, in)
	case len(path) > 4 && path[2] == "universal-auth":
		return s.universalAuth(r, s.find(path[4]), path[5:], in)
	case len(path) > 4 && path[2] == "kubernetes-auth":
		return s.kubernetesAuth(r, s.find(path[4]), in)
	}
	return nil, refuse(http.StatusNotFound, "Not Found", "Route "+r.Method+":"+r.URL.Path+" not found")
}

func project() map[string]any {
	return map[string]any{"id": ProjectID, "slug": ProjectSlug, "name": ProjectName, "orgId": OrganizationID,
		"environments": []any{map[string]any{"id": "e", "name": "Production", "slug": "prod"}}}
}

func (s *Server) project(slug string) (any, *refusal) {
	if slug != ProjectSlug {
		return nil, refuse(http.StatusNotFound, "NotFound", "Project with slug '"+slug+"' not found")
	}
	return project(), nil
}

func (s *Server) organizationIdentities(r *http.Request, path []string, in map[string]any, projectOnly bool) (any, *refusal) {
	switch {
	case projectOnly:
		return nil, refuse(http.StatusForbidden, "PermissionDenied", "You are not allowed to read on identity")
	case r.Method == http.MethodPost:
		return map[string]any{"identity": s.body(s.create(in))}, nil
	case r.Method == http.MethodDelete:
		s.identities = slices.DeleteFunc(s.identities, func(i *Identity) bool { return i.ID == path[2] })
		return map[string]any{}, nil
	}
	list := []any{}
	for _, i := range s.identities {
		if !i.Scoped {
			list = append(list, map[string]any{"orgId": OrganizationID, "identity": s.body(i)})
		}
	}
	return map[string]any{"identities": list}, nil
}

func (s *Server) projectIdentities(r *http.Request, path []string, in map[string]any) (any, *refusal) {
	if len(path) < 4 || path[3] != "identities" {
		return map[string]any{"projects": []any{project()}}, nil
	}
	if r.Method == http.MethodPost {
		i := s.create(in)
		i.Scoped, i.Roles = true, []string{"viewer"}
		return map[string]any{"identity": s.body(i)}, nil
	}
	list := []any{}
	for _, i := range s.identities {
		if i.Scoped {
			list = append(list, s.body(i))
		}
	}
	return map[string]any{"identities": list, "totalCount": len(list)}, nil
}

func (s *Server) create(in map[string]any) *Identity {
	i := s.add(text(in, "name"))
	pairs, _ := in["metadata"].([]any)
	for _, pair := range pairs {
		if fields, is := pair.(map[string]any); is && !s.Old {
			i.Metadata[text(fields, "key")] = text(fields, "value")
		}
	}
	return i
}

func (s *Server) body(i *Identity) map[string]any {
	metadata := []any{}
	for key, value := range i.Metadata {
		metadata = append(metadata, map[string]any{"key": key, "value": value})
	}
	return map[string]any{"id": i.ID, "name": i.Name, "orgId": OrganizationID, "metadata": metadata}
}

func (s *Server) membership(r *http.Request, id string, in map[string]any) (any, *refusal) {
	i := s.find(id)
	if r.Method == http.MethodPost {
		roles, _ := in["roles"].([]any)
		for _, role := range roles {
			fields, _ := role.(map[string]any)
			i.Roles = append(i.Roles, text(fields, "role"))
		}
	}
	if i == nil || len(i.Roles) == 0 {
		return nil, refuse(http.StatusNotFound, "NotFound", "Identity membership not found")
	}
	roles := []any{}
	for _, role := range i.Roles {
		roles = append(roles, map[string]any{"role": role})
	}
	return map[string]any{"identityMembership": map[string]any{"roles": roles}}, nil
}

func (s *Server) privileges(r *http.Request, in map[string]any) (any, *refusal) {
	if r.Method == http.MethodPost {
		i := s.find(text(in, "identityId"))
		i.Privileges = append(i.Privileges, text(in, "slug"))
		return map[string]any{}, nil
	}
	i := s.find(r.URL.Query().Get("identityId"))
	if i == nil || len(i.Roles) == 0 {
		return nil, refuse(http.StatusNotFound, "NotFound", "Identity membership not found")
	}
	list := []any{}
	for _, slug := range i.Privileges {
		list = append(list, map[string]any{"slug": slug, "permissions": []any{map[string]any{"subject": "secrets", "action": []string{"readValue"},
			"conditions": map[string]any{"environment": "prod"}}}})
	}
	return map[string]any{"privileges": list}, nil
}

func (s *Server) universalAuth(r *http.Request, i *Identity, below []string, in map[string]any) (any, *refusal) {
	switch {
	case i == nil:
		return nil, refuse(http.StatusNotFound, "NotFound", "Failed to find identity with id")
	case len(below) == 3:
		return s.revoke(i, below[1])
	case len(below) == 1 && r.Method == http.MethodPost:
		return s.createSecret(i, in), nil
	case len(below) == 1:
		list := []any{}
		for _, secret := range i.live() {
			list = append(list, secretBody(secret))
		}
		return map[string]any{"clientSecretData": list}, nil
	case r.Method == http.MethodPost:
		i.ClientID = s.id("client")
	case i.ClientID == "":
		return nil, refuse(http.StatusBadRequest, "BadRequest", "The identity does not have universal auth")
	}
	return map[string]any{"identityUniversalAuth": map[string]any{"clientId": i.ClientID, "accessTokenTTL": 86400, "accessTokenMaxTTL": 2592000}}, nil
}

func (s *Server) createSecret(i *Identity, in map[string]any) any {
	id := s.id("secret")
	secret := &Secret{ID: id, Value: strings.Repeat(id[len(id)-1:], 4) + "-of-a-client-secret-" + id, Description: text(in, "description")}
	i.Secrets = append(i.Secrets, secret)
	return map[string]any{"clientSecret": secret.Value, "clientSecretData": secretBody(secret)}
}

func (s *Server) revoke(i *Identity, id string) (any, *refusal) {
	for _, secret := range i.Secrets {
		if secret.ID == id {
			secret.Revoked = true
			return map[string]any{"clientSecretData": secretBody(secret)}, nil
		}
	}
	return nil, refuse(http.StatusNotFound, "NotFound", "Failed to find identity with ID "+i.ID)
}

func secretBody(s *Secret) map[string]any {
	return map[string]any{"id": s.ID, "clientSecretPrefix": s.Value[:4], "description": s.Description, "clientSecretNumUses": s.Uses,
		"isClientSecretRevoked": s.Revoked, "createdAt": timestamp()}
}

func (s *Server) kubernetesAuth(r *http.Request, i *Identity, in map[string]any) (any, *refusal) {
	if r.Method != http.MethodGet {
		i.Kubernetes = text(in, "kubernetesHost")
	}
	if i == nil || i.Kubernetes == "" {
		return nil, refuse(http.StatusBadRequest, "BadRequest", "The identity does not have Kubernetes Auth")
	}
	return map[string]any{"identityKubernetesAuth": map[string]any{"kubernetesHost": i.Kubernetes, "allowedNames": "eso", "allowedNamespaces": "eso"}}, nil
}
