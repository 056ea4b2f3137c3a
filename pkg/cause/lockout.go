package cause

import "time"

// DefaultLockout is how long Infisical locks a machine identity after three failed logins, unless somebody has set it otherwise.
const DefaultLockout = 5 * time.Minute

var locked = Cause{LockedOut, "Infisical has locked the machine identity after failed logins, most likely over a wrong or revoked client secret",
	"put a valid client secret in place with kubectl eso-infisical bootstrap, then wait for the lock to end (5 minutes by default)"}

// LoginRefused reports whether err tells of a login whose repetition would be one more that fails; three of those lock a machine identity.
func LoginRefused(err error) bool {
	c, _ := Of(err)
	return c.Code == WrongCredentials || c.Code == LockedOut
}

// LockedUntil is a lock that ends at end at the latest. Whoever knows the identity's own duration adds that to the time of the refusal,
// any other DefaultLockout.
func LockedUntil(end time.Time) Cause {
	c := locked
	c.Fix = "put a valid client secret in place with kubectl eso-infisical bootstrap; the lock ends by itself, at " +
		end.UTC().Format("15:04:05 MST") + " at the latest if no longer one is set for the identity"
	return c
}
