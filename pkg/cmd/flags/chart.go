package flags

import (
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Chart says where External Secrets Operator's chart comes from, how to tell that it is the right one, and with which values. stdin is
// read where a flag says so.
func Chart(fs *pflag.FlagSet, d *setup.Desired, stdin io.Reader) {
	fs.StringVar(&d.Release, "release", d.Release, "name of the Helm release")
	fs.StringVar(&d.Chart.Repository, "repo", d.Chart.Repository, "address of the chart repository")
	fs.StringVar(&d.Chart.Chart, "chart", d.Chart.Chart,
		"chart: a name in the repository, an oci:// reference with a tag or digest, a path that begins with ./, ../ or /, or - for an archive on standard input")
	fs.StringVar(&d.Chart.Version, "version", d.Chart.Version, `version of the chart (default: "`+setup.DefaultChartVersion+`", unless --chart says which one)`)
	fs.StringVar(&d.Chart.Digest, "chart-digest", "", "sha256:HEX that the chart must have: that of the archive's bytes, or of the manifest in an OCI registry")
	fs.BoolVar(&d.Chart.Verify, "verify-chart", false, "demand the chart's provenance file, signed by a key in --keyring")
	fs.StringVar(&d.Chart.Keyring, "keyring", defaultKeyring(), "file of public GPG keys for --verify-chart")
	fs.StringArrayVar(&d.Values.Files, "values", nil, "file of values for the chart, or - for standard input; later ones win (can be repeated)")
	fs.StringArrayVar(&d.Values.Set, "set", nil, "value for the chart, KEY=VALUE,… as helm takes it (can be repeated)")
	fs.StringArrayVar(&d.Values.SetString, "set-string", nil, "value that is text, KEY=VALUE,… (can be repeated)")
	fs.StringArrayVar(&d.Values.SetFile, "set-file", nil, "value that is the content of a file, KEY=PATH,… (can be repeated)")
	fs.StringArrayVar(&d.Values.JSON, "set-json", nil, "value that is JSON, KEY=JSON,… (can be repeated)")
	d.Chart.Stdin, d.Values.Stdin = stdin, stdin
}

// defaultKeyring is where gpg keeps public keys, as helm assumes.
func defaultKeyring() string {
	if home := os.Getenv("GNUPGHOME"); home != "" {
		return filepath.Join(home, "pubring.gpg")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".gnupg", "pubring.gpg")
}
