package checks

import (
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

func TestFlagsAreReadAsESOReadsThem(t *testing.T) {
	for args, want := range map[string]string{
		`[]`:                         "none",
		`["--class=a"]`:              "a",
		`["-class=a"]`:               "a",
		`["--class", "a"]`:           "a",
		`["--class", "--other"]`:     "true",
		`["--class"]`:                "true",
		`["--class=a", "--class=b"]`: "b",
		`["--other", "class"]`:       "none",
	} {
		d := clustertest.Object(t, "{kind: Deployment, spec: {template: {spec: {containers: [{name: c, args: "+args+"}]}}}}")
		if got := flagOf(d, "class", "none"); got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}
