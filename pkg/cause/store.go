package cause

// StoreMissing means that there is no ClusterSecretStore of that name, or none for Infisical at all.
var StoreMissing = Cause{"EI701", "the ClusterSecretStore for Infisical does not exist", "create it: kubectl eso-infisical apply-store"}

var externalSecretRules = []rule{
	{Cause{"EI802", "the ExternalSecret refers to a store that does not exist (secretStoreRef.kind may be missing: it must be ClusterSecretStore)",
		"correct spec.secretStoreRef of the ExternalSecret"},
		[]string{"could not get SecretStore", "could not get ClusterSecretStore"}, []string{"not found"}, nil},
	{Cause{"EI809", "ESO's controller cannot read the store from the API server",
		"read the detail; check the controller's ClusterRole and that its pods reach the API server"},
		[]string{"could not get SecretStore", "could not get ClusterSecretStore"}, nil, nil},
	{Cause{"EI803", "the store may not be used from this namespace", "add the namespace to spec.conditions of the store"},
		[]string{"denied by spec.condition"}, nil, nil},
	{Cause{"EI801", "the store of the ExternalSecret is not ready", "run kubectl eso-infisical doctor for the store's own cause"},
		[]string{"is not ready"}, []string{"SecretStore"}, nil},
	{Cause{"EI806", "another ExternalSecret owns the target Secret", "give each ExternalSecret a target of its own"},
		[]string{"is owned by another ExternalSecret"}, nil, nil},
}
