package flags

import (
	"strings"

	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Access are the flags that say which namespaces may use a ClusterSecretStore.
type Access struct {
	namespaces []string
	selector   string
	all        bool
}

// AddFlags adds the flags.
func (a *Access) AddFlags(fs *pflag.FlagSet) {
	fs.StringArrayVar(&a.namespaces, "allow-namespace", nil, "let this namespace use the ClusterSecretStore; can be repeated, and replaces what was allowed before")
	fs.StringVar(&a.selector, "allow-namespace-selector", "", "let the namespaces with these labels use the ClusterSecretStore, as in team=a or 'stage in (test,prod)'")
	fs.BoolVar(&a.all, "allow-all-namespaces", false, "let every namespace use the ClusterSecretStore again")
}

// Parse returns nil if nothing was given.
func (a *Access) Parse(storeNamespace string) (*setup.Access, error) {
	limited := len(a.namespaces) > 0 || a.selector != ""
	switch {
	case !limited && !a.all:
		return nil, nil
	case limited && a.all:
		return nil, &setup.InputError{Problem: "--allow-all-namespaces and a limit exclude each other"}
	case storeNamespace != "":
		return nil, &setup.InputError{Problem: "a SecretStore can be used from its own namespace only, so there is nothing to allow"}
	}
	for _, name := range a.namespaces {
		if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
			return nil, &setup.InputError{Problem: "--allow-namespace " + name + " is no namespace's name: " + strings.Join(problems, "; ")}
		}
	}
	allowed := &setup.Access{Namespaces: a.namespaces}
	if a.selector == "" {
		return allowed, nil
	}
	selector, err := metav1.ParseToLabelSelector(a.selector)
	if err != nil {
		return nil, &setup.InputError{Problem: "--allow-namespace-selector: " + err.Error()}
	}
	allowed.Selector = selector
	return allowed, nil
}
