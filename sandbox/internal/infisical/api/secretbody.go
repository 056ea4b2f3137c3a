package api

import "github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"

const hiddenValue = "<hidden-by-infisical>"

type secretBody struct {
	ID            string    `json:"id"`
	LegacyID      string    `json:"_id"`
	Workspace     string    `json:"workspace"`
	Environment   string    `json:"environment"`
	Version       int       `json:"version"`
	Type          string    `json:"type"`
	SecretKey     string    `json:"secretKey"`
	SecretValue   string    `json:"secretValue"`
	SecretComment string    `json:"secretComment"`
	SecretPath    *string   `json:"secretPath,omitempty"`
	Tags          *[]string `json:"tags,omitempty"`
	*modernSecretBody
}

type modernSecretBody struct {
	SecretValueHidden bool     `json:"secretValueHidden"`
	SecretMetadata    []string `json:"secretMetadata"`
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

// secretBody is a secret with what all answers have in common; servers of 2024 add a field here and there.
func (s *server) secretBody(secret store.LocatedSecret, query secretQuery) secretBody {
	body := secretBody{
		ID: secret.ID, LegacyID: secret.ID, Workspace: secret.ProjectID, Environment: secret.Environment,
		Version: secret.Version, Type: "shared", SecretKey: secret.Key, SecretValue: secret.Value, SecretComment: secret.Comment,
	}
	if !s.dialect.modern {
		return body
	}
	body.SecretPath, body.Tags = &secret.Path, &[]string{}
	body.modernSecretBody = &modernSecretBody{
		SecretMetadata: []string{}, CreatedAt: timestamp(secret.CreatedAt), UpdatedAt: timestamp(secret.UpdatedAt),
	}
	if secret.Hidden || !query.showsAll {
		body.SecretValue, body.SecretValueHidden = hiddenValue, true
	}
	return body
}

func (s *server) listedSecret(secret store.LocatedSecret, query secretQuery) secretBody {
	body := s.secretBody(secret, query)
	body.SecretPath = &secret.Path
	return body
}

// gotSecret is a secret that was asked for by name: the present version, and not an imported one, has its tags.
func (s *server) gotSecret(secret store.LocatedSecret, query secretQuery) secretBody {
	body := s.secretBody(secret, query)
	if query.scope.Version == 0 && secret.Environment == query.scope.Environment {
		body.Tags = &[]string{}
	}
	return body
}
