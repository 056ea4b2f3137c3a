package fault

// infisicalFaults break Infisical itself, or what it knows.
func infisicalFaults() []Fault {
	return []Fault{
		double("wrong-ca", "wrong-ca", "Infisical shows a certificate of another certificate authority", Expect{Code: "EI401"}),
		double("ca-renewed", "ca-renewed", "Infisical's certificate is of a CA with the same name and another key", Expect{Code: "EI407"}),
		double("certificate-expired", "certificate-expired", "Infisical's certificate has expired", Expect{Code: "EI405"}),
		double("certificate-not-yet-valid", "certificate-not-yet-valid", "Infisical's certificate is valid only from the day after tomorrow on", Expect{Code: "EI405"}),
		double("certificate-other-host", "certificate-other-host", "Infisical's certificate is for another host", Expect{Code: "EI404"}),
		double("certificate-without-names", "certificate-without-names", "Infisical's certificate names its host as the common name alone", Expect{Code: "EI406"}),
		double("certificate-not-for-servers", "certificate-not-for-servers", "Infisical's certificate is one for clients", Expect{Code: "EI414"}),
		double("certificate-chain-incomplete", "certificate-chain-incomplete", "Infisical leaves out the intermediate certificate", Expect{Code: "EI410"}),
		double("wants-client-certificate", "wants-client-certificate", "Infisical, or a proxy before it, asks for a client certificate", Expect{Code: "EI412"}),
		double("old-tls", "old-tls", "Infisical speaks TLS 1.1 at most", Expect{Code: "EI411"}),
		double("no-tls", "no-tls", "Infisical speaks plain HTTP at the address of HTTPS", Expect{Code: "EI504"}),
		double("wrong-client-secret", "wrong-client-secret", "the client secret is revoked and replaced by another", Expect{Code: "EI310"}),
		double("revoked-client-secret", "revoked-client-secret", "the client secret is revoked", Expect{Code: "EI310"}),
		double("expired-client-secret", "expired-client-secret", "the client secret has expired", Expect{Code: "EI312"}),
		double("exhausted-client-secret", "exhausted-client-secret", "the client secret has been used as often as its limit allows", Expect{Code: "EI313"}),
		double("locked-identity", "locked-identity", "the machine identity is locked after failed logins (servers of 2026)", Expect{Code: "EI311", Era: "2026"}),
		double("untrusted-ip", "untrusted-ip", "the machine identity may log in from another address only", Expect{Code: "EI314"}),
		double("identity-removed", "identity-removed", "the machine identity is not a member of the project", Expect{Code: "EI602"}),
		double("permission-removed", "permission-removed", "the machine identity has a role that may read nothing", Expect{Code: "EI603"}),
		double("maintenance", "maintenance", "Infisical is in maintenance mode", Expect{Code: "EI511"}),
		double("rate-limited", "rate-limited", "Infisical has had too many calls", Expect{Code: "EI508"}),
		double("html-proxy", "html-proxy", "a proxy before Infisical answers with a page for people", Expect{Code: "EI505"}),
		double("bad-gateway", "bad-gateway", "a proxy before Infisical does not reach it", Expect{Code: "EI506"}),
		double("server-errors", "server-errors", "Infisical answers with an error of its own", Expect{Code: "EI509"}),
		double("slow", "slow", "Infisical does not answer in time", Expect{Code: "EI503"}),
		double("unknown-project", "unknown-project", "no project has the slug that the store names", Expect{Code: "EI601"}),
		double("infisical-down", "down", "Infisical refuses connections", Expect{Code: "EI502"}),
	}
}
