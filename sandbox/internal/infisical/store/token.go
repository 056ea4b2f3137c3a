package store

import (
	"errors"
	"strings"
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

const (
	identityTokenType = "identityAccessToken"
	userTokenType     = "accessToken"
	maxTokenAge       = 90 * 24 * time.Hour // the server's MAX_MACHINE_IDENTITY_TOKEN_AGE
	periodicMaxTTL    = 1_000_000_000 * time.Second
)

// claims are those of all kinds of tokens; times inside are seconds. The ones of stateless tokens are in their own type.
type claims struct {
	AuthTokenType  string `json:"authTokenType"`
	IdentityID     string `json:"identityId,omitempty"`
	ClientSecretID string `json:"clientSecretId,omitempty"`
	AccessTokenID  string `json:"identityAccessTokenId,omitempty"`
	UserID         string `json:"userId,omitempty"`
	OrganizationID string `json:"organizationId,omitempty"`
	*statelessClaims
	jwt.RegisteredClaims
}

type statelessClaims struct {
	IdentityName      string `json:"identityName"`
	AuthMethod        string `json:"authMethod"`
	OrgID             string `json:"orgId"`
	RootOrgID         string `json:"rootOrgId"`
	ParentOrgID       string `json:"parentOrgId"`
	AccessTokenTTL    int64  `json:"accessTokenTTL"`
	AccessTokenMaxTTL int64  `json:"accessTokenMaxTTL"`
	AccessTokenPeriod int64  `json:"accessTokenPeriod"`
	CreationEpoch     int64  `json:"creationEpoch"`
	NumUsesLimit      int    `json:"numUsesLimit,omitempty"`
}

// origin is what a token comes from.
type origin struct {
	identity       *Identity
	method         string
	authID         string // of the configuration it was issued under
	clientSecretID string
}

// tokenState is what the server remembers of a token it issued. In the era of stateless tokens most of it stands in
// the token; it is remembered all the same.
type tokenState struct {
	origin
	TokenTerms
	created time.Time // of the first token in a chain of renewals
	renewed time.Time
	uses    int
	revoked bool
	forever bool // it has no expiry in it, in no era
}

// issue makes the first token of a chain. It needs s.mu held.
func (s *Store) issue(from origin, terms TokenTerms) (Grant, *Failure) {
	now := s.now()
	return s.sign(tokenState{origin: from, TokenTerms: terms, created: now, renewed: now})
}

// sign makes a token and remembers it. It needs s.mu held.
func (s *Store) sign(state tokenState) (Grant, *Failure) {
	id, now := uuid.NewString(), s.now()
	life := state.life(now, s.rules.StatelessTokens)
	body := claims{
		AuthTokenType: identityTokenType, IdentityID: state.identity.ID, ClientSecretID: state.clientSecretID,
		RegisteredClaims: jwt.RegisteredClaims{IssuedAt: jwt.NewNumericDate(now)},
	}
	expires := state.MaxTTL
	if s.rules.StatelessTokens {
		expires, body.ID, body.statelessClaims = life, id, state.claims()
	} else {
		body.AccessTokenID = id
	}
	if expires > 0 && !state.forever {
		body.ExpiresAt = jwt.NewNumericDate(now.Add(expires))
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, body).SignedString(s.signingKey)
	if err != nil {
		return Grant{}, Fail(TokenInvalid, "reason", err.Error())
	}
	s.tokens[id] = &state
	return Grant{AccessToken: signed, ExpiresIn: life, MaxTTL: state.reportedMaxTTL()}, nil
}

// life is for how long the token is good from now on, without being renewed.
func (t tokenState) life(now time.Time, stateless bool) time.Duration {
	if !stateless {
		return t.TTL
	}
	if t.Period > 0 {
		return min(t.Period, maxTokenAge)
	}
	life := maxTokenAge
	if t.TTL > 0 {
		life = min(life, t.TTL)
	}
	if t.MaxTTL > 0 {
		life = min(life, t.MaxTTL-now.Sub(t.created))
	}
	return life
}

func (t tokenState) reportedMaxTTL() time.Duration {
	if t.Period > 0 {
		return periodicMaxTTL
	}
	return t.MaxTTL
}

func (t tokenState) claims() *statelessClaims {
	return &statelessClaims{
		IdentityName: t.identity.Name, AuthMethod: t.method,
		OrgID: t.identity.OrgID, RootOrgID: t.identity.OrgID, ParentOrgID: t.identity.OrgID,
		AccessTokenTTL: int64(t.TTL.Seconds()), AccessTokenMaxTTL: int64(t.MaxTTL.Seconds()),
		AccessTokenPeriod: int64(t.Period.Seconds()), CreationEpoch: t.created.Unix(), NumUsesLimit: t.UsesLimit,
	}
}

// parse reads a token and checks its signature and its expiry. It needs s.mu held.
func (s *Store) parse(token string) (*claims, *Failure) {
	if strings.Count(token, ".") != 2 {
		return nil, Fail(TokenMalformed)
	}
	body := &claims{statelessClaims: &statelessClaims{}} // JSON cannot make a pointer to a type that is not exported
	_, err := jwt.ParseWithClaims(token, body,
		func(*jwt.Token) (any, error) { return s.signingKey, nil },
		jwt.WithTimeFunc(s.now), jwt.WithValidMethods([]string{"HS256"}))
	switch {
	case err == nil:
		return body, nil
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return nil, Fail(TokenInvalid, "reason", "invalid signature")
	case errors.Is(err, jwt.ErrTokenExpired):
		return nil, Fail(TokenExpired)
	default:
		return nil, Fail(TokenInvalid, "reason", "invalid token")
	}
}

// id is what the server remembers the token by.
func (c *claims) id() string { return c.AccessTokenID + c.ID }
