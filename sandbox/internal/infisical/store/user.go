package store

import (
	"crypto/sha256"
	"crypto/subtle"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// User is a person with an account.
type User struct {
	ID         string
	OrgID      string
	Email      string
	Role       string // in the organisation
	SuperAdmin bool   // of the whole instance
	CreatedAt  time.Time

	passwordHash [sha256.Size]byte
}

const userTokenLife = 10 * 24 * time.Hour

// AddUser creates an account with a role in an organisation; without an id it gets one.
func (s *Store) AddUser(id, orgID, email, password, role string) User {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.addUser(id, orgID, email, password, role)
}

// addUser needs s.mu held.
func (s *Store) addUser(id, orgID, email, password, role string) *User {
	if id == "" {
		id = uuid.NewString()
	}
	user := &User{
		ID: id, OrgID: orgID, Email: email, Role: role, CreatedAt: s.now(),
		passwordHash: sha256.Sum256([]byte(password)),
	}
	s.users = append(s.users, user)
	return user
}

// OrganizationsOf returns the organisations that a user belongs to.
func (s *Store) OrganizationsOf(actor Actor) []Organization {
	s.mu.Lock()
	defer s.mu.Unlock()
	user := s.user(actor.ID)
	if user == nil || s.organization(user.OrgID) == nil {
		return nil
	}
	return []Organization{*s.organization(user.OrgID)}
}

// user needs s.mu held.
func (s *Store) user(id string) *User {
	return find(s.users, func(u *User) bool { return u.ID == id })
}

// LogInUser checks a password and returns a session without an organisation, as the server's web pages do first.
func (s *Store) LogInUser(email, password string) (string, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	user := find(s.users, func(u *User) bool { return u.Email == email })
	hash := sha256.Sum256([]byte(password))
	if user == nil || subtle.ConstantTimeCompare(hash[:], user.passwordHash[:]) != 1 {
		return "", Fail(UserUnknown)
	}
	return s.userToken(user.ID, "")
}

// SelectOrganization returns a session of the user within one organisation.
func (s *Store) SelectOrganization(actor Actor, orgID string) (string, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	user := s.user(actor.ID)
	if user == nil || user.OrgID != orgID {
		return "", Fail(NotInOrganization, "id", orgID)
	}
	return s.userToken(user.ID, orgID)
}

// UserToken returns a session of the user within its organisation.
func (s *Store) UserToken(userID string) (string, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	user := s.user(userID)
	if user == nil {
		return "", Fail(UserUnknown)
	}
	return s.userToken(user.ID, user.OrgID)
}

// userToken needs s.mu held.
func (s *Store) userToken(userID, orgID string) (string, *Failure) {
	now := s.now()
	token, err := SignUserToken(s.signingKey, userID, orgID, now, now.Add(userTokenLife))
	if err != nil {
		return "", Fail(TokenInvalid, "reason", err.Error())
	}
	return token, nil
}

// SignUserToken makes a user's session outside the server, for who has its signing key.
func SignUserToken(key []byte, userID, orgID string, now, expires time.Time) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		AuthTokenType: userTokenType, UserID: userID, OrganizationID: orgID,
		RegisteredClaims: jwt.RegisteredClaims{
			ID: uuid.NewString(), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
	}).SignedString(key)
}
