package preflight

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// The annotations by which Helm knows its objects.
const (
	releaseName      = "meta.helm.sh/release-name"
	releaseNamespace = "meta.helm.sh/release-namespace"
)

// add judges an object of the chart that is there already.
func (r *Report) add(s Subject, obj, held *unstructured.Unstructured) {
	name, notes := NameOf(obj), held.GetAnnotations()
	find := func(severity Severity, code cause.Code, summary, fix string) {
		r.Findings = append(r.Findings, Finding{severity, code, name, summary, fix})
	}
	if held.GetDeletionTimestamp() != nil {
		find(Blocker, "EI234", "it is being deleted"+holders(held)+"; what is installed now would break when it goes",
			"wait until it is gone, or see what its finalizers wait for: kubectl get "+name+" -o yaml")
		return
	}
	owner, kept := kube.OwnerOf(held)
	switch {
	case owner.Tool != "Helm" && kept:
		find(Blocker, "EI237", "it is kept by "+owner.String()+", which would undo what is done to it", "install ESO there, or take it out of there first")
	case notes[releaseName] == s.Release && notes[releaseNamespace] == s.Namespace && held.GetLabels()[kube.ManagedByLabel] == "Helm":
	case notes[releaseName] != "" && (notes[releaseName] != s.Release || notes[releaseNamespace] != s.Namespace):
		find(Blocker, "EI236", fmt.Sprintf("it belongs to Helm release %s in namespace %s", notes[releaseName], notes[releaseNamespace]),
			fmt.Sprintf("use that one: kubectl eso-infisical -n %s install --release %s", notes[releaseNamespace], notes[releaseName]))
	case s.TakeOwnership:
		r.Adoptable = append(r.Adoptable, name)
		find(Warning, "EI235", "it was made by "+makers(held)+" and is taken over by the release", "")
	default:
		r.Adoptable = append(r.Adoptable, name)
		find(Blocker, "EI235", "it was made by "+makers(held)+" and belongs to no Helm release",
			s.adoptFix(name)+", or for definitions leave them alone with --set installCRDs=false")
	}
}

// adoptFix is how the release comes by an object that belongs to none.
func (s Subject) adoptFix(name string) string {
	if !s.Upgrading {
		return "let the release take it over with --take-ownership"
	}
	return fmt.Sprintf("make it one of the release's, which goes with it in a rollback as well: kubectl -n %s label %s %s=Helm && kubectl -n %s annotate %s %s=%s %s=%s",
		s.Namespace, name, kube.ManagedByLabel, s.Namespace, name, releaseName, s.Release, releaseNamespace, s.Namespace)
}

func holders(held *unstructured.Unstructured) string {
	if len(held.GetFinalizers()) == 0 {
		return ""
	}
	return ", and waits for " + strings.Join(held.GetFinalizers(), ", ")
}

// makers names who has written the object: field managers, but for controllers that only report its state.
func makers(held *unstructured.Unstructured) string {
	var names []string
	for _, entry := range held.GetManagedFields() {
		if entry.Subresource == "" && entry.Manager != "" && !strings.Contains(strings.Join(names, " "), entry.Manager) {
			names = append(names, entry.Manager)
		}
	}
	if len(names) == 0 {
		return "somebody"
	}
	return strings.Join(names, " and ")
}
