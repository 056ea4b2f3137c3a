package flags

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	setupfile "github.com/eso-infisical/kubectl-eso-infisical/pkg/setup/file"
)

// SetupFile takes the name of a Setup file.
type SetupFile struct{ Name string }

// Target is one store to set up.
type Target struct {
	Desired setup.Desired
	// Credentials is the same one for all targets whose stores log in with the same Secret, and CA for all whatever.
	Credentials *Credentials
	CA          *CAFile
}

// AddFlags adds the flag.
func (s *SetupFile) AddFlags(fs *pflag.FlagSet) {
	fs.StringVarP(&s.Name, "file", "f", "", "Setup file that says what is wanted, as init writes it, or - for standard input; what is given by flags and variables counts more")
}

// Given reports whether a file was named.
func (s *SetupFile) Given() bool { return s.Name != "" }

// Targets are the stores to set up: those of the file, with what was given by flags and variables laid over, or without a file the one that given
// says. fs are the command's flags once they are parsed.
func (s *SetupFile) Targets(fs *pflag.FlagSet, given Target, streams genericiooptions.IOStreams) ([]Target, error) {
	if !s.Given() {
		return []Target{given}, nil
	}
	if s.Name == setupfile.Stdin && (given.Credentials.Stdin || given.CA.Name == "-" || given.Desired.ReadsStdin()) {
		return nil, &setup.InputError{Problem: "standard input can hold the Setup file or the other value, not both; give one of them as a file"}
	}
	read, err := setupfile.Load(s.Name, streams.In)
	if err != nil {
		return nil, &setup.InputError{Problem: err.Error()}
	}
	chosen, err := choose(read.Targets(given.Desired), given.Desired.Store, given.Desired.StoreNamespace)
	if err != nil {
		return nil, err
	}
	if err := refuseAmbiguous(fs, chosen); err != nil {
		return nil, err
	}
	namespace := place(fs, chosen[0].Desired.Namespace)
	for i := range chosen {
		chosen[i].Desired.Namespace = namespace
	}
	return lay(fs, chosen, given)
}

// choose picks the store of that name, or of NAMESPACE/NAME, or all of them if none is named.
func choose(all []setupfile.Target, name, namespace string) ([]setupfile.Target, error) {
	if name == "" {
		return all, nil
	}
	var found []setupfile.Target
	var names []string
	for _, t := range all {
		key := eso.StoreKey{Namespace: t.Desired.StoreNamespace, Name: t.Desired.Store}
		if name == key.ID() || name == key.Name && (namespace == "" || namespace == key.Namespace) {
			found = append(found, t)
		}
		names = append(names, key.ID())
	}
	switch {
	case len(found) == 0:
		return nil, &setup.InputError{Problem: fmt.Sprintf("--store %s: the Setup file has no such store; it has %s", name, strings.Join(names, ", "))}
	case len(found) > 1:
		return nil, &setup.InputError{Problem: fmt.Sprintf("--store %s: the Setup file has several of that name; write NAMESPACE/NAME", name)}
	}
	return found, nil
}

// refuseAmbiguous refuses what can be meant for one store only, where there are several.
func refuseAmbiguous(fs *pflag.FlagSet, chosen []setupfile.Target) error {
	if len(chosen) == 1 {
		return nil
	}
	for _, o := range overlays {
		if o.oneStore && changed(fs, o.flag) {
			return &setup.InputError{Problem: fmt.Sprintf("--%s is for one store, and the Setup file has %d; say which one with --store", o.flag, len(chosen))}
		}
	}
	return nil
}

// place puts ESO into the namespace that the file names, unless a flag says otherwise, and returns it. All clients take it from the flag.
func place(fs *pflag.FlagSet, namespace string) string {
	flag := fs.Lookup("namespace")
	if flag == nil {
		return namespace
	}
	if !flag.Changed {
		_ = flag.Value.Set(namespace) // which takes any text
	}
	return flag.Value.String()
}

// lay lays what was given over the stores of the file.
func lay(fs *pflag.FlagSet, chosen []setupfile.Target, given Target) ([]Target, error) {
	ca := given.CA
	if ca.Name == "" {
		ca.Name = chosen[0].CAFile
		ca.PasswordFile = cmp.Or(ca.PasswordFile, chosen[0].CAPasswordFile)
	}
	pairs := map[eso.Reference]*Credentials{}
	var targets []Target
	for _, from := range chosen {
		t := Target{Desired: from.Desired, CA: ca}
		for _, o := range overlays {
			if changed(fs, o.flag) {
				o.lay(&t.Desired, &given.Desired)
			}
		}
		if err := t.Desired.Validate(); err != nil {
			return nil, err
		}
		if t.Desired.Auth == eso.KubernetesAuth {
			t.Credentials = &Credentials{Getenv: func(string) string { return "" }} // Its stores need none.
			targets = append(targets, t)
			continue
		}
		secret := t.Desired.Secret()
		if pairs[secret] == nil {
			pairs[secret] = given.Credentials.over(from)
		}
		t.Credentials = pairs[secret]
		targets = append(targets, t)
	}
	return targets, given.Credentials.suffice(len(pairs))
}

// over are the credentials as they were given, and as the file names them where they were not.
func (c *Credentials) over(from setupfile.Target) *Credentials {
	all := *c
	if c.ClientID == "" && c.ClientIDFile == "" && c.Getenv(clientIDVariable) == "" {
		all.ClientID, all.ClientIDFile = from.ClientID, from.ClientIDFile
	}
	if !c.Stdin && c.ClientSecretFile == "" && c.Getenv(clientSecretVariable) == "" {
		all.ClientSecretFile = from.ClientSecretFile
	}
	return &all
}

// suffice refuses credentials that would go into several Secrets: a login with the wrong ones is one of the three that lock an identity.
func (c *Credentials) suffice(secrets int) error {
	if secrets < 2 || !c.Given() {
		return nil
	}
	given := "--client-id and --client-secret"
	switch {
	case c.ClientID != "" || c.ClientIDFile != "" || c.ClientSecretFile != "" || c.Stdin:
	case c.Getenv(clientIDVariable) != "":
		given = "the variable " + clientIDVariable
	default:
		given = "the variable " + clientSecretVariable
	}
	return &setup.InputError{Problem: fmt.Sprintf("%s would count for all stores, and those log in with %d Secrets; say which store with --store, or name files in the Setup file",
		given, secrets)}
}
