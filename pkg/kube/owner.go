package kube

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Owner is a tool that keeps an object as it wants it: what others write there, it undoes.
type Owner struct {
	// Tool is its name, Object what there says how the object is to be, or empty if the object does not tell.
	Tool, Object string
}

func (o Owner) String() string {
	if o.Object == "" {
		return o.Tool
	}
	return o.Tool + " (" + o.Object + ")"
}

// OwnerOf names the controller or GitOps tool that keeps the object.
func OwnerOf(obj metav1.Object) (Owner, bool) {
	if ref := metav1.GetControllerOf(obj); ref != nil {
		tool := "the controller of its owner"
		if known, ok := controllers[ref.Kind]; ok {
			tool = known
		}
		return Owner{Tool: tool, Object: ref.Kind + " " + ref.Name}, true
	}
	for _, mark := range ownerMarks {
		if value, found := mark.find(obj); found {
			return Owner{Tool: mark.tool, Object: value}, true
		}
	}
	return ownerByManager(obj)
}

// controllers are the tools behind kinds that own Secrets and ConfigMaps.
var controllers = map[string]string{
	"ExternalSecret": "External Secrets Operator", "SealedSecret": "Sealed Secrets", "Certificate": "cert-manager",
}

type ownerMark struct {
	tool, label, annotation string
}

func (m ownerMark) find(obj metav1.Object) (string, bool) {
	if value, found := obj.GetLabels()[m.label]; found && m.label != "" {
		return value, true
	}
	value, found := obj.GetAnnotations()[m.annotation]
	return value, found && m.annotation != ""
}

// ownerMarks are the labels and annotations that tools leave on what they keep.
var ownerMarks = []ownerMark{
	{tool: "Argo CD", annotation: "argocd.argoproj.io/tracking-id"},
	{tool: "Argo CD", label: "argocd.argoproj.io/instance"},
	{tool: "Flux", label: "kustomize.toolkit.fluxcd.io/name"},
	{tool: "Flux", label: "helm.toolkit.fluxcd.io/name"},
	{tool: "Operator Lifecycle Manager", label: "olm.owner"},
	{tool: "External Secrets Operator", label: "reconcile.external-secrets.io/created-by"},
	{tool: "Helm", annotation: "meta.helm.sh/release-name"},
}

// ownerByManager finds tools that leave no mark but their name as field manager.
func ownerByManager(obj metav1.Object) (Owner, bool) {
	tools := map[string]string{
		"argocd-controller": "Argo CD", "argocd-application-controller": "Argo CD",
		"kustomize-controller": "Flux", "helm-controller": "Flux",
	}
	for _, entry := range obj.GetManagedFields() {
		if tool, known := tools[entry.Manager]; known {
			return Owner{Tool: tool}, true
		}
		if strings.HasPrefix(entry.Manager, "externalsecrets.external-secrets.io") {
			return Owner{Tool: "External Secrets Operator"}, true
		}
	}
	return Owner{}, false
}

// Managers names the field managers, but for the product's own, that hold one of the object's top-level fields, such as "data".
func Managers(obj metav1.Object, field string) []string {
	var names []string
	for _, entry := range obj.GetManagedFields() {
		if entry.FieldsV1 == nil || entry.Manager == FieldManager || slices.Contains(names, entry.Manager) {
			continue
		}
		if strings.Contains(entry.FieldsV1.GetRawString(), `"f:`+field+`"`) {
			names = append(names, entry.Manager)
		}
	}
	return names
}

// HandHeld names the people's tools that hold one of the object's top-level fields, if nobody else does.
func HandHeld(obj metav1.Object, field string) []string {
	managers := Managers(obj, field)
	for _, m := range managers {
		if !MadeByHand(m) {
			return nil
		}
	}
	return managers
}

// MadeByHand reports whether a field manager is a person's kubectl or one of the tools that people edit with.
func MadeByHand(manager string) bool {
	hand := []string{"kubectl", "kubectl-create", "kubectl-client-side-apply", "kubectl-edit", "kubectl-patch", "kubectl-replace", "k9s", "dashboard"}
	return slices.Contains(hand, manager)
}
