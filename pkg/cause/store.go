package cause

import "strings"

// StoreMissing means that there is no ClusterSecretStore of that name, or none for Infisical at all.
var StoreMissing = Cause{"EI701", "the ClusterSecretStore for Infisical does not exist", "create it: kubectl eso-infisical apply-store"}

// NeverLookedAtStore means that a store has no verdict of ESO at all.
var NeverLookedAtStore = Cause{"EI704", "ESO has never looked at the store: its controller does not run, or is told to leave it alone",
	"look at Deployment external-secrets and its log"}

// Causes that are found by looking at ExternalSecrets and their stores, too.
var (
	StoreNotReady       = Cause{"EI801", "the store of the ExternalSecret is not ready", "run kubectl eso-infisical doctor for the store's own cause"}
	StoreReferenceWrong = Cause{"EI802", "the ExternalSecret refers to a store that does not exist (secretStoreRef.kind may be missing: it must be ClusterSecretStore)",
		"correct spec.secretStoreRef of the ExternalSecret"}
	NotSynced     = Cause{"EI807", "ESO cannot sync it", "read the detail; it is ESO's own text"}
	NotToldWhy    = Cause{"EI807", "ESO cannot sync it, and there is no event that says why", "look at the log of Deployment external-secrets"}
	NeverLookedAt = Cause{"EI852", "ESO has never looked at the ExternalSecret: its controller does not run, or is told to leave it or its store alone",
		"look at Deployment external-secrets and its log, and at spec.controller of the store"}
	Overdue = Cause{"EI851", "ESO has not refreshed the ExternalSecret for much longer than its refreshInterval, so a change in Infisical has not arrived",
		"look at Deployment external-secrets and its log: it does not run, or has more to do than it can"}
)

var externalSecretRules = []rule{
	{StoreReferenceWrong,
		[]string{"could not get SecretStore", "could not get ClusterSecretStore"}, []string{"not found"}, nil},
	{Cause{"EI809", "ESO's controller cannot read the store from the API server",
		"read the detail; check the controller's ClusterRole and that its pods reach the API server"},
		[]string{"could not get SecretStore", "could not get ClusterSecretStore"}, nil, nil},
	{Cause{"EI803", "the store may not be used from this namespace", "add the namespace to spec.conditions of the store"},
		[]string{"denied by spec.condition"}, nil, nil},
	{StoreNotReady,
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
