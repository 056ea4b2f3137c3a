package store

// Bootstrap is what the first set-up of a server makes.
type Bootstrap struct {
	User         User
	Organization Organization
	Identity     Identity
	Token        string // of the identity; it never expires
}

const bootstrapIdentity = "Instance Admin Identity"

// SetUp says whether the server has had its first set-up.
func (s *Store) SetUp() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.users) > 0
}

// Bootstrap sets the server up: an administrator, an organisation and an identity that manages the instance. It can be
// done once.
func (s *Store) Bootstrap(email, password, organization string) (Bootstrap, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.users) > 0 {
		return Bootstrap{}, Fail(AlreadySetUp)
	}
	org := s.addOrganization("", organization, slugOf(organization))
	user := s.addUser("", org.ID, email, password, RoleAdmin)
	user.SuperAdmin = true
	name, role := bootstrapIdentity, RoleAdmin
	identity := s.addIdentity(org.ID, "", IdentityChange{Name: &name, Role: &role})
	now := s.now()
	grant, failure := s.sign(tokenState{
		origin: origin{identity: identity, method: "token-auth"}, TokenTerms: TokenTerms{Trusted: Everywhere()},
		created: now, renewed: now, forever: true,
	})
	if failure != nil {
		return Bootstrap{}, failure
	}
	return Bootstrap{User: *user, Organization: *org, Identity: *identity, Token: grant.AccessToken}, nil
}
