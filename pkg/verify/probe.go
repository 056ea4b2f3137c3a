package verify

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilrand "k8s.io/apimachinery/pkg/util/rand"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

const (
	// probePrefix begins the name of the throw-away Secret and of the store that reads it. Each run has a name of its own, so that two can
	// verify at once.
	probePrefix = "eso-infisical-probe-"
	// probeTimeout bounds ESO's verdict, probeRemoval what is removed after it.
	probeTimeout = time.Minute
	probeRemoval = 15 * time.Second
)

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

// inCluster lets ESO judge the pair by a store that no namespace may use. The store is gone as soon as there is a verdict: ESO tries a
// store that fails again after a second, and three failed logins lock the identity.
func (v *Verifier) inCluster(ctx context.Context, s Server, auth infisical.UniversalAuth, scope infisical.Scope) (Finding, error) {
	v.Progress("letting ESO try the credentials out in the cluster")
	err := v.probe(ctx, s, auth, scope)
	if err == nil {
		return Finding{From: Cluster, Keys: -1}, nil
	}
	return Finding{}, fromCluster("verify the credentials from inside the cluster", err)
}

// fromCluster names what was tried where ESO's verdict is the reason.
func fromCluster(tried string, err error) error {
	var named *cause.Error
	if errors.As(err, &named) {
		return &cause.Error{Tried: tried, Cause: named.Cause, Err: named.Err}
	}
	return fmt.Errorf("%s: %w", tried, err)
}

// probe makes Secret and store, awaits ESO's verdict and removes both.
func (v *Verifier) probe(ctx context.Context, s Server, auth infisical.UniversalAuth, scope infisical.Scope) (err error) {
	if err := v.removeAbandoned(ctx); err != nil {
		return err
	}
	ref := eso.Reference{Namespace: v.Namespace, Name: probePrefix + utilrand.String(8)}
	defer func() {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeRemoval)
		defer cancel()
		err = errors.Join(err, v.removeProbe(clean, ref.Name))
	}()
	_, err = v.secrets().Create(ctx, probeSecret(ref, auth), metav1.CreateOptions{FieldManager: kube.FieldManager})
	if err != nil {
		return fmt.Errorf("create Secret %s/%s for a probe: %w", ref.Namespace, ref.Name, err)
	}
	defer v.beat(ctx, ref.Name)()
	return v.judged(ctx, eso.Store{Name: ref.Name, Host: s.Host, Project: scope.ProjectSlug, Environment: scope.EnvironmentSlug, Path: scope.Path,
		Credentials: ref, CABundle: s.CA.PEM(), Namespaces: []string{nobody}})
}

// judged creates the store and awaits ESO's verdict on it.
func (v *Verifier) judged(ctx context.Context, store eso.Store) error {
	mark, err := eso.CreateProbe(ctx, v.Dynamic, labelled(store.Object()))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	return eso.StoreKey{Name: store.Name}.Wait(ctx, v.Dynamic, mark)
}

// nobody is no namespace's name: a store without conditions may be used by all of them.
const nobody = "eso-infisical-probe-is-for-nobody"

func (v *Verifier) secrets() resourceClient {
	return v.Dynamic.Resource(secrets).Namespace(v.Namespace)
}

func probeSecret(ref eso.Reference, auth infisical.UniversalAuth) *unstructured.Unstructured {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	return labelled(&unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
		"metadata": map[string]any{"name": ref.Name, "namespace": ref.Namespace},
		"data":     map[string]any{eso.ClientIDKey: encode(auth.ClientID), eso.ClientSecretKey: encode(auth.ClientSecret)}}})
}

func labelled(obj *unstructured.Unstructured) *unstructured.Unstructured {
	obj.SetLabels(map[string]string{kube.ManagedByLabel: kube.FieldManager, eso.PurposeLabel: eso.ProbePurpose})
	return obj
}

// removeProbe removes what one verification has made; the store first, which stops ESO's logins.
func (v *Verifier) removeProbe(ctx context.Context, name string) error {
	return errors.Join(remove(ctx, v.Dynamic.Resource(eso.ClusterSecretStores), "ClusterSecretStore", name), remove(ctx, v.secrets(), "Secret", name))
}

func remove(ctx context.Context, api resourceClient, kind, name string) error {
	err := api.Delete(ctx, name, metav1.DeleteOptions{})
	if err == nil || apierrors.IsNotFound(err) {
		return nil
	}
	return eso.Explain("remove the probe "+kind+" "+name, err)
}
