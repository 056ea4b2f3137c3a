// Package flags holds the groups of flags that several commands have in common, so that a flag means the same everywhere.
package flags

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Infisical says which server, project and place in it, and under which names that is known in the cluster.
func Infisical(fs *pflag.FlagSet, d *setup.Desired) {
	Host(fs, d)
	fs.StringVar(&d.Project, "project", d.Project, "slug of the Infisical project (default: the existing store's)")
	fs.StringVar(&d.Environment, "environment", d.Environment, `slug of the environment (default: the existing store's, else "`+setup.DefaultEnvironment+`")`)
	fs.StringVar(&d.Path, "path", d.Path, `folder in the environment (default: the existing store's, else "/")`)
	PlainHTTP(fs, d)
	References(fs, d)
}

// PlainHTTP lets secrets travel unencrypted, to an address that is given or that a store names.
func PlainHTTP(fs *pflag.FlagSet, d *setup.Desired) {
	fs.BoolVar(&d.PlainHTTP, "plain-http", false, "allow an address that begins with http://, over which secrets travel unencrypted")
}

// Host says which server.
func Host(fs *pflag.FlagSet, d *setup.Desired) {
	fs.StringVar(&d.Host, "host", d.Host, "Infisical's address, https://HOST[:PORT] (default: the existing store's)")
}

// Auth says how ESO logs in to Infisical.
func Auth(fs *pflag.FlagSet, d *setup.Desired) {
	fs.Var((*authValue)(&d.Auth), "auth", "how ESO logs in: universal (client ID and client secret) or kubernetes (its ServiceAccount's token) (default: the existing store's, else universal)")
}

// authValue makes eso.Auth a flag.
type authValue eso.Auth

func (v *authValue) String() string { return string(*v) }
func (v *authValue) Type() string   { return "method" }

// Choices are all that this program sets up.
func (v *authValue) Choices() []string {
	return []string{string(eso.UniversalAuth), string(eso.KubernetesAuth)}
}

func (v *authValue) Set(text string) error {
	switch a := eso.Auth(text); a {
	case eso.UniversalAuth, eso.KubernetesAuth:
		*v = authValue(a)
		return nil
	}
	return fmt.Errorf("%q is no way to log in that this program sets up: use universal or kubernetes", text)
}

// ForceConflicts takes over what others wrote.
func ForceConflicts(fs *pflag.FlagSet, d *setup.Desired) {
	fs.BoolVar(&d.ForceConflicts, "force-conflicts", false, "take over fields that another field manager owns, such as those of kubectl create")
}

// References names the objects that belong together.
func References(fs *pflag.FlagSet, d *setup.Desired) {
	Store(fs, d)
	Secret(fs, d)
	ConfigMap(fs, d)
}

// Store names a ClusterSecretStore, or a SecretStore by its namespace as well.
func Store(fs *pflag.FlagSet, d *setup.Desired) {
	ClusterStore(fs, d)
	fs.StringVar(&d.StoreNamespace, "store-namespace", d.StoreNamespace, "namespace of the store, which is a SecretStore then, and of what it refers to (default: it is a ClusterSecretStore)")
}

// ClusterStore names a ClusterSecretStore, for commands that work on no SecretStore.
func ClusterStore(fs *pflag.FlagSet, d *setup.Desired) {
	fs.StringVar(&d.Store, "store", d.Store, "name of the store (default: infisical-PROJECT)")
}

// Secret names the Secret with the credentials.
func Secret(fs *pflag.FlagSet, d *setup.Desired) {
	fs.StringVar(&d.Credentials.Name, "secret", "", `name of the Secret with the machine identity's credentials (default: the existing store's, else "`+setup.DefaultSecret+`")`)
}

// Test says what the test reads and where it works.
func Test(fs *pflag.FlagSet, d *setup.Desired) {
	fs.StringVar(&d.Key, "key", d.Key, "key of a secret in Infisical that proves the setup, such as DASHSCOPE_API_KEY")
	TestNamespace(fs, d)
}

// TestNamespace says where the test works.
func TestNamespace(fs *pflag.FlagSet, d *setup.Desired) {
	fs.StringVar(&d.TestNamespace, "test-namespace", d.TestNamespace, "namespace for the test; it is made and removed if it does not exist")
}

// FromEnvironment sets each flag that was not given from the variable ESO_INFISICAL_ and the flag's name, as in ESO_INFISICAL_HOST.
func FromEnvironment(fs *pflag.FlagSet, lookup func(string) (string, bool)) error {
	var first error
	fs.VisitAll(func(f *pflag.Flag) {
		name := "ESO_INFISICAL_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, set := lookup(name)
		if f.Changed || !set || first != nil {
			return
		}
		if err := fs.Set(f.Name, value); err != nil {
			first = &setup.InputError{Problem: "the variable " + name + " is not valid: " + err.Error()}
		}
	})
	return first
}
