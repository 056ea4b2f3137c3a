package cause

import "strings"

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

// FieldTooNew means that a store needs a field which the CRDs in the cluster do not have; version is the first of ESO with it, or empty.
// ESO's own container can be told of a CA in another way.
func FieldTooNew(field, version string) Cause {
	c := Cause{"EI705", "the CRDs of ESO in this cluster have no field " + field, "upgrade ESO with its CRDs: kubectl eso-infisical upgrade"}
	if version != "" {
		c.Summary += ", which came with ESO " + version
	}
	switch {
	case strings.HasSuffix(field, "caProvider"), strings.HasSuffix(field, "caBundle"):
		c.Fix += "; or keep this version, mount the CA certificate into the controller with the chart's values extraVolumes and extraVolumeMounts, " +
			"name its folder in extraEnv SSL_CERT_DIR, and apply the store with --no-ca"
	case strings.HasSuffix(field, "organizationSlug"):
		c.Fix += "; or use a machine identity of the project's own organisation, without --organization"
	}
	return c
}

// StoreManaged means that another tool keeps the store as it wants it.
func StoreManaged(owner string) Cause {
	return Cause{"EI706", "the store is kept by " + owner + ", which would undo the change",
		"change it there, where " + owner + " takes it from; what is to be changed is shown by the same command with --diff"}
}
