// Package identity keeps the machine identity that ESO logs in as: it finds or creates it in Infisical, attaches the way to log in, gives
// it what it may read, and issues and revokes its client secrets. It knows nothing of Kubernetes.
package identity

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// The runbook's settings of universal auth. ESO logs in anew at every sync, so that uses must not be limited.
const (
	TokenTTL    = 24 * time.Hour
	TokenMaxTTL = 30 * 24 * time.Hour
)

// Roles in a project that Infisical brings along. A viewer sees every environment: no built-in role is bound to one.
const (
	Viewer   = "viewer"
	NoAccess = "no-access"
)

// Spec is the machine identity to have.
type Spec struct {
	// Project is the slug of the project that it reads.
	Project string
	// Name is the identity's name, by default eso-PROJECT; ID chooses among several of that name.
	Name, ID string
	// Remembered is the ID of an identity that the cluster's records say was made for this. It finds one that was renamed on a server that
	// keeps no metadata.
	Remembered string
	// EnvironmentOnly confines it to Environment and Path; else it may view the whole project.
	EnvironmentOnly   bool
	Environment, Path string
	// KubernetesAuth replaces universal auth.
	KubernetesAuth *infisical.KubernetesAuth
}

// MadeAs is the name under which the identity is made, which it keeps in its metadata when somebody renames it.
func (s Spec) MadeAs() string { return s.name() }

func (s Spec) name() string {
	if s.Name != "" {
		return s.Name
	}
	return "eso-" + s.Project
}

// Metadata that marks an identity as made by this program for a project. Servers of mid-2024 keep none.
const (
	makerKey   = "managed-by"
	projectKey = "project"
	nameKey    = "made-as"
	maker      = "kubectl-eso-infisical"
)

func (s Spec) metadata() map[string]string {
	return map[string]string{makerKey: maker, projectKey: s.Project, nameKey: s.name()}
}

// made reports whether the identity says that this program made it for just this, whatever it is called today.
func (s Spec) made(i infisical.Identity) bool {
	madeAs, known := i.Metadata[nameKey]
	if !known {
		madeAs = i.Name // of a version that did not note it
	}
	return Ours(i) && i.Metadata[projectKey] == s.Project && madeAs == s.name()
}

// Ours reports whether the identity says that this program made it.
func Ours(i infisical.Identity) bool { return i.Metadata[makerKey] == maker }

func (s Spec) role() string {
	if s.EnvironmentOnly {
		return NoAccess
	}
	return Viewer
}

// privilege is what lets an identity without a role read one environment and path.
func (s Spec) privilege() infisical.Privilege {
	path := strings.TrimSuffix(s.Path, "/")
	sum := sha256.Sum256([]byte(s.Environment + "\x00" + path))
	return infisical.Privilege{Slug: fmt.Sprintf("eso-%x", sum[:6]), Environment: s.Environment, PathGlob: path + "/**"}
}
