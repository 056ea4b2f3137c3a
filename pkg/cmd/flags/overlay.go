package flags

import (
	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// overlay says what a flag counts more for than a Setup file.
type overlay struct {
	flag string
	// oneStore is for flags that can be meant for one store only.
	oneStore bool
	lay      func(to, from *setup.Desired)
}

// overlays are all flags that say something which a Setup file can say, too.
var overlays = []overlay{
	{"host", false, func(to, from *setup.Desired) { to.Host = from.Host }},
	{"plain-http", false, func(to, from *setup.Desired) { to.PlainHTTP = from.PlainHTTP }},
	{"verify", false, func(to, from *setup.Desired) { to.Verify = from.Verify }},
	{"via", false, func(to, from *setup.Desired) { to.Via = from.Via }},
	{"test-namespace", false, func(to, from *setup.Desired) { to.TestNamespace = from.TestNamespace }},

	{"release", false, func(to, from *setup.Desired) { to.Release = from.Release }},
	{"repo", false, func(to, from *setup.Desired) { to.Chart.Repository = from.Chart.Repository }},
	{"chart", false, func(to, from *setup.Desired) { to.Chart.Chart = from.Chart.Chart }},
	{"version", false, func(to, from *setup.Desired) { to.Chart.Version = from.Chart.Version }},
	{"chart-digest", false, func(to, from *setup.Desired) { to.Chart.Digest = from.Chart.Digest }},
	{"verify-chart", false, func(to, from *setup.Desired) { to.Chart.Verify = from.Chart.Verify }},
	{"keyring", false, func(to, from *setup.Desired) { to.Chart.Keyring = from.Chart.Keyring }},
	{"values", false, func(to, from *setup.Desired) { to.Values.Files = from.Values.Files }},
	{"timeout", false, func(to, from *setup.Desired) { to.Timeout = from.Timeout }},

	{"project", true, func(to, from *setup.Desired) { to.Project = from.Project }},
	{"environment", true, func(to, from *setup.Desired) { to.Environment = from.Environment }},
	{"path", true, func(to, from *setup.Desired) { to.Path = from.Path }},
	{"key", true, func(to, from *setup.Desired) { to.Key = from.Key }},
	{"auth", true, func(to, from *setup.Desired) { to.Auth = from.Auth }},
	{"store-namespace", true, func(to, from *setup.Desired) { to.StoreNamespace = from.StoreNamespace }},
	{"secret", true, func(to, from *setup.Desired) { to.Credentials = from.Credentials }},
	{"ca-configmap", true, func(to, from *setup.Desired) { to.CA = from.CA }},
	{"ca-secret", true, func(to, from *setup.Desired) { to.CA = from.CA }},
	{"allow-namespace", true, layAccess},
	{"allow-namespace-selector", true, layAccess},
	{"allow-all-namespaces", true, layAccess},
}

func layAccess(to, from *setup.Desired) { to.StoreOptions.Access = from.StoreOptions.Access }

// changed reports whether the flag was given, or the variable that stands for it.
func changed(fs *pflag.FlagSet, name string) bool {
	flag := fs.Lookup(name)
	return flag != nil && flag.Changed
}
