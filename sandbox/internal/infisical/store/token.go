package store

import (
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// Grant is an access token as the server hands it out.
type Grant struct {
	AccessToken string
	ExpiresIn   time.Duration
	MaxTTL      time.Duration
}

// Actor is who makes a call, as its access token says.
type Actor struct {
	IdentityID string
	OrgID      string
}

const (
	identityTokenType = "identityAccessToken"
	maxTokenAge       = 90 * 24 * time.Hour // the server's MAX_MACHINE_IDENTITY_TOKEN_AGE
)

// claims are those of a stateless identity token; times inside are seconds.
type claims struct {
	IdentityID        string `json:"identityId"`
	IdentityName      string `json:"identityName"`
	ClientSecretID    string `json:"clientSecretId"`
	AuthTokenType     string `json:"authTokenType"`
	AuthMethod        string `json:"authMethod"`
	OrgID             string `json:"orgId"`
	RootOrgID         string `json:"rootOrgId"`
	ParentOrgID       string `json:"parentOrgId"`
	AccessTokenTTL    int64  `json:"accessTokenTTL"`
	AccessTokenMaxTTL int64  `json:"accessTokenMaxTTL"`
	AccessTokenPeriod int64  `json:"accessTokenPeriod"`
	CreationEpoch     int64  `json:"creationEpoch"`
	jwt.RegisteredClaims
}

// issue needs s.mu held. created is when the first token of a chain of renewals was made: the max TTL counts from it.
func (s *Store) issue(identity *Identity, clientSecretID string, created time.Time) (Grant, *Failure) {
	now, auth := s.now(), identity.UniversalAuth
	ttl := min(auth.AccessTokenTTL, maxTokenAge, auth.AccessTokenMaxTTL-now.Sub(created))
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		IdentityID:        identity.ID,
		IdentityName:      identity.Name,
		ClientSecretID:    clientSecretID,
		AuthTokenType:     identityTokenType,
		AuthMethod:        "universal-auth",
		OrgID:             identity.OrgID,
		RootOrgID:         identity.OrgID,
		ParentOrgID:       identity.OrgID,
		AccessTokenTTL:    int64(auth.AccessTokenTTL.Seconds()),
		AccessTokenMaxTTL: int64(auth.AccessTokenMaxTTL.Seconds()),
		CreationEpoch:     created.Unix(),
		RegisteredClaims: jwt.RegisteredClaims{
			ID:        uuid.NewString(),
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(ttl)),
		},
	})
	signed, err := token.SignedString(s.signingKey)
	if err != nil {
		return Grant{}, Fail(TokenInvalid, "reason", err.Error())
	}
	return Grant{AccessToken: signed, ExpiresIn: ttl, MaxTTL: auth.AccessTokenMaxTTL}, nil
}

// Authenticate returns who an access token speaks for.
func (s *Store) Authenticate(token string) (Actor, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, failure := s.parse(token)
	if failure != nil {
		return Actor{}, failure
	}
	switch {
	case s.revokedTokens[c.ID]:
		return Actor{}, Fail(TokenRevoked)
	case s.secretRevoked(c):
		return Actor{}, Fail(TokenSecretRevoked)
	case s.identities[c.IdentityID] == nil:
		return Actor{}, Fail(TokenIdentityRemoved)
	}
	return Actor{IdentityID: c.IdentityID, OrgID: c.OrgID}, nil
}

// Renew returns a new token in the place of a live one, which stays good until it expires by itself.
func (s *Store) Renew(token string) (Grant, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, failure := s.parse(token)
	if failure != nil {
		return Grant{}, failure
	}
	created, identity := time.Unix(c.CreationEpoch, 0), s.identities[c.IdentityID]
	switch {
	case c.AuthTokenType != identityTokenType:
		return Grant{}, Fail(TokenNotIdentity)
	case s.revokedTokens[c.ID]:
		return Grant{}, Fail(RenewRevoked)
	case s.secretRevoked(c):
		return Grant{}, Fail(RenewSecretRevoked)
	case identity == nil:
		return Grant{}, Fail(TokenIdentityRemoved)
	case !s.now().Before(created.Add(identity.UniversalAuth.AccessTokenMaxTTL)):
		return Grant{}, Fail(RenewMaxTTL)
	}
	return s.issue(identity, c.ClientSecretID, created)
}

// Revoke ends a token before its time; doing it twice is fine.
func (s *Store) Revoke(token string) *Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, failure := s.parse(token)
	if failure != nil {
		return failure
	}
	if c.AuthTokenType != identityTokenType {
		return Fail(TokenNotIdentity)
	}
	s.revokedTokens[c.ID] = true
	return nil
}

// secretRevoked needs s.mu held.
func (s *Store) secretRevoked(c *claims) bool {
	secret := s.clientSecret(c.ClientSecretID)
	return secret == nil || secret.Revoked
}

func (s *Store) parse(token string) (*claims, *Failure) {
	c := &claims{}
	_, err := jwt.ParseWithClaims(token, c,
		func(*jwt.Token) (any, error) { return s.signingKey, nil },
		jwt.WithTimeFunc(s.now), jwt.WithValidMethods([]string{"HS256"}))
	switch {
	case err == nil:
		return c, nil
	case errors.Is(err, jwt.ErrTokenMalformed):
		return nil, Fail(TokenMalformed)
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return nil, Fail(TokenInvalid, "reason", "invalid signature")
	case errors.Is(err, jwt.ErrTokenExpired):
		return nil, Fail(TokenExpired)
	default:
		return nil, Fail(TokenInvalid, "reason", "invalid token")
	}
}
