package setup

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

var (
	secretsResource    = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	configMapsResource = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
)

// CheckCredentials trims what was read from a file or a pipe and refuses what cannot be a pair of Infisical's. Its errors never
// quote the value.
func CheckCredentials(auth infisical.UniversalAuth) (infisical.UniversalAuth, error) {
	auth.ClientID, auth.ClientSecret = strings.TrimSpace(auth.ClientID), strings.TrimSpace(auth.ClientSecret)
	for _, v := range []struct{ name, value string }{{"client ID", auth.ClientID}, {"client secret", auth.ClientSecret}} {
		switch {
		case v.value == "":
			return auth, &InputError{Problem: "the " + v.name + " is empty"}
		case strings.ContainsAny(v.value, "<>"):
			return auth, &InputError{Problem: "the " + v.name + " is a placeholder; put the real value in its place"}
		case strings.ContainsFunc(v.value, invisible):
			return auth, &InputError{Problem: "the " + v.name + " holds white space or control characters inside; it was copied wrongly"}
		}
	}
	return auth, nil
}

// invisible reports white space, control characters, and marks such as the byte order mark with which some editors begin a file.
func invisible(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }

// Bootstrap writes the machine identity's credentials as the Secret that the store refers to, by server-side apply.
func (r *Runner) Bootstrap(ctx context.Context, auth infisical.UniversalAuth) (Result, error) {
	err := r.recall(ctx, &r.Desired.Credentials, "--secret", func(s eso.Store) eso.Reference { return s.Credentials })
	if err != nil {
		return Result{}, err
	}
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	secret := object("Secret", r.Desired.secret())
	secret.Object["type"] = "Opaque"
	secret.Object["data"] = map[string]any{
		eso.ClientIDKey: encode(auth.ClientID), eso.ClientSecretKey: encode(auth.ClientSecret),
	}
	return r.applyInput(ctx, secretsResource, secret, "credentials of the machine identity")
}

// applyInput applies an object that the store refers to, in a namespace that is made if need be.
func (r *Runner) applyInput(ctx context.Context, resource schema.GroupVersionResource, obj *unstructured.Unstructured, detail string) (Result, error) {
	if err := r.ensureNamespace(ctx, obj.GetNamespace(), nil); err != nil {
		return Result{}, err
	}
	_, outcome, err := kube.Apply(ctx, r.Dynamic.Resource(resource).Namespace(obj.GetNamespace()), obj, r.Desired.ForceConflicts)
	return Result{Object: strings.ToLower(obj.GetKind()) + "/" + obj.GetName(), Outcome: outcome, Detail: detail}, err
}

// HasCredentials reports whether the cluster holds a Secret with both parts.
func (r *Runner) HasCredentials(ctx context.Context) (bool, error) {
	_, err := r.readCredentials(ctx, r.Desired.secret())
	if _, missing := err.(*cause.Error); missing {
		return false, nil
	}
	return err == nil, err
}

// readCredentials reads the pair that ESO uses.
func (r *Runner) readCredentials(ctx context.Context, ref eso.Reference) (infisical.UniversalAuth, error) {
	what := fmt.Sprintf("read Secret %s/%s", ref.Namespace, ref.Name)
	secret, err := r.Typed.CoreV1().Secrets(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return infisical.UniversalAuth{}, &cause.Error{Tried: what, Err: err, Cause: cause.CredentialsMissing}
	}
	if err != nil {
		return infisical.UniversalAuth{}, fmt.Errorf("%s: %w", what, err)
	}
	auth := infisical.UniversalAuth{ClientID: string(secret.Data[eso.ClientIDKey]), ClientSecret: string(secret.Data[eso.ClientSecretKey])}
	if auth.ClientID == "" || auth.ClientSecret == "" {
		return infisical.UniversalAuth{}, &cause.Error{Tried: what, Cause: cause.CredentialsIncomplete}
	}
	return auth, nil
}

// object makes an object of the core group that carries the product's mark.
func object(kind string, ref eso.Reference) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": kind, "metadata": map[string]any{
		"name": ref.Name, "namespace": ref.Namespace, "labels": map[string]any{kube.ManagedByLabel: kube.FieldManager},
	}}}
}
