package store

// Settings are what the operator of a server decides, and the licence it has.
type Settings struct {
	Cloud       bool // the vendor's own instance: the number of calls is limited
	Maintenance bool // nothing can be changed
	// CallsExhausted: every caller has used up its calls of the minute, wherever calls are limited or not.
	CallsExhausted bool
	// RaisedLimits: the instance's administrator has lifted the limits of calls.
	RaisedLimits bool
	// NoFrontend: the server is the back end alone and has no pages outside the API.
	NoFrontend bool
	// GuardsLocalAddresses: the server calls no private or loopback address (ALLOW_INTERNAL_IP_CONNECTIONS is off).
	GuardsLocalAddresses bool
	Plan                 Plan

	// Quirks of some releases.
	ComparesUsesAsText bool // a limit of uses is compared as text: "2" is not below "10000"
	MasksUnreadable    bool // a list shows secrets that may not be read, without their values
	NeedsTokenExpiry   bool // a token that never expires is refused
}

// Plan is what the licence includes. The zero value is the free one of a server of one's own.
type Plan struct {
	CustomRoles   bool
	TrustedRanges bool // addresses other than "everywhere" in lists of trusted addresses
	Identities    int  // how many an organisation may have; 0 is any number
}

// Settings are those in force.
func (s *Store) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

// Configure changes the settings.
func (s *Store) Configure(change func(*Settings)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.settings)
}
