// Package fault breaks a running sandbox on purpose, one thing at a time, and mends it again.
package fault

import "context"

// Fault is one way to break the sandbox. To add one, add an entry to the catalogue.
type Fault struct {
	Name    string
	Summary string

	// apply breaks it, heal mends it. Both may be called when there is nothing left to do. What apply replaces it puts into
	// saved before it does, and heal finds it there.
	apply func(ctx context.Context, t Target, saved saved) error
	heal  func(ctx context.Context, t Target, saved saved) error
	// touchFirst tells ESO to look at its stores before the fault is applied, because it can't be told afterwards.
	touchFirst bool
}

// Catalogue lists all faults. Those that others must not wait for come first: they are healed in this order, and with the
// webhook down no store can be mended.
func Catalogue() []Fault {
	return []Fault{
		{
			Name:       "webhook-down",
			Summary:    "ESO's admission webhook has no running pod",
			apply:      stopWebhook,
			heal:       startWebhook,
			touchFirst: true,
		},
		double("wrong-ca", "wrong-ca", "Infisical shows a certificate of another certificate authority"),
		double("wrong-client-secret", "wrong-client-secret", "the client secret is revoked and replaced by another"),
		double("revoked-client-secret", "revoked-client-secret", "the client secret is revoked"),
		double("expired-client-secret", "expired-client-secret", "the client secret has expired"),
		double("exhausted-client-secret", "exhausted-client-secret", "the client secret has been used as often as its limit allows"),
		double("locked-identity", "locked-identity", "the machine identity is locked after failed logins (servers of 2026)"),
		double("untrusted-ip", "untrusted-ip", "the machine identity may log in from another address only"),
		double("identity-removed", "identity-removed", "the machine identity is not a member of the project"),
		double("maintenance", "maintenance", "Infisical is in maintenance mode"),
		double("rate-limited", "rate-limited", "Infisical has had too many calls"),
		double("html-proxy", "html-proxy", "a proxy before Infisical answers with a page for people"),
		double("unknown-project", "unknown-project", "no project has the slug that the store names"),
		double("infisical-down", "down", "Infisical refuses connections"),
		{
			Name:    "environment-production",
			Summary: "the stores name the environment \"production\", which the project does not have",
			apply:   renameEnvironment,
			heal:    restoreEnvironment,
		},
	}
}

func find(name string) (Fault, bool) {
	for _, f := range Catalogue() {
		if f.Name == name {
			return f, true
		}
	}
	return Fault{}, false
}
