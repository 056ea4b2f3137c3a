package infisical

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// Seed is what the server holds at the start: one project, and one identity that may read all of it.
type Seed struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	ProjectSlug  string `json:"projectSlug"`
	ProjectName  string `json:"projectName"`
	// Secrets are values by environment slug and key. A key may be a path ("/folder/KEY"): the folders in it are
	// created. The environments dev, staging and prod exist in any case, and there are no others.
	Secrets map[string]map[string]string `json:"secrets"`
}

func (s Seed) check() error {
	for name, value := range map[string]string{
		"clientId": s.ClientID, "clientSecret": s.ClientSecret, "projectSlug": s.ProjectSlug,
	} {
		if strings.TrimSpace(value) == "" {
			return fmt.Errorf("%s is empty; give it a value", name)
		}
	}
	for environment := range s.Secrets {
		if !slices.Contains([]string{"dev", "staging", "prod"}, environment) {
			return fmt.Errorf("secrets of environment %q: no such environment; use dev, staging or prod", environment)
		}
	}
	return nil
}

// planted is a store and the handles of what the seed put into it.
type planted struct {
	store          *store.Store
	identityID     string
	clientSecretID string
	projectID      string
	projectSlug    string
}

func plant(seed Seed, now func() time.Time) planted {
	st := store.New(now)
	org := st.AddOrganization("Sandbox", "sandbox")
	project := st.AddProject(org.ID, seed.ProjectName, seed.ProjectSlug)
	identity := st.AddIdentity(org.ID, "external-secrets")
	st.AttachUniversalAuth(identity.ID, seed.ClientID)
	st.AddMember(project.ID, identity.ID)
	for environment, secrets := range seed.Secrets {
		for key, value := range secrets {
			st.PutSecret(project.ID, environment, path.Dir("/"+strings.TrimPrefix(key, "/")), path.Base(key), value)
		}
	}
	return planted{
		store:          st,
		identityID:     identity.ID,
		clientSecretID: st.AddClientSecret(identity.ID, strings.TrimSpace(seed.ClientSecret), store.ClientSecretLimits{}),
		projectID:      project.ID,
		projectSlug:    seed.ProjectSlug,
	}
}
