package uninstall

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

// Fate is what becomes of an object.
type Fate string

// The fates.
const (
	Deleted Fate = "deleted"
	Kept    Fate = "kept"
)

// Plan is all that an uninstall does, and what that means for others. Whoever shows it need not ask the cluster anything more.
type Plan struct {
	Release Release `json:"release"`
	// Kinds are ESO's custom resources, in the order in which they are deleted.
	Kinds []Kind `json:"kinds"`
	// Secrets are those that ESO keeps.
	Secrets []Secret `json:"secrets"`
	// Webhooks are ESO's webhook configurations, Definitions its custom resource definitions, Own what this program has made.
	Webhooks    []Item `json:"webhooks"`
	Definitions []Item `json:"definitions"`
	Own         []Item `json:"own"`
	Namespaces  []Item `json:"namespaces"`
	// Forced are the objects from which ESO's finalizers are taken, since its controller does not run and --force-finalizers was given.
	Forced []string `json:"forced"`
	// Unknown is what might be lost, or stand in the way, and may not be read.
	Unknown []Unknown `json:"unknown"`
	// Blockers must be out of the way before anything is removed.
	Blockers []Blocker `json:"blockers"`

	// controller is set when ESO's controller runs, silence when its webhook configurations must go first, made that the namespace is this
	// program's.
	controller, silence, made bool
}

// Release is the Helm release as it is now.
type Release struct {
	Name      string   `json:"name"`
	Namespace string   `json:"namespace"`
	Status    string   `json:"status"`
	Chart     string   `json:"chart,omitempty"`
	Objects   []Object `json:"objects"`

	content helm.Content
}

// Absent reports whether there is no such release.
func (r Release) Absent() bool { return r.content.Status == helm.Absent && r.content.Revision == 0 }

// Object names one object of the release.
type Object struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Fate      Fate   `json:"fate"`

	resource schema.GroupVersionResource
}

// Kind is one kind of custom resource with the objects there are of it.
type Kind struct {
	Name    string   `json:"kind"`
	Group   string   `json:"group"`
	Objects []Custom `json:"objects"`

	resource schema.GroupVersionResource
	stage    stage
}

// Custom is one custom resource.
type Custom struct {
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// ManagedBy is what would make it again, a tool or one of ESO's other objects, or empty.
	ManagedBy string `json:"managedBy,omitempty"`
	// Note says what its deletion brings about beyond the cluster, or why its target cannot be kept.
	Note       string   `json:"note,omitempty"`
	Finalizers []string `json:"finalizers,omitempty"`

	uid types.UID
}

// Secret is one that ESO writes.
type Secret struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// ExternalSecret owns it; empty where none does, so that it stays in any case.
	ExternalSecret string `json:"externalSecret,omitempty"`
	Fate           Fate   `json:"fate"`
	UsedBy         []Use  `json:"usedBy"`

	uid  types.UID
	hash string
}

// Use is a workload whose pods need a Secret.
type Use struct {
	// Workload is the kind and name of the pods' controller, or of the pod itself.
	Workload string   `json:"workload"`
	Pods     []string `json:"pods"`
}

// Item is an object that goes or stays, and why.
type Item struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Fate      Fate   `json:"fate"`
	Reason    string `json:"reason,omitempty"`

	resource schema.GroupVersionResource
	uid      types.UID
}

func (i Item) String() string { return reference(i.Kind, i.Namespace, i.Name) }

// Unknown is what could not be read, and the API server's answer.
type Unknown struct {
	What   string `json:"what"`
	Reason string `json:"reason"`
}

// Blocker is a reason not to begin.
type Blocker struct {
	Code    cause.Code `json:"code"`
	Problem string     `json:"problem"`
	Fix     string     `json:"fix"`
}

// Empty reports whether there is nothing to remove.
func (p *Plan) Empty() bool {
	return p.Release.Absent() && p.Count() == 0 && len(p.going(p.Webhooks))+len(p.going(p.Definitions))+len(p.going(p.Own))+len(p.going(p.Namespaces)) == 0
}

// Count is how many custom resources there are.
func (p *Plan) Count() int {
	n := 0
	for _, k := range p.Kinds {
		n += len(k.Objects)
	}
	return n
}

// Lost are the Secrets that go.
func (p *Plan) Lost() []Secret {
	var lost []Secret
	for _, s := range p.Secrets {
		if s.Fate == Deleted {
			lost = append(lost, s)
		}
	}
	return lost
}

func (*Plan) going(items []Item) []Item {
	var going []Item
	for _, i := range items {
		if i.Fate == Deleted {
			going = append(going, i)
		}
	}
	return going
}

// reference writes an object as kubectl does, with its namespace.
func reference(kind, namespace, name string) string {
	text := strings.ToLower(kind) + "/"
	if namespace != "" {
		text += namespace + "/"
	}
	return text + name
}
