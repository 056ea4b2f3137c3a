// Package file is the Setup file: what a cluster is to have, kept beside its other files. It holds names and paths, and never a secret. The types
// below are all there is to it: the parser, the JSON schema and the file that init writes follow from their tags.
package file

// APIVersion and Kind head every Setup file.
const (
	APIVersion = "eso-infisical.dev/v1alpha1"
	Kind       = "Setup"
)

// Setup is the file. Of a field's tags, yaml is its name, doc says what it is for, example is a value that may stand there, form is what its text
// must look like (see forms), and required that it cannot be left out.
type Setup struct {
	APIVersion string    `yaml:"apiVersion" form:"version" required:"yes" doc:"Version of this format."`
	Kind       string    `yaml:"kind" form:"kind" required:"yes" doc:"What this file is."`
	Operator   Operator  `yaml:"operator" doc:"External Secrets Operator, and how it is installed."`
	Infisical  Infisical `yaml:"infisical" required:"yes" doc:"The server that the secrets come from."`
	Test       Test      `yaml:"test" doc:"How the setup is proved."`
	Stores     []Store   `yaml:"stores" required:"yes" doc:"The stores, one for each project, environment and folder that secrets are read from."`

	// name is the file's in errors, dir what its paths start from, and lines where each field is.
	name, dir string
	lines     map[string]int
}

// Operator says how External Secrets Operator is installed.
type Operator struct {
	Namespace   string   `yaml:"namespace" form:"label" example:"external-secrets" doc:"Namespace of External Secrets Operator, and of what a ClusterSecretStore refers to. Default: external-secrets."`
	Release     string   `yaml:"release" form:"name" example:"external-secrets" doc:"Name of the Helm release. Default: external-secrets."`
	Chart       Chart    `yaml:"chart" doc:"Where the chart comes from. Without a version, what is installed is kept."`
	ValuesFiles []string `yaml:"valuesFiles" form:"file" example:"values.yaml" doc:"Files of values for the chart, relative to this file; later ones win. Values themselves cannot be written here, since they may be secret."`
	Timeout     string   `yaml:"timeout" form:"duration" example:"3m" doc:"How long to wait for External Secrets Operator to run. Default: 3m."`
}

// Chart is what External Secrets Operator is installed from.
type Chart struct {
	Repository string `yaml:"repository" form:"url" example:"https://charts.external-secrets.io" doc:"Address of the chart repository. Default: https://charts.external-secrets.io."`
	Name       string `yaml:"name" form:"chart" example:"external-secrets" doc:"Name of the chart in the repository, an oci:// reference with a tag or digest, or a path that begins with ./ or ../, relative to this file. Default: external-secrets."`
	Version    string `yaml:"version" form:"text" example:"2.4.1" doc:"Version of the chart."`
	Digest     string `yaml:"digest" form:"digest" example:"sha256:0000000000000000000000000000000000000000000000000000000000000000" doc:"What the chart must have: sha256 of the archive's bytes, or of the manifest in an OCI registry."`
	Verify     bool   `yaml:"verify" example:"true" doc:"Demand the chart's provenance file, signed by a key in the keyring."`
	Keyring    string `yaml:"keyring" form:"file" example:"keys.gpg" doc:"File of public GPG keys for verify, relative to this file."`
}

// Infisical is the server.
type Infisical struct {
	Host           string `yaml:"host" form:"host" required:"yes" example:"https://infisical.example.com" doc:"Infisical's address, https://HOST[:PORT]."`
	CAFile         string `yaml:"caFile" form:"file" example:"infisical-ca.crt" doc:"File with the CA certificate of the server, relative to this file: PEM, DER, PKCS#7 or PKCS#12. A server with a public certificate needs none."`
	CAPasswordFile string `yaml:"caPasswordFile" form:"file" example:"ca-password.txt" doc:"File with the password of a CA file in PKCS#12 form, relative to this file."`
	PlainHTTP      bool   `yaml:"plainHTTP" example:"true" doc:"Allow an address that begins with http://, over which secrets travel unencrypted."`
	Via            string `yaml:"via" form:"service" example:"service/infisical.infisical:443" doc:"Reach Infisical from this machine through a port-forward to service/NAME.NAMESPACE[:PORT]."`
	Verify         string `yaml:"verify" form:"verify" example:"local" doc:"Who tries credentials out before they are written: local (this machine), cluster (External Secrets Operator, from inside) or none. Default: local."`
}

// Test is how the setup is proved.
type Test struct {
	Namespace string `yaml:"namespace" form:"label" example:"eso-test" doc:"Namespace for the test; it is made, and removed again. Default: eso-test."`
}

// Store is a ClusterSecretStore or SecretStore, with the credentials it logs in with. The place in Infisical and the names have
// their defaults where they are left out, whatever a cluster holds; what else is left out stays as an existing store has it.
type Store struct {
	Project     string `yaml:"project" form:"slug" required:"yes" example:"archon-platform" doc:"Slug of the Infisical project, from its settings."`
	Name        string `yaml:"name" form:"name" example:"infisical-archon-platform" doc:"Name of the store. Default: infisical-PROJECT."`
	Namespace   string `yaml:"namespace" form:"label" example:"team-a" doc:"Makes it a SecretStore in that namespace, where its Secret and its CA are, too. Default: it is a ClusterSecretStore."`
	Environment string `yaml:"environment" form:"text" example:"prod" doc:"Slug of the environment. Default: prod."`
	Path        string `yaml:"path" form:"folder" example:"/" doc:"Folder in the environment. Default: /."`
	Key         string `yaml:"key" form:"text" example:"DASHSCOPE_API_KEY" doc:"Name of a secret in Infisical that proves the store: the test reads it."`
	Auth        string `yaml:"auth" form:"auth" example:"universal" doc:"How External Secrets Operator logs in: universal (client ID and client secret) or kubernetes (its ServiceAccount's token). Default: universal."`
	Secret      string `yaml:"secret" form:"name" example:"infisical-eso-creds" doc:"Name of the Kubernetes Secret that the store logs in with; stores may share one. Default: infisical-eso-creds, with kubernetes infisical-eso-identity."`

	ClientID         string `yaml:"clientID" form:"id" example:"00000000-0000-0000-0000-000000000000" doc:"Client ID of the machine identity, which is no secret."`
	ClientIDFile     string `yaml:"clientIDFile" form:"file" example:"client-id.txt" doc:"File that holds the client ID, relative to this file."`
	ClientSecretFile string `yaml:"clientSecretFile" form:"file" example:"client-secret.txt" doc:"File that holds the client secret, relative to this file. Keep it out of version control, or leave it out here: the variable INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET, --client-secret-stdin and a hidden prompt do as well."`

	CAConfigMap string `yaml:"caConfigMap" form:"name" example:"infisical-ca" doc:"Name of the ConfigMap that the CA is kept in. Default: infisical-ca."`
	CASecret    string `yaml:"caSecret" form:"name" example:"infisical-ca" doc:"Name of a Secret that the CA is kept in, in place of a ConfigMap."`

	AllowNamespaces        []string `yaml:"allowNamespaces" form:"label" example:"team-a" doc:"Namespaces that may use the ClusterSecretStore. Without these two, a new store lets every one, and an existing one stays as it is."`
	AllowNamespaceSelector string   `yaml:"allowNamespaceSelector" form:"selector" example:"secrets=infisical" doc:"Labels of further namespaces that may, as in team=a or 'stage in (test,prod)'."`

	Recursive        *bool  `yaml:"recursive" example:"true" doc:"Read the folders below the path, too. Default: as the existing store, else false."`
	ExpandReferences *bool  `yaml:"expandReferences" example:"false" doc:"Replace references to other secrets by their values, as Infisical does. Default: as the existing store, else true."`
	Organization     string `yaml:"organization" form:"text" example:"platform" doc:"Slug of the organisation to log in to, with External Secrets Operator 2.7.0 or newer. Default: the existing store's, else the identity's own."`
}
