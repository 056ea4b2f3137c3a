package flags

import (
	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Chart says where External Secrets Operator's chart comes from, how to tell that it is the right one, and with which values.
func Chart(fs *pflag.FlagSet, d *setup.Desired) {
	fs.StringVar(&d.Release, "release", d.Release, "name of the Helm release")
	fs.StringVar(&d.Chart.Repository, "repo", d.Chart.Repository, "address of the chart repository")
	fs.StringVar(&d.Chart.Chart, "chart", d.Chart.Chart,
		"chart: a name in the repository, an oci:// reference with a tag or digest, a path that begins with ./, ../ or /, or - for an archive on standard input")
	fs.StringVar(&d.Chart.Version, "version", d.Chart.Version, `version of the chart (default "`+setup.DefaultChartVersion+`", unless --chart says which one)`)
	fs.StringVar(&d.Chart.Digest, "chart-digest", "", "sha256:HEX that the chart must have: that of the archive's bytes, or of the manifest in an OCI registry")
	fs.BoolVar(&d.Chart.Verify, "verify-chart", false, "demand the chart's provenance file, signed by a key in --keyring")
	fs.StringVar(&d.Chart.Keyring, "keyring", "", "file of public GPG keys for --verify-chart (default: gpg's pubring.gpg)")
	fs.StringArrayVar(&d.Values.Files, "values", nil, "file of values for the chart, or - for standard input; later ones win (can be repeated)")
	fs.StringArrayVar(&d.Values.Set, "set", nil, "value for the chart, KEY=VALUE,… as helm takes it (can be repeated)")
	fs.StringArrayVar(&d.Values.SetString, "set-string", nil, "value that is text, KEY=VALUE,… (can be repeated)")
	fs.StringArrayVar(&d.Values.SetFile, "set-file", nil, "value that is the content of a file, KEY=PATH,… (can be repeated)")
	fs.StringArrayVar(&d.Values.JSON, "set-json", nil, "value that is JSON, KEY=JSON,… (can be repeated)")
}

// Wait says whether to wait for External Secrets Operator to run, and for how long.
func Wait(fs *pflag.FlagSet, d *setup.Desired) {
	fs.BoolVar(&d.Wait, "wait", d.Wait, "wait until External Secrets Operator runs and its webhook answers")
	fs.DurationVar(&d.Timeout, "timeout", d.Timeout, "how long to wait for that")
}
