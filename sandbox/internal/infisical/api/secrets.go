package api

import (
	"net/http"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

const hiddenValue = "<hidden-by-infisical>"

type secretBody struct {
	ID                string   `json:"id"`
	LegacyID          string   `json:"_id"`
	Workspace         string   `json:"workspace"`
	Environment       string   `json:"environment"`
	Version           int      `json:"version"`
	Type              string   `json:"type"`
	SecretKey         string   `json:"secretKey"`
	SecretValue       string   `json:"secretValue"`
	SecretComment     string   `json:"secretComment"`
	SecretPath        string   `json:"secretPath"`
	SecretValueHidden bool     `json:"secretValueHidden"`
	SecretMetadata    []string `json:"secretMetadata"`
	Tags              []string `json:"tags"`
	IsRotatedSecret   bool     `json:"isRotatedSecret"`
	CreatedAt         string   `json:"createdAt"`
	UpdatedAt         string   `json:"updatedAt"`
}

type importBody struct {
	SecretPath  string       `json:"secretPath"`
	Environment string       `json:"environment"`
	FolderID    string       `json:"folderId"`
	Secrets     []secretBody `json:"secrets"`
}

func (s *server) listSecrets(version secretsVersion) protectedHandler {
	return func(r *http.Request, actor store.Actor) (any, *store.Failure) {
		query, failure := version.parse(r.URL.Query())
		if failure != nil {
			return nil, failure
		}
		if failure := query.complete(store.ScopeMissingInList, store.EnvironmentMissingInList); failure != nil {
			return nil, failure
		}
		secrets, imports, failure := s.store.ListSecrets(actor, query.scope)
		if failure != nil {
			return nil, failure
		}
		blocks := []importBody{}
		for _, block := range imports {
			blocks = append(blocks, importBody{block.Path, block.Environment, block.FolderID, query.bodies(block.Secrets)})
		}
		return map[string]any{"secrets": query.bodies(secrets), "imports": blocks}, nil
	}
}

func (s *server) getSecret(version secretsVersion) protectedHandler {
	return func(r *http.Request, actor store.Actor) (any, *store.Failure) {
		query, failure := version.parse(r.URL.Query())
		if failure != nil {
			return nil, failure
		}
		if failure := query.complete(store.ScopeMissingInGet, store.EnvironmentMissingInGet); failure != nil {
			return nil, failure
		}
		secret, failure := s.store.GetSecret(actor, query.scope, r.PathValue("name"))
		if failure != nil {
			return nil, failure
		}
		return map[string]any{"secret": query.body(secret)}, nil
	}
}

func (q secretQuery) bodies(secrets []store.LocatedSecret) []secretBody {
	bodies := make([]secretBody, 0, len(secrets))
	for _, secret := range secrets {
		bodies = append(bodies, q.body(secret))
	}
	return bodies
}

func (q secretQuery) body(secret store.LocatedSecret) secretBody {
	body := secretBody{
		ID: secret.ID, LegacyID: secret.ID, Workspace: secret.ProjectID, Environment: secret.Environment,
		Version: secret.Version, Type: "shared", SecretKey: secret.Key, SecretValue: secret.Value,
		SecretComment: secret.Comment, SecretPath: secret.Path, SecretMetadata: []string{}, Tags: []string{},
		CreatedAt: timestamp(secret.CreatedAt), UpdatedAt: timestamp(secret.UpdatedAt),
	}
	if !q.showsAll {
		body.SecretValue, body.SecretValueHidden = hiddenValue, true
	}
	return body
}
