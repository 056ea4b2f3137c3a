package authority

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

var errDistrust = errors.New("tls: failed to verify certificate: x509: certificate signed by unknown authority")

// withStore adds a store that takes its CA from the object, its Secret, and an ESO that says of it what judge says.
func (r *rig) withStore(t *testing.T, judge func() error) {
	t.Helper()
	store := eso.Store{Name: "st", Host: "https://h", Project: "p", Environment: "prod", Path: "/", Credentials: eso.Reference{Namespace: "external-secrets", Name: "creds"}, CA: inConfigMap}
	secret := clustertest.Object(t, `{apiVersion: v1, kind: Secret, metadata: {name: creds, namespace: external-secrets}, data: {clientId: aQ==, clientSecret: cw==}}`)
	if err := errors.Join(r.client.Tracker().Create(eso.ClusterSecretStores, store.Object(), ""), r.client.Tracker().Create(inSecret.Resource(), secret, "external-secrets")); err != nil {
		t.Fatal(err)
	}
	clustertest.Operator(r.client, func(string, string) error { return judge() })
	r.plan.Stores = func(context.Context) ([]Using, error) {
		return []Using{{Store: eso.StoreKey{Name: "st"}, Inputs: "x"}}, nil
	}
}

func TestStoresAreJudgedDuringARotation(t *testing.T) {
	old, next := root(t, "Old"), root(t, "New")
	r := newRig(t, newPeer(t, next), bundleOf(old), next)
	r.withStore(t, func() error { return nil })
	result, err := r.Rotate(t.Context(), r.plan)
	if err != nil || result.Phase != Rotated || len(result.Stores) != 1 || result.Stores[0] != (Judged{Store: eso.StoreKey{Name: "st"}}) {
		t.Errorf("%+v, %v", result, err)
	}
}

// TestTheOldCAIsPutBack is for an ESO that meets another server by the same name than this machine does.
func TestTheOldCAIsPutBack(t *testing.T) {
	old, next := root(t, "Old"), root(t, "New")
	r := newRig(t, newPeer(t, next), bundleOf(old), next)
	r.withStore(t, func() error {
		// The client itself waits for the answer that this is part of.
		obj, err := r.client.Tracker().Get(inConfigMap.Resource(), inConfigMap.Namespace, inConfigMap.Name)
		if err != nil {
			return err
		}
		if pem, _ := inConfigMap.PEM(obj.(*unstructured.Unstructured)); !trust.Stored(pem).Contains(old.Certificate) {
			return errDistrust
		}
		return nil
	})
	result, err := r.Rotate(t.Context(), r.plan)
	if codeOf(err) != "EI418" || result.Phase != Overlap || !strings.Contains(err.Error(), "ClusterSecretStore st") {
		t.Errorf("%+v, %v", result, err)
	}
	r.expect(t, bundleOf(old, next), 1)
}

// probed is the CA that the probe which is there now brings along.
func (r *rig) probed(t *testing.T) trust.Bundle {
	kind := schema.GroupVersionKind{Group: eso.ClusterSecretStores.Group, Version: eso.ClusterSecretStores.Version, Kind: "ClusterSecretStore"}
	list, err := r.client.Tracker().List(eso.ClusterSecretStores, kind, "")
	if err != nil {
		t.Error(err)
		return trust.Bundle{}
	}
	for _, store := range list.(*unstructured.UnstructuredList).Items {
		text, _, _ := unstructured.NestedString(store.Object, "spec", "provider", "infisical", "caBundle")
		if pem, _ := base64.StdEncoding.DecodeString(text); strings.HasPrefix(store.GetName(), "eso-infisical-probe-") {
			return trust.Stored(pem)
		}
	}
	t.Error("there is no probe")
	return trust.Bundle{}
}

func TestRotationByESOsEyes(t *testing.T) {
	old, next, third := root(t, "Old"), root(t, "New"), root(t, "Third")
	for name, tt := range map[string]struct {
		presented issued
		phase     Phase
		code      cause.Code
	}{
		"before the switch": {old, Overlap, ""},
		"after the switch":  {next, Rotated, ""},
		"a third CA":        {third, "", cause.UnknownAuthority},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, newPeer(t, old), bundleOf(old), next)
			r.plan.Mode, r.Verifier.Silence = verify.Cluster, 20*time.Millisecond
			clustertest.Operator(r.client, func(string, string) error {
				if r.probed(t).Contains(tt.presented.Certificate) {
					return errors.New(`APIError: CallUniversalAuthLogin unsuccessful response [status-code=401] [message="Invalid credentials"]`)
				}
				return errDistrust
			})
			result, err := r.Rotate(t.Context(), r.plan)
			if result.Phase != tt.phase || codeOf(err) != tt.code {
				t.Errorf("%+v, %v", result, err)
			}
		})
	}
}
