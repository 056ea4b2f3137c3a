package infisical

import (
	"crypto/rand"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// Seed is what the server holds at the start: one project, one identity that may read all of it, and an administrator.
type Seed struct {
	Admin        Admin  `json:"admin"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	ProjectSlug  string `json:"projectSlug"`
	ProjectName  string `json:"projectName"`
	// Secrets are values by environment slug and key. A key may be a path ("/folder/KEY"): the folders in it are
	// created. The environments dev, staging and prod exist in any case, and there are no others.
	Secrets map[string]map[string]string `json:"secrets"`
}

// Admin is the administrator of the organisation and of the project, as a person and as a machine identity.
type Admin struct {
	OrgID  string `json:"orgId"`
	UserID string `json:"userId"`
	// SigningKey is what access tokens are signed with, so that the person's token outlives a restart of the server.
	SigningKey   []byte `json:"signingKey"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
}

// adminTokenLife is how long the administrator's token is valid.
const adminTokenLife = 30 * 24 * time.Hour

// NewAdmin makes an administrator of an organisation, with the given credentials of its machine identity, or none.
func NewAdmin(orgID, clientID, clientSecret string) Admin {
	key := make([]byte, 32)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	return Admin{OrgID: orgID, UserID: uuid.NewString(), SigningKey: key, ClientID: clientID, ClientSecret: clientSecret}
}

// Token is the administrator's access token.
func (a Admin) Token(now time.Time) (string, error) {
	token, err := store.SignUserToken(a.SigningKey, a.UserID, a.OrgID, now, now.Add(adminTokenLife))
	if err != nil {
		return "", fmt.Errorf("sign the administrator's token: %w", err)
	}
	return token, nil
}

// plant makes the organisation and its administrator, and returns both and the IDs that the latter goes by.
func (a Admin) plant(st *store.Store) (org store.Organization, members []string) {
	st.UseSigningKey(a.SigningKey)
	org = st.AddOrganization(a.OrgID, "Sandbox", "sandbox")
	st.AddUser(a.UserID, org.ID, "admin@sandbox.test", rand.Text(), "admin")
	if a.ClientID == "" {
		return org, []string{a.UserID}
	}
	identity := st.AddIdentity(org.ID, "administrator", "admin")
	attachSeeded(st, identity.ID, a.ClientID)
	st.AddClientSecret(identity.ID, a.ClientSecret, store.ClientSecretTerms{Description: "seeded"})
	return org, []string{a.UserID, identity.ID}
}

func attachSeeded(st *store.Store, identityID, clientID string) {
	auth := store.NewUniversalAuth()
	auth.ClientID = clientID
	st.AttachUniversalAuth(identityID, auth)
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

// plant fills an empty store.
func plant(seed Seed, st *store.Store) planted {
	st.Configure(func(s *store.Settings) { s.RaisedLimits = true }) // for tests, which call more often than people do
	org, members := seed.Admin.plant(st)
	project := st.AddProject(org.ID, seed.ProjectName, seed.ProjectSlug)
	for _, member := range members {
		st.AddMember(project.ID, member, "admin")
	}
	identity := st.AddIdentity(org.ID, "external-secrets", "no-access")
	attachSeeded(st, identity.ID, seed.ClientID)
	st.AddMember(project.ID, identity.ID, "viewer")
	for environment, secrets := range seed.Secrets {
		for key, value := range secrets {
			st.PutSecret(project.ID, environment, path.Dir("/"+strings.TrimPrefix(key, "/")), path.Base(key), value)
		}
	}
	return planted{
		store:          st,
		identityID:     identity.ID,
		clientSecretID: st.AddClientSecret(identity.ID, strings.TrimSpace(seed.ClientSecret), store.ClientSecretTerms{Description: "seeded"}),
		projectID:      project.ID,
		projectSlug:    seed.ProjectSlug,
	}
}
