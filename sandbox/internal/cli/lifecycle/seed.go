package lifecycle

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/google/uuid"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
)

// What the Infisical double holds at its start.
const (
	ProjectSlug = "archon-platform"
	Environment = "prod"
	Key         = "DASHSCOPE_API_KEY"
)

// NewSeed makes the project, its secrets and the identity that may read them. Every value is random, so that none is worth
// anything elsewhere.
func NewSeed(orgID string) infisical.Seed {
	return infisical.Seed{
		Admin:        infisical.NewAdmin(orgID, uuid.NewString(), random(32)),
		ClientID:     uuid.NewString(),
		ClientSecret: random(32),
		ProjectSlug:  ProjectSlug,
		ProjectName:  "Archon Platform",
		Secrets: map[string]map[string]string{
			Environment: {
				Key:                      "sk-" + random(16),
				"DATABASE_PASSWORD":      random(16),
				"WEBHOOK_SIGNING_SECRET": random(32),
			},
		},
	}
}

// random is so many random bytes in hexadecimal digits.
func random(bytes int) string {
	data := make([]byte, bytes)
	_, _ = rand.Read(data) // never fails
	return hex.EncodeToString(data)
}

func seedFiles(d state.Dir, orgID string) error {
	s := NewSeed(orgID)
	if err := state.WriteJSON(d.Seed(), s); err != nil {
		return err
	}
	token, err := s.Admin.Token(time.Now())
	if err != nil {
		return err
	}
	for path, value := range map[string]string{
		d.ClientID(): s.ClientID, d.ClientSecret(): s.ClientSecret,
		d.AdminToken(): token, d.AdminClientID(): s.Admin.ClientID, d.AdminClientSecret(): s.Admin.ClientSecret,
	} {
		if err := state.WriteFile(path, []byte(value+"\n")); err != nil {
			return err
		}
	}
	return nil
}
