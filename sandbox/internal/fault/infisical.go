package fault

// infisicalFaults break Infisical itself, or what it knows.
func infisicalFaults() []Fault {
	return []Fault{
		double("wrong-ca", "wrong-ca", "Infisical shows a certificate of another certificate authority", Expect{Code: "EI401"}),
		double("wrong-client-secret", "wrong-client-secret", "the client secret is revoked and replaced by another", Expect{Code: "EI310"}),
		double("revoked-client-secret", "revoked-client-secret", "the client secret is revoked", Expect{Code: "EI310"}),
		double("expired-client-secret", "expired-client-secret", "the client secret has expired", Expect{Code: "EI312"}),
		double("exhausted-client-secret", "exhausted-client-secret", "the client secret has been used as often as its limit allows", Expect{Code: "EI313"}),
		double("locked-identity", "locked-identity", "the machine identity is locked after failed logins (servers of 2026)", Expect{Code: "EI311", Era: "2026"}),
		double("untrusted-ip", "untrusted-ip", "the machine identity may log in from another address only", Expect{Code: "EI314"}),
		double("identity-removed", "identity-removed", "the machine identity is not a member of the project", Expect{Code: "EI602"}),
		double("maintenance", "maintenance", "Infisical is in maintenance mode", Expect{Code: "EI511"}),
		double("rate-limited", "rate-limited", "Infisical has had too many calls", Expect{Code: "EI508"}),
		double("html-proxy", "html-proxy", "a proxy before Infisical answers with a page for people", Expect{Code: "EI505"}),
		double("unknown-project", "unknown-project", "no project has the slug that the store names", Expect{Code: "EI601"}),
		double("infisical-down", "down", "Infisical refuses connections", Expect{Code: "EI502"}),
	}
}
