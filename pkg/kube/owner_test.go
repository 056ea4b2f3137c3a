package kube

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOwnerOf(t *testing.T) {
	tests := []struct{ name, metadata, want string }{
		{"nobody", "{}", ""},
		{"a person", "{managedFields: [{manager: kubectl-create, operation: Update}], labels: {app: x}}", ""},
		{"an ExternalSecret", "{ownerReferences: [{apiVersion: external-secrets.io/v1, kind: ExternalSecret, name: creds, uid: u, controller: true}]}", "External Secrets Operator (ExternalSecret creds)"},
		{"a SealedSecret", "{ownerReferences: [{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, name: creds, uid: u, controller: true}]}", "Sealed Secrets (SealedSecret creds)"},
		{"an unknown controller", "{ownerReferences: [{apiVersion: x/v1, kind: Widget, name: w, uid: u, controller: true}]}", "the controller of its owner (Widget w)"},
		{"an owner that does not control", "{ownerReferences: [{apiVersion: x/v1, kind: Widget, name: w, uid: u}]}", ""},
		{"Argo CD by annotation", "{annotations: {argocd.argoproj.io/tracking-id: 'eso:/Secret:ns/creds'}}", "Argo CD (eso:/Secret:ns/creds)"},
		{"Argo CD by label", "{labels: {argocd.argoproj.io/instance: eso}}", "Argo CD (eso)"},
		{"Flux", "{labels: {kustomize.toolkit.fluxcd.io/name: infra, kustomize.toolkit.fluxcd.io/namespace: flux-system}}", "Flux (infra)"},
		{"Flux by manager", "{managedFields: [{manager: kustomize-controller, operation: Apply}]}", "Flux"},
		{"Helm", "{annotations: {meta.helm.sh/release-name: app}}", "Helm (app)"},
		{"ESO by manager", "{managedFields: [{manager: externalsecrets.external-secrets.io/x, operation: Update}]}", "External Secrets Operator"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			owner, found := OwnerOf(object(t, "{apiVersion: v1, kind: Secret, metadata: "+tt.metadata+"}"))
			got := owner.String()
			if found != (tt.want != "") || got != tt.want {
				t.Errorf("got %q %t, want %q", got, found, tt.want)
			}
		})
	}
}

func TestManagersOfAField(t *testing.T) {
	obj := object(t, `
apiVersion: v1
kind: Secret
metadata:
  managedFields:
  - {manager: kubectl-create, operation: Update, fieldsV1: {"f:data": {"f:clientId": {}}, "f:type": {}}}
  - {manager: labeller, operation: Update, fieldsV1: {"f:metadata": {"f:labels": {}}}}
  - {manager: kubectl-eso-infisical, operation: Apply, fieldsV1: {"f:data": {"f:clientId": {}}}}
  - {manager: vault-sync, operation: Apply, fieldsV1: {"f:data": {"f:clientSecret": {}}}}`)
	got := Managers(obj, "data")
	if diff := cmp.Diff([]string{"kubectl-create", "vault-sync"}, got); diff != "" {
		t.Error(diff)
	}
	if !MadeByHand("kubectl-create") || !MadeByHand("kubectl-client-side-apply") || MadeByHand("vault-sync") || MadeByHand(FieldManager) {
		t.Error("hands are mistaken")
	}
}
