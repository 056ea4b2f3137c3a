package infisical

import (
	"crypto/tls"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// fault is one thing that can be broken and mended.
type fault struct {
	set   func() error
	clear func() error
}

// faults are those the server knows, and which of them are on.
type faults struct {
	store *store.Store
	known map[string]fault

	mu     sync.Mutex
	active map[string]bool
}

var errUnknownFault = errors.New("no such fault")

func newFaults(state planted, front *frontend, cert *certificate) *faults {
	f := &faults{
		store:  state.store,
		active: map[string]bool{},
		known: map[string]fault{
			"wrong-client-secret":      wrongClientSecret(state),
			"revoked-client-secret":    clientSecretFault(state, func(c *store.ClientSecret) { c.Revoked, c.TokensEnd = true, true }),
			"expired-client-secret":    clientSecretFault(state, func(c *store.ClientSecret) { c.TTL = time.Nanosecond }),
			"exhausted-client-secret":  clientSecretFault(state, func(c *store.ClientSecret) { c.UsesLimit, c.NumUses = 1, 1 }),
			"locked-identity":          lockedIdentity(state),
			"untrusted-ip":             untrustedAddress(state),
			"identity-removed":         identityRemoved(state),
			"unknown-project":          unknownProject(state),
			"maintenance":              settingFault(state, func(s *store.Settings, on bool) { s.Maintenance = on }),
			"rate-limited":             settingFault(state, func(s *store.Settings, on bool) { s.CallsExhausted = on }),
			"empty-value":              emptyValue(state),
			"permission-removed":       inRole(state, store.RoleNoAccess),
			"identity-writes":          inRole(state, store.RoleAdmin),
			"environment-renamed":      environmentRenamed(state),
			"token-expires-at-once":    tokenFault(state, func(t *store.TokenTerms) { t.TTL = time.Nanosecond }),
			"html-proxy":               answering(front, page),
			"redirect":                 answering(front, redirect),
			"connection-cut":           answering(front, cut),
			"server-errors":            answering(front, failing),
			"slow":                     answering(front, hanging),
			"bad-gateway":              answering(front, badGateway),
			"down":                     {set: func() error { front.close(); return nil }, clear: front.open},
			"wrong-ca":                 presenting(front, cert, func() (*tls.Certificate, error) { return foreignCertificate(cert.own()) }),
			"wants-client-certificate": speaking(front, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }),
			"old-tls":                  speaking(front, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }),
			"no-tls":                   withoutTLS(front),
		},
	}
	for _, name := range spoiltCertificates {
		f.known[name] = presenting(front, cert, func() (*tls.Certificate, error) { return cert.spoilt(name) })
	}
	return f
}

// spoiltCertificates are the faults for which a certificate lies beside the good one.
var spoiltCertificates = []string{"certificate-expired", "certificate-not-yet-valid", "certificate-expiring", "certificate-other-host", "certificate-without-names",
	"certificate-not-for-servers", "certificate-chain-incomplete", "certificate-weak", "certificate-issuer-no-ca", "ca-renewed"}

// switchTo sets a fault or clears it; one that is so already stays as it is.
func (f *faults) switchTo(name string, on bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	known, ok := f.known[name]
	if !ok {
		return fmt.Errorf("%w as %q; there are %s", errUnknownFault, name, strings.Join(sortedNames(f.known), ", "))
	}
	if f.active[name] == on {
		return nil
	}
	change := known.clear
	if on {
		change = known.set
	}
	if err := change(); err != nil {
		return fmt.Errorf("switch fault %s: %w", name, err)
	}
	if on {
		f.active[name] = true
	} else {
		delete(f.active, name)
	}
	return nil
}

func (f *faults) names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return sortedNames(f.active)
}

func sortedNames[V any](set map[string]V) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
