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

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

const (
	// probeName is that of the throw-away Secret and of the store that reads it. It is the same in every run, so that the next run
	// removes what a killed one has left.
	probeName = "eso-infisical-probe"
	// probeTimeout bounds ESO's verdict, probeRemoval what is removed after it.
	probeTimeout = time.Minute
	probeRemoval = 15 * time.Second
)

// ProbeLabel marks what exists for the time of one verification only.
var ProbeLabel = map[string]string{"eso-infisical.dev/purpose": "probe"}

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

// inCluster lets ESO judge the pair by a store that no namespace may use. The store is gone as soon as there is a verdict: ESO tries a
// store that fails again after a second, and three failed logins lock the identity.
func (v *Verifier) inCluster(ctx context.Context, s Server, auth infisical.UniversalAuth, scope infisical.Scope) (_ Finding, err error) {
	if err := v.RemoveProbe(ctx); err != nil {
		return Finding{}, err
	}
	defer func() {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeRemoval)
		defer cancel()
		err = errors.Join(err, v.RemoveProbe(clean))
	}()
	v.Progress("letting ESO try the credentials out in the cluster")
	ref := eso.Reference{Namespace: v.Namespace, Name: probeName}
	_, err = v.Dynamic.Resource(secrets).Namespace(ref.Namespace).Create(ctx, probeSecret(ref, auth), metav1.CreateOptions{FieldManager: kube.FieldManager})
	if err != nil {
		return Finding{}, fmt.Errorf("create Secret %s/%s to verify the credentials: %w", ref.Namespace, ref.Name, err)
	}
	store := eso.Store{Name: probeName, Host: s.Host, Project: scope.ProjectSlug, Environment: scope.EnvironmentSlug, Path: scope.Path,
		Credentials: ref, CABundle: s.CA.PEM(), Namespaces: []string{nobody}}
	mark, err := eso.CreateProbe(ctx, v.Dynamic, labelled(store.Object()))
	if err != nil {
		return Finding{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	if err := eso.WaitStore(ctx, v.Dynamic, probeName, mark); err != nil {
		const tried = "verify the credentials from inside the cluster"
		var named *cause.Error
		if errors.As(err, &named) {
			return Finding{}, &cause.Error{Tried: tried, Cause: named.Cause, Err: named.Err}
		}
		return Finding{}, fmt.Errorf("%s: %w", tried, err)
	}
	return Finding{From: Cluster, Keys: -1}, nil
}

// nobody is no namespace's name: a store without conditions may be used by all of them.
const nobody = "eso-infisical-probe-is-for-nobody"

func probeSecret(ref eso.Reference, auth infisical.UniversalAuth) *unstructured.Unstructured {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	return labelled(&unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
		"metadata": map[string]any{"name": ref.Name, "namespace": ref.Namespace},
		"data":     map[string]any{eso.ClientIDKey: encode(auth.ClientID), eso.ClientSecretKey: encode(auth.ClientSecret)}}})
}

func labelled(obj *unstructured.Unstructured) *unstructured.Unstructured {
	labels := map[string]string{kube.ManagedByLabel: kube.FieldManager}
	for name, value := range ProbeLabel {
		labels[name] = value
	}
	obj.SetLabels(labels)
	return obj
}

// RemoveProbe removes what this or an earlier verification has made; the store first, which stops ESO's logins.
func (v *Verifier) RemoveProbe(ctx context.Context) error {
	var failed []error
	for _, probe := range []struct {
		resource  schema.GroupVersionResource
		namespace string
	}{{eso.ClusterSecretStores, ""}, {secrets, v.Namespace}} {
		failed = append(failed, v.remove(ctx, probe.resource, probe.namespace))
	}
	return errors.Join(failed...)
}

func (v *Verifier) remove(ctx context.Context, resource schema.GroupVersionResource, namespace string) error {
	api := v.Dynamic.Resource(resource).Namespace(namespace)
	found, err := api.Get(ctx, probeName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	for name, value := range ProbeLabel {
		if err == nil && found.GetLabels()[name] != value {
			return fmt.Errorf("make room for a verification: %s %s was not made by this program; rename or delete it", found.GetKind(), probeName)
		}
	}
	if err == nil {
		err = api.Delete(ctx, probeName, metav1.DeleteOptions{})
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return eso.Explain("remove the probe "+resource.Resource+"/"+probeName, err)
	}
	return nil
}
