package store

// Rules are how the servers of one era behave; how they word it is not a matter of the store.
type Rules struct {
	// Lockout: wrong client secrets lock an identity's Universal Auth for a while.
	Lockout bool
	// StatelessTokens: what an access token is worth stands in it. Renewing makes another, and revoking a client
	// secret ends the tokens made from it. Otherwise the server keeps a record of each token, and renewing moves the
	// clock in the record.
	StatelessTokens bool
	// ManyAuthMethods: an identity can have several auth methods at a time.
	ManyAuthMethods bool
	// FineActions: permissions tell the text of a secret from its name (describeSecret, readValue) and an identity's
	// client secrets from the identity (create-token, get-token, delete-token).
	FineActions bool
	// LenientLists: a list of secrets in an environment or folder that does not exist is empty.
	LenientLists bool
	// GetExpands: reading one secret replaces the references in it too, not only reading a list.
	GetExpands bool
	// EscapesLines: a value of several lines becomes one quoted line where references are replaced.
	EscapesLines bool
	// PermanentRole: a member needs a role that does not end.
	PermanentRole bool
	// TypedIDs: an id that is no UUID fails in the database instead of naming nothing.
	TypedIDs bool
	// ChecksReviewer: attaching Kubernetes Auth tries the cluster that it names.
	ChecksReviewer bool
	// VerifiesCluster: a cluster without a given CA has to have a certificate that the system trusts. Otherwise it is
	// believed whatever it shows.
	VerifiesCluster bool
	// LimitsSelfHosted: the number of calls per minute is limited also where the server is not the cloud's.
	LimitsSelfHosted bool
	// LoginsInMaintenance: machine identities can log in and renew while the server is in maintenance.
	LoginsInMaintenance bool
}

// Rules2024 are those of the middle of 2024, before errors got request ids.
func Rules2024() Rules {
	return Rules{LenientLists: true, EscapesLines: true, TypedIDs: true, LimitsSelfHosted: true, LoginsInMaintenance: true}
}

// Rules2026 are those of the servers of today.
func Rules2026() Rules {
	return Rules{
		Lockout: true, StatelessTokens: true, ManyAuthMethods: true, FineActions: true, GetExpands: true,
		PermanentRole: true, ChecksReviewer: true, VerifiesCluster: true,
	}
}
