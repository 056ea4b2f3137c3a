// Package setup is the runbook: the state that a cluster should be in, and one step for each of its parts. A step changes only
// what is not right yet and says what it did; it never prints.
package setup

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// The runbook's names and limits.
const (
	DefaultNamespace    = "external-secrets"
	DefaultRepository   = "https://charts.external-secrets.io"
	DefaultChartVersion = "2.4.1"
	DefaultEnvironment  = "prod"
	DefaultTestSpace    = "eso-test"
	DefaultSecret       = "infisical-eso-creds"
	DefaultIdentity     = "infisical-eso-identity"
	DefaultConfigMap    = "infisical-ca"

	InstallTimeout = 3 * time.Minute
	StoreTimeout   = time.Minute
	TestTimeout    = time.Minute
)

// Desired is the state to reach. Empty fields of Infisical's part are filled from the cluster, see Runner.Remember.
type Desired struct {
	// Namespace holds ESO and the objects that its store refers to.
	Namespace string
	Release   string
	// Chart and Values are what ESO is installed from. An empty version stands for the runbook's.
	Chart  helm.Source
	Values helm.Values
	// TakeOwnership lets the release take over objects that people have made.
	TakeOwnership bool
	// Wait is for ESO to run, for as long as Timeout.
	Wait    bool
	Timeout time.Duration

	Host, Project, Environment, Path string
	Store                            string
	// StoreNamespace is that of a SecretStore, and of what it refers to; empty for a ClusterSecretStore.
	StoreNamespace string
	StoreOptions   StoreOptions
	// Verify says who tries credentials out before they are written, and Via which Service leads to Infisical.
	Verify verify.Mode
	Via    kube.ServicePort
	// Auth is how the store logs in, and MachineIdentity the identity to be made for that; its project and place follow from the rest.
	Auth            eso.Auth
	MachineIdentity identity.Spec
	// KubernetesHost is the API server's address as Infisical reaches it, for Kubernetes Auth; empty stands for the kubeconfig's.
	KubernetesHost string
	// PlainHTTP lets the client secret travel unencrypted, which is refused otherwise.
	PlainHTTP bool
	// Credentials is the Secret that the store refers to, and CA the ConfigMap or Secret.
	Credentials eso.Reference
	CA          eso.CASource
	// ForceConflicts takes fields over that another field manager owns.
	ForceConflicts bool

	TestNamespace string
	// Key is the secret in Infisical that the test reads.
	Key string
}

// Defaults are the runbook's names for everything that has one.
func Defaults() Desired {
	return Desired{
		Namespace: DefaultNamespace, Release: "external-secrets",
		Chart: helm.Source{Repository: DefaultRepository, Chart: chartName},
		Wait:  true, Timeout: InstallTimeout,
		Verify:        verify.Local,
		TestNamespace: DefaultTestSpace,
	}
}

// SlugPattern is what Infisical takes as a project's slug.
const SlugPattern = `^[a-z0-9]+(?:[_-][a-z0-9]+)*$`

var slug = regexp.MustCompile(SlugPattern)

// Validate checks what was given, before anybody is asked.
func (d *Desired) Validate() error {
	if d.Host != "" {
		host, err := infisical.NormalizeHost(d.Host)
		if err != nil {
			return &InputError{Problem: err.Error()}
		}
		d.Host = host
		if err := d.checkScheme(); err != nil {
			return err
		}
	}
	if d.Project != "" && !slug.MatchString(d.Project) {
		return &InputError{Problem: "--project takes a slug, of lower-case letters, digits, - and _, and " + strconv.Quote(d.Project) +
			" is none; Infisical shows names, and the slug in the project's settings"}
	}
	if err := d.validateChart(); err != nil {
		return err
	}
	if d.Path != "" && !strings.HasPrefix(d.Path, "/") {
		return &InputError{Problem: "--path must begin with a slash, as in /app"}
	}
	return nil
}

func (d *Desired) validateChart() error {
	if err := d.Chart.Validate(); err != nil {
		return &InputError{Problem: err.Error()}
	}
	if d.Chart.Chart == helm.FromStdin && slices.Contains(d.Values.Files, helm.FromStdin) {
		return &InputError{Problem: "standard input can hold the chart or its values, not both; give one of them as a file"}
	}
	if d.Timeout < 0 {
		return &InputError{Problem: "--timeout must not be negative"}
	}
	return nil
}

// ReadsStdin reports whether the chart or its values are read from standard input.
func (d *Desired) ReadsStdin() bool {
	return d.Chart.Chart == helm.FromStdin || slices.Contains(d.Values.Files, helm.FromStdin)
}

// checkScheme refuses plain HTTP, but for names that exist in a cluster only, where TLS often ends before Infisical.
func (d *Desired) checkScheme() error {
	if d.PlainHTTP || !plain(d.Host) {
		return nil
	}
	return &InputError{Problem: "with " + d.Host + " the client secret would travel unencrypted; use https://, or --plain-http if that is what you want"}
}

// checkSchemeOf does so for the address that a store names, for what this program sends there: by way of the cluster, that is encrypted.
func (d *Desired) checkSchemeOf(host string) error {
	to := Desired{Host: host, PlainHTTP: d.PlainHTTP || d.Via.Name != ""}
	return to.checkScheme()
}

// plain reports whether what goes to the address can be read on its way.
func plain(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return false
	}
	_, local := kube.ClusterService(u.Hostname())
	return !local
}

// In places what is desired into ESO's namespace, which must not be that of the tests.
func (d Desired) In(namespace string) (Desired, error) {
	d.Namespace = namespace
	if d.TestNamespace == namespace {
		return d, &InputError{Problem: "the test needs a namespace of its own, not that of External Secrets Operator"}
	}
	return d, nil
}

// Secret is where the credentials are, or are to be.
func (d *Desired) Secret() eso.Reference {
	if d.Auth == eso.KubernetesAuth {
		return d.reference(d.Credentials, DefaultIdentity)
	}
	return d.reference(d.Credentials, DefaultSecret)
}

// Authority is where the CA is, or is to be.
func (d *Desired) Authority() eso.CASource {
	return eso.CASource{Reference: d.reference(d.CA.Reference, DefaultConfigMap), Secret: d.CA.Secret}
}

func (d *Desired) reference(ref eso.Reference, name string) eso.Reference {
	fill(&ref.Name, name)
	fill(&ref.Namespace, d.StoreNamespace)
	fill(&ref.Namespace, d.Namespace)
	return ref
}

// complete fills what follows from the rest. It comes after the cluster has been asked.
func (d *Desired) complete() error {
	var missing []string
	if d.Host == "" {
		missing = append(missing, "--host")
	}
	if d.Project == "" {
		missing = append(missing, "--project")
	}
	if len(missing) > 0 {
		return &InputError{Problem: "there is no store in the cluster to take it from, so " + strings.Join(missing, " and ") + " must be given"}
	}
	fill(&d.Environment, DefaultEnvironment)
	fill(&d.Path, "/")
	fill(&d.Store, "infisical-"+d.Project)
	return nil
}

// InputError says that what was given cannot be used, and what would be right. Nothing has been changed.
type InputError struct{ Problem string }

func (e *InputError) Error() string { return e.Problem }

// NoCredentials says how to give the credentials where they are neither given nor in the cluster.
const NoCredentials = "the machine identity's client ID and client secret are missing: give --client-id or --client-id-file, and the secret by " +
	"--client-secret-stdin, --client-secret-file or the variable INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"
