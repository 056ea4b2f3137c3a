package api

import (
	"net/http"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

type statusBody struct {
	Date                     string `json:"date"`
	Message                  string `json:"message"`
	EmailConfigured          bool   `json:"emailConfigured"`
	InviteOnlySignup         bool   `json:"inviteOnlySignup"`
	RedisConfigured          bool   `json:"redisConfigured"`
	SecretScanningConfigured bool   `json:"secretScanningConfigured"`
}

func (s *server) status(*http.Request) (any, *store.Failure) {
	return statusBody{
		Date:             timestamp(s.store.Now()),
		Message:          "Ok",
		InviteOnlySignup: true,
		RedisConfigured:  true,
	}, nil
}
