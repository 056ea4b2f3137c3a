package store

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// KubernetesAuth is the configuration of the auth method on an identity: which cluster's service accounts may log in.
type KubernetesAuth struct {
	ID         string
	IdentityID string
	Host       string // URL of the cluster's API server
	CA         string // PEM; empty: see Rules.VerifiesCluster
	// ReviewerToken is what tokens are reviewed with. Empty: each token reviews itself.
	ReviewerToken string
	SkipVerify    bool
	Namespaces    string // lists with commas; empty: any
	Names         string
	Audience      string
	TokenTerms
	CreatedAt time.Time
	UpdatedAt time.Time
}

// NewKubernetesAuth is a configuration with the server's defaults.
func NewKubernetesAuth() KubernetesAuth {
	return KubernetesAuth{TokenTerms: DefaultTokenTerms()}
}

// CreateKubernetesAuth attaches the method to an identity.
func (s *Store) CreateKubernetesAuth(actor Actor, identityID string, auth KubernetesAuth) (KubernetesAuth, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.attachable(actor, identityID, KubernetesAuthMethod, KubernetesAuthTaken)
	if failure != nil {
		return KubernetesAuth{}, failure
	}
	if failure := s.checkTerms(auth.TokenTerms); failure != nil {
		return KubernetesAuth{}, failure
	}
	auth.ID, auth.IdentityID = uuid.NewString(), identity.ID
	auth.CreatedAt, auth.UpdatedAt = s.now(), s.now()
	identity.KubernetesAuth = &auth
	return auth, nil
}

// checkTerms needs s.mu held.
func (s *Store) checkTerms(terms TokenTerms) *Failure {
	if failure := terms.check(); failure != nil {
		return failure
	}
	return s.allowedByPlan(terms.Trusted)
}

// MayAttachKubernetesAuth is CreateKubernetesAuth without doing it: a server looks at the cluster only then.
func (s *Store) MayAttachKubernetesAuth(actor Actor, identityID string) *Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, failure := s.attachable(actor, identityID, KubernetesAuthMethod, KubernetesAuthTaken)
	return failure
}

// KubernetesAuth returns the configuration of an identity.
func (s *Store) KubernetesAuth(actor Actor, identityID string) (KubernetesAuth, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.withKubernetesAuth(actor, identityID, toRead)
	if failure != nil {
		return KubernetesAuth{}, failure
	}
	return *identity.KubernetesAuth, nil
}

// UpdateKubernetesAuth changes the configuration of an identity.
func (s *Store) UpdateKubernetesAuth(actor Actor, identityID string, change func(*KubernetesAuth)) (KubernetesAuth, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.withKubernetesAuth(actor, identityID, toEdit)
	if failure != nil {
		return KubernetesAuth{}, failure
	}
	auth := *identity.KubernetesAuth
	change(&auth)
	if failure := s.checkTerms(auth.TokenTerms); failure != nil {
		return KubernetesAuth{}, failure
	}
	auth.UpdatedAt = s.now()
	*identity.KubernetesAuth = auth
	return auth, nil
}

// DeleteKubernetesAuth detaches the method, which ends the tokens that came from it.
func (s *Store) DeleteKubernetesAuth(actor Actor, identityID string) (KubernetesAuth, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.withKubernetesAuth(actor, identityID, toEdit, "revoke-auth")
	if failure != nil {
		return KubernetesAuth{}, failure
	}
	auth := *identity.KubernetesAuth
	identity.KubernetesAuth = nil
	return auth, nil
}

// withKubernetesAuth needs s.mu held.
func (s *Store) withKubernetesAuth(actor Actor, identityID string, actions ...string) (*Identity, *Failure) {
	identity, failure := s.managed(actor, identityID, actions...)
	if failure != nil {
		return nil, failure
	}
	if identity.KubernetesAuth == nil {
		return nil, Fail(KubernetesAuthMissing, "id", identityID)
	}
	return identity, nil
}

// KubernetesAuthFor returns the configuration under which an identity logs in; nobody is asked who they are.
func (s *Store) KubernetesAuthFor(identityID string) (KubernetesAuth, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if failure := s.typedID(identityID, "Find one"); failure != nil {
		return KubernetesAuth{}, failure
	}
	identity := s.identity(identityID)
	if identity == nil || identity.KubernetesAuth == nil {
		return KubernetesAuth{}, Fail(KubernetesMethodMissing)
	}
	return *identity.KubernetesAuth, nil
}

// ServiceAccount is who the cluster says a token belongs to.
type ServiceAccount struct {
	Namespace string
	Name      string
	Audiences []string
}

// LogInServiceAccount issues a token to a service account that the cluster has vouched for, if it is one of those allowed.
func (s *Store) LogInServiceAccount(identityID string, account ServiceAccount) (Grant, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity := s.identity(identityID)
	if identity == nil || identity.KubernetesAuth == nil {
		return Grant{}, Fail(KubernetesMethodMissing)
	}
	auth := identity.KubernetesAuth
	switch {
	case !s.listed(auth.Namespaces, account.Namespace):
		return Grant{}, Fail(KubernetesNamespaceDenied)
	case !s.listed(auth.Names, account.Name):
		return Grant{}, Fail(KubernetesNameDenied)
	case auth.Audience != "" && !slices.ContainsFunc(account.Audiences, func(a string) bool { return s.listed(auth.Audience, a) }):
		return Grant{}, Fail(KubernetesAudienceDenied)
	}
	return s.issue(origin{identity: identity, method: KubernetesAuthMethod, authID: auth.ID}, auth.TokenTerms)
}

// listed says whether a list with commas holds a value, in servers of today also as a pattern. An empty list holds all.
func (s *Store) listed(list, value string) bool {
	if list == "" {
		return true
	}
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		if matches, err := path.Match(item, value); item == value || s.rules.FineActions && err == nil && matches {
			return true
		}
	}
	return false
}
