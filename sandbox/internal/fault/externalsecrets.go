package fault

// externalSecretFaults break ExternalSecrets and the Secrets made of them.
func externalSecretFaults() []Fault { return nil }
