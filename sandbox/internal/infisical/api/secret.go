package api

import "github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"

// secretRoutes are about secrets, in the two versions that are in use.
func (s *server) secretRoutes() []route {
	var routes []route
	for _, version := range []secretsVersion{secretsV3(), secretsV4()} {
		one := version.path + "/{name}"
		routes = append(routes,
			route{method: "GET", path: version.path, since: version.since, class: secretCalls, handle: s.listSecrets(version)},
			route{method: "GET", path: one, since: version.since, class: secretCalls, handle: s.getSecret(version)},
			route{method: "POST", path: one, since: version.since, class: secretCalls, handle: s.writeSecret(version, s.store.CreateSecret)},
			route{method: "PATCH", path: one, since: version.since, class: secretCalls, handle: s.writeSecret(version, s.store.UpdateSecret)},
			route{method: "DELETE", path: one, since: version.since, class: secretCalls, handle: s.writeSecret(version, deleting(s.store))},
		)
	}
	return routes
}

func (s *server) listSecrets(version secretsVersion) handler {
	return func(c call) (any, *store.Failure) {
		query, failure := version.parse(s, c)
		if failure != nil {
			return nil, failure
		}
		bySlugAlone := query.scope.Project.ID == "" && c.actor.User && !s.dialect.modern // of no use to people at that time
		if failure := query.complete(store.ScopeMissingInList, store.EnvironmentMissingInList, bySlugAlone); failure != nil {
			return nil, failure
		}
		secrets, imports, failure := s.store.ListSecrets(c.actor, query.scope)
		if failure != nil {
			return nil, failure
		}
		listed, imported := []secretBody{}, []importBody{}
		for _, secret := range secrets {
			listed = append(listed, s.listedSecret(secret, query))
		}
		for _, block := range imports {
			body := importBody{block.Path, block.Environment, block.FolderID, []secretBody{}}
			for _, secret := range block.Secrets {
				body.Secrets = append(body.Secrets, s.secretBody(secret, query))
			}
			imported = append(imported, body)
		}
		return map[string]any{"secrets": listed, "imports": imported}, nil
	}
}

func (s *server) getSecret(version secretsVersion) handler {
	return func(c call) (any, *store.Failure) {
		query, failure := version.parse(s, c)
		if failure != nil {
			return nil, failure
		}
		if failure := query.complete(store.ScopeMissingInGet, store.EnvironmentMissingInGet, false); failure != nil {
			return nil, failure
		}
		secret, failure := s.store.GetSecret(c.actor, query.scope, c.PathValue("name"))
		if failure != nil {
			return nil, failure
		}
		return map[string]any{"secret": s.gotSecret(secret, query)}, nil
	}
}

// writing is a way to change a secret.
type writing func(store.Actor, store.Scope, string, store.SecretChange) (store.LocatedSecret, *store.Failure)

func deleting(st *store.Store) writing {
	return func(actor store.Actor, scope store.Scope, key string, _ store.SecretChange) (store.LocatedSecret, *store.Failure) {
		return st.DeleteSecret(actor, scope, key)
	}
}

func (s *server) writeSecret(version secretsVersion, write writing) handler {
	return func(c call) (any, *store.Failure) {
		in, failure := readInput(c.Request)
		if failure != nil {
			return nil, failure
		}
		scope := store.Scope{
			Project:     store.ProjectRef{ID: in.filled(version.projectID)},
			Environment: in.filled("environment"), Path: in.textOr("secretPath", "/"),
		}
		change := store.SecretChange{Value: in.verbatim("secretValue"), Comment: in.verbatim("secretComment")}
		if failure := in.failure(); failure != nil {
			return nil, failure
		}
		secret, failure := write(c.actor, scope, c.PathValue("name"), change)
		if failure != nil {
			return nil, failure
		}
		return map[string]any{"secret": s.secretBody(secret, secretQuery{showsAll: true})}, nil
	}
}
