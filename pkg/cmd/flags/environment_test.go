package flags

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// lookup is an environment with these variables alone.
func lookup(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, set := variables[name]
		return value, set
	}
}

// parsed are the flags of a command about Infisical, with a switch.
func parsed(t *testing.T, d *setup.Desired, keep *bool, args ...string) *pflag.FlagSet {
	t.Helper()
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	Infisical(fs, d)
	Test(fs, d)
	fs.BoolVar(keep, "keep", false, "")
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return fs
}

func TestEnvironmentFillsWhatIsNotGiven(t *testing.T) {
	d, keep := setup.Defaults(), false
	fs := parsed(t, &d, &keep, "--host", "https://flag", "--path", "")
	err := FromEnvironment(fs, lookup(map[string]string{
		"ESO_INFISICAL_HOST": "https://variable", "ESO_INFISICAL_PATH": "/variable", "ESO_INFISICAL_PROJECT": "p",
		"ESO_INFISICAL_TEST_NAMESPACE": "n", "ESO_INFISICAL_KEEP": "true", "ESO_INFISICAL_SECRET": "", "INFISICAL_KEY": "other",
	}))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{d.Host, d.Path, d.Project, d.TestNamespace, d.Credentials.Name, d.Key}
	want := []string{"https://flag", "", "p", "n", "", ""}
	if strings.Join(got, "|") != strings.Join(want, "|") || !keep {
		t.Errorf("got %q, keep %t; want %q", got, keep, want)
	}
}

func TestEnvironmentWithAnInvalidValueNamesTheVariable(t *testing.T) {
	d, keep := setup.Defaults(), false
	err := FromEnvironment(parsed(t, &d, &keep), lookup(map[string]string{"ESO_INFISICAL_KEEP": "perhaps"}))
	if !isInput(err) || !strings.Contains(err.Error(), "ESO_INFISICAL_KEEP") {
		t.Errorf("error = %v", err)
	}
	d = setup.Defaults()
	if err := FromEnvironment(parsed(t, &d, &keep, "--keep"), lookup(map[string]string{"ESO_INFISICAL_KEEP": "perhaps"})); err != nil {
		t.Errorf("a variable that does not count: %v", err)
	}
}
