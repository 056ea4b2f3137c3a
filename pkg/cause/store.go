package cause

import "strings"

// StoreMissing means that there is no ClusterSecretStore of that name, or none for Infisical at all.
var StoreMissing = Cause{"EI701", "the ClusterSecretStore for Infisical does not exist", "create it: kubectl eso-infisical apply-store"}

// NeverLookedAtStore means that a store has no verdict of ESO at all.
var NeverLookedAtStore = Cause{"EI704", "ESO has never looked at the store: its controller does not run, or is told to leave it alone",
	"look at Deployment external-secrets and its log"}

// NoLogin means that a store has no way to log in at all.
var NoLogin = Cause{"EI718", "the store does not say how to log in", "write the store again: kubectl eso-infisical apply-store"}

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
	{NoLogin,
		[]string{"authentication method not found"}, nil, nil},
	{Cause{"EI820", "the template of the ExternalSecret cannot be carried out", "read the detail, which says where, and correct spec.target.template"},
		[]string{"could not apply template", "could not execute template", "unable to parse template", "unable to execute template"}, nil, nil},
	{Cause{"EI821", "what the template of the ExternalSecret is taken from is not there", "make the ConfigMap or Secret with the key that the detail names, or correct spec.target.template.templateFrom"},
		[]string{"error fetching templateFrom data"}, nil, nil},
	{Cause{"EI822", "another controller owns the target Secret", "give the ExternalSecret a target of its own (spec.target.name), or creationPolicy Merge"},
		[]string{"failed to take ownership of target secret", "could not set controller reference on secret"}, nil, nil},
	{Cause{"EI823", "the target Secret is immutable, so that ESO cannot write new values", "delete the Secret, which ESO makes again, or take immutable out of the template"},
		[]string{"secret is immutable", "target is immutable"}, nil, nil},
	{Cause{"EI824", "the ExternalSecret asks for a property that the secret's value does not have", "take remoteRef.property away where the value is plain text, or correct it: the value must be a JSON object with that field"},
		[]string{"does not exist in secret", "unable to unmarshal secret"}, nil, nil},
	{Cause{"EI825", "a key is none that a Secret can have", "use spec.dataFrom[].rewrite or conversionStrategy to change the names, or rename the secret in Infisical"},
		[]string{"invalid secret keys"}, nil, nil},
	{Cause{"EI826", "the ExternalSecret names a folder in a form that this version of ESO does not know", "begin the key with a slash, as in /folder/KEY, or upgrade ESO to 2.5 or newer"},
		[]string{"a secret key referencing a folder must start with a '/'"}, nil, nil},
	{Cause{"EI827", "the store of the ExternalSecret is for another controller", "take spec.controller out of the store, or use a store of this controller"},
		[]string{"can not reference unmanaged store"}, nil, nil},
	{Cause{"EI828", "ESO may not write the Secret", "check the controller's ClusterRole and the policies of the namespace; the detail says what is denied"},
		[]string{`cannot create resource "secrets"`, `cannot update resource "secrets"`, `cannot patch resource "secrets"`}, []string{"system:serviceaccount:"}, nil},
	{Cause{"EI829", "the namespace of the ExternalSecret is being deleted", "wait until it is gone, or find out what holds it: kubectl get namespace NAME --output yaml"},
		[]string{"because it is being terminated"}, nil, nil},
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
