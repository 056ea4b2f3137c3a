package infisical

import (
	"crypto/rand"
	"fmt"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// The faults in this file change what the server holds; those in fault.go change how it is reached.

// wrongClientSecret is a rotation that the cluster was not told of: the seeded secret is revoked, another is valid.
func wrongClientSecret(state planted) fault {
	replacement := ""
	revoke := func(id string, revoked bool) {
		state.store.EditClientSecret(id, func(c *store.ClientSecret) { c.Revoked, c.TokensEnd = revoked, revoked })
	}
	return fault{
		set: func() error {
			revoke(state.clientSecretID, true)
			replacement = state.store.AddClientSecret(state.identityID, rand.Text(), store.ClientSecretTerms{})
			return nil
		},
		clear: func() error {
			revoke(replacement, true)
			revoke(state.clientSecretID, false)
			state.store.Unlock(state.identityID)
			return nil
		},
	}
}

// clientSecretFault changes the seeded client secret. Healing puts back all that the change and the server's reaction to it have altered.
func clientSecretFault(state planted, change func(*store.ClientSecret)) fault {
	var before store.ClientSecret
	return fault{
		set: func() error {
			state.store.EditClientSecret(state.clientSecretID, func(c *store.ClientSecret) {
				before = *c
				change(c)
			})
			return nil
		},
		clear: func() error {
			state.store.EditClientSecret(state.clientSecretID, func(c *store.ClientSecret) { *c = before })
			state.store.Unlock(state.identityID)
			return nil
		},
	}
}

// lockedIdentity is what three wrong logins by somebody else leave: the lock begins now and ends by itself.
func lockedIdentity(state planted) fault {
	return fault{
		set:   func() error { state.store.Lock(state.identityID); return nil },
		clear: func() error { state.store.Unlock(state.identityID); return nil },
	}
}

// untrustedAddress lets the identity log in from an address only that is nobody's.
func untrustedAddress(state planted) fault {
	trust := func(list []store.TrustedAddress) error {
		state.store.EditUniversalAuth(state.identityID, func(a *store.UniversalAuth) { a.ClientSecretTrusted = list })
		return nil
	}
	return fault{
		set: func() error {
			nobody, failure := store.ParseTrusted([]string{"192.0.2.1"})
			if failure != nil {
				return fmt.Errorf("write down an address: %v", failure.Cause)
			}
			return trust(nobody)
		},
		clear: func() error { return trust(store.Everywhere()) },
	}
}

// identityRemoved takes the identity out of the project.
func identityRemoved(state planted) fault {
	var membership store.Membership
	return fault{
		set: func() error {
			membership, _ = state.store.RemoveMember(state.projectID, state.identityID)
			return nil
		},
		clear: func() error { state.store.RestoreMember(membership); return nil },
	}
}

// inRole gives the identity another role in the project.
func inRole(state planted, role string) fault {
	var membership store.Membership
	return fault{
		set: func() error {
			membership, _ = state.store.RemoveMember(state.projectID, state.identityID)
			state.store.AddMember(state.projectID, state.identityID, role)
			return nil
		},
		clear: func() error {
			state.store.RemoveMember(state.projectID, state.identityID)
			state.store.RestoreMember(membership)
			return nil
		},
	}
}

// EmptyKey is a secret of the environment prod that holds nothing while its fault is on.
const EmptyKey = "NOTHING_IN_IT"

func emptyValue(state planted) fault {
	put := func(value string) func() error {
		return func() error {
			state.store.PutSecret(state.projectID, "prod", "/", EmptyKey, value)
			return nil
		}
	}
	return fault{set: put(""), clear: put("something")}
}

// tokenFault changes what the identity's tokens are good for.
func tokenFault(state planted, change func(*store.TokenTerms)) fault {
	var before store.TokenTerms
	return fault{
		set: func() error {
			state.store.EditUniversalAuth(state.identityID, func(a *store.UniversalAuth) { before = a.TokenTerms; change(&a.TokenTerms) })
			return nil
		},
		clear: func() error {
			state.store.EditUniversalAuth(state.identityID, func(a *store.UniversalAuth) { a.TokenTerms = before })
			return nil
		},
	}
}

// environmentRenamed gives the environment that stores read another slug.
func environmentRenamed(state planted) fault {
	rename := func(from, to string) func() error {
		return func() error { state.store.SetEnvironmentSlug(state.projectID, from, to); return nil }
	}
	return fault{set: rename("prod", "live"), clear: rename("live", "prod")}
}

func unknownProject(state planted) fault {
	return fault{
		set: func() error {
			state.store.SetProjectSlug(state.projectID, state.projectSlug+"-renamed")
			return nil
		},
		clear: func() error {
			state.store.SetProjectSlug(state.projectID, state.projectSlug)
			return nil
		},
	}
}

// settingFault turns one of the server's settings on and off.
func settingFault(state planted, change func(s *store.Settings, on bool)) fault {
	turn := func(on bool) func() error {
		return func() error {
			state.store.Configure(func(s *store.Settings) { change(s, on) })
			return nil
		}
	}
	return fault{set: turn(true), clear: turn(false)}
}
