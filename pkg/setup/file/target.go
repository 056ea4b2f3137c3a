package file

import (
	"cmp"
	"path/filepath"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// Target is one store to set up, with the operator and the server that all have in common, and where its credentials are to be read. Paths are as the
// working directory sees them.
type Target struct {
	Desired                                  setup.Desired
	CAFile, CAPasswordFile                   string
	ClientID, ClientIDFile, ClientSecretFile string
}

// Targets are the stores in the order of the file. What the file does not say is as in base.
func (s *Setup) Targets(base setup.Desired) []Target {
	s.Operator.lay(s, &base)
	s.Infisical.lay(&base)
	base.TestNamespace = cmp.Or(s.Test.Namespace, base.TestNamespace)
	var targets []Target
	for _, store := range s.Stores {
		t := Target{Desired: base, CAFile: s.fromHere(s.Infisical.CAFile), CAPasswordFile: s.fromHere(s.Infisical.CAPasswordFile),
			ClientID: store.ClientID, ClientIDFile: s.fromHere(store.ClientIDFile), ClientSecretFile: s.fromHere(store.ClientSecretFile)}
		store.lay(&t.Desired, s.Infisical.CAFile != "")
		targets = append(targets, t)
	}
	return targets
}

// lay puts what the file says of the operator over what is desired.
func (o Operator) lay(s *Setup, d *setup.Desired) {
	d.Namespace, d.Release = cmp.Or(o.Namespace, d.Namespace), cmp.Or(o.Release, d.Release)
	d.Chart.Repository, d.Chart.Version, d.Chart.Digest = cmp.Or(o.Chart.Repository, d.Chart.Repository), cmp.Or(o.Chart.Version, d.Chart.Version), cmp.Or(o.Chart.Digest, d.Chart.Digest)
	d.Chart.Chart = cmp.Or(s.chartFromHere(o.Chart.Name), d.Chart.Chart)
	d.Chart.Verify, d.Chart.Keyring = o.Chart.Verify || d.Chart.Verify, cmp.Or(s.fromHere(o.Chart.Keyring), d.Chart.Keyring)
	if len(o.ValuesFiles) > 0 {
		d.Values.Files = nil
	}
	for _, name := range o.ValuesFiles {
		d.Values.Files = append(d.Values.Files, s.fromHere(name))
	}
	if timeout, err := time.ParseDuration(o.Timeout); err == nil {
		d.Timeout = timeout
	}
}

// chartFromHere is the chart as the working directory sees it, if it is a path: then it begins so that it is taken for one.
func (s *Setup) chartFromHere(name string) string {
	if source := (helm.Source{Chart: name}); name == "" || !source.Local() {
		return name
	}
	path := s.fromHere(name)
	if filepath.IsAbs(path) || strings.HasPrefix(path, "..") {
		return path
	}
	return "." + string(filepath.Separator) + path
}

func (i Infisical) lay(d *setup.Desired) {
	d.Host, d.PlainHTTP = cmp.Or(i.Host, d.Host), i.PlainHTTP || d.PlainHTTP
	if via, err := kube.ParseServicePort(i.Via); err == nil {
		d.Via = via
	}
	if i.Verify != "" {
		d.Verify = verify.Mode(i.Verify)
	}
}

// lay says all of the store's place and names, also what has been left out, so that the file means the same in every cluster.
func (t Store) lay(d *setup.Desired, hasCA bool) {
	d.Project, d.Environment, d.Path, d.Key = t.Project, cmp.Or(t.Environment, setup.DefaultEnvironment), cmp.Or(t.Path, "/"), cmp.Or(t.Key, d.Key)
	d.Store, d.StoreNamespace, d.Auth = t.name(), t.Namespace, t.auth()
	d.Credentials = eso.Reference{Name: t.secret()}
	switch {
	case t.CASecret != "":
		d.CA = eso.CASource{Reference: eso.Reference{Name: t.CASecret}, Secret: true}
	case t.CAConfigMap != "" || hasCA:
		d.CA = eso.CASource{Reference: eso.Reference{Name: cmp.Or(t.CAConfigMap, setup.DefaultConfigMap)}}
	}
	d.StoreOptions = setup.StoreOptions{Recursive: t.Recursive, Expand: t.ExpandReferences, Organization: t.Organization, Access: t.access()}
}

// access is nil where the file limits nothing.
func (t Store) access() *setup.Access {
	if len(t.AllowNamespaces) == 0 && t.AllowNamespaceSelector == "" {
		return nil
	}
	allowed := &setup.Access{Namespaces: t.AllowNamespaces}
	if t.AllowNamespaceSelector == "" {
		return allowed
	}
	if selector, err := metav1.ParseToLabelSelector(t.AllowNamespaceSelector); err == nil {
		allowed.Selector = selector
	}
	return allowed
}

func (t Store) name() string { return cmp.Or(t.Name, "infisical-"+t.Project) }

func (t Store) auth() eso.Auth { return eso.Auth(cmp.Or(t.Auth, string(eso.UniversalAuth))) }

func (t Store) secret() string {
	if t.auth() == eso.KubernetesAuth {
		return cmp.Or(t.Secret, setup.DefaultIdentity)
	}
	return cmp.Or(t.Secret, setup.DefaultSecret)
}

// besides is the namespace of what the store refers to.
func (s *Setup) besides(t Store) string { return cmp.Or(t.Namespace, s.Operator.namespace()) }

func (o Operator) namespace() string { return cmp.Or(o.Namespace, setup.DefaultNamespace) }

func (t Test) namespace() string { return cmp.Or(t.Namespace, setup.DefaultTestSpace) }
