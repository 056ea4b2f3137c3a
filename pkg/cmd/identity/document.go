package identity

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// kind of the document.
const kind = "MachineIdentity"

// document is what "identity show" prints. It holds no secret: a prefix is what Infisical itself shows.
type document struct {
	output.Header
	ID            string           `json:"id"`
	Name          string           `json:"name"`
	Project       string           `json:"project"`
	ProjectScoped bool             `json:"projectScoped"`
	MadeByUs      bool             `json:"madeByThisProgram"`
	Locked        bool             `json:"locked"`
	Roles         []string         `json:"roles"`
	Privileges    []privilege      `json:"privileges"`
	UniversalAuth *universalAuth   `json:"universalAuth,omitempty"`
	Kubernetes    *kubernetesAuth  `json:"kubernetesAuth,omitempty"`
	ClientSecrets []secretDocument `json:"clientSecrets"`
}

type privilege struct {
	Environment string `json:"environment"`
	Path        string `json:"path"`
}

type universalAuth struct {
	ClientID                 string   `json:"clientId"`
	AccessTokenTTLSeconds    int64    `json:"accessTokenTTLSeconds"`
	AccessTokenMaxTTLSeconds int64    `json:"accessTokenMaxTTLSeconds"`
	TrustedIPs               []string `json:"trustedIPs"`
}

type kubernetesAuth struct {
	Host              string   `json:"kubernetesHost"`
	AllowedNames      []string `json:"allowedNames"`
	AllowedNamespaces []string `json:"allowedNamespaces"`
}

type secretDocument struct {
	ID          string     `json:"id"`
	Prefix      string     `json:"prefix"`
	Description string     `json:"description"`
	Uses        int        `json:"uses"`
	Created     time.Time  `json:"created"`
	Expires     *time.Time `json:"expires,omitempty"`
}

func newDocument(s identity.State) *document {
	d := &document{Header: output.NewHeader(kind), ID: s.Identity.ID, Name: s.Identity.Name,
		Project: s.Project.Slug, ProjectScoped: s.Identity.ProjectID != "", MadeByUs: identity.Ours(s.Identity),
		Locked: len(s.Identity.Locked) > 0, Roles: append([]string{}, s.Roles...), Privileges: []privilege{}, ClientSecrets: []secretDocument{}}
	for _, p := range s.Privileges {
		d.Privileges = append(d.Privileges, privilege{Environment: p.Environment, Path: p.PathGlob})
	}
	if u := s.Universal; u != nil {
		d.UniversalAuth = &universalAuth{ClientID: u.ClientID, AccessTokenTTLSeconds: int64(u.AccessTokenTTL.Seconds()),
			AccessTokenMaxTTLSeconds: int64(u.AccessTokenMaxTTL.Seconds()), TrustedIPs: u.TrustedIPs}
	}
	if k := s.Kubernetes; k != nil {
		d.Kubernetes = &kubernetesAuth{Host: k.Host, AllowedNames: k.AllowedNames, AllowedNamespaces: k.AllowedNamespaces}
	}
	for _, secret := range s.Secrets {
		d.ClientSecrets = append(d.ClientSecrets, newSecretDocument(secret))
	}
	return d
}

func newSecretDocument(s infisical.ClientSecret) secretDocument {
	d := secretDocument{ID: s.ID, Prefix: s.Prefix, Description: s.Description, Uses: s.Uses, Created: s.Created}
	if until, ends := s.Expires(); ends {
		d.Expires = &until
	}
	return d
}

func (d *document) text(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, value string) { fmt.Fprintf(table, "%s:\t%s\n", name, value) }
	line("Name", d.Name)
	line("ID", d.ID)
	if d.Locked {
		line("Locked", "yes, after failed logins; it ends by itself, after 5 minutes by default")
	}
	line("Project", d.Project)
	line("Roles", orNone(strings.Join(d.Roles, ", ")))
	for _, p := range d.Privileges {
		line("May read", fmt.Sprintf("environment %s, path %s", p.Environment, p.Path))
	}
	if u := d.UniversalAuth; u != nil {
		line("Client ID", u.ClientID)
		line("Access tokens", fmt.Sprintf("%s, at most %s", time.Duration(u.AccessTokenTTLSeconds)*time.Second, time.Duration(u.AccessTokenMaxTTLSeconds)*time.Second))
	}
	if k := d.Kubernetes; k != nil {
		line("Kubernetes Auth", fmt.Sprintf("%s, ServiceAccount %s in namespace %s", k.Host, strings.Join(k.AllowedNames, ", "), strings.Join(k.AllowedNamespaces, ", ")))
	}
	for _, s := range d.ClientSecrets {
		line("Client secret", fmt.Sprintf("%s…, used %d times, created %s, %s, %s", s.Prefix, s.Uses, s.Created.Format(time.DateOnly), expiry(s.Expires), s.Description))
	}
	return table.Flush()
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func expiry(t *time.Time) string {
	if t == nil {
		return "does not expire"
	}
	return "expires " + t.Format(time.DateOnly)
}
