package setup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

var (
	secretsResource    = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	configMapsResource = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
)

// Bootstrap writes the machine identity's credentials as the Secret that the store refers to, once they have been seen to work.
func (r *Runner) Bootstrap(ctx context.Context, auth infisical.UniversalAuth) (Result, error) {
	finding, err := r.Prove(ctx, auth)
	if err != nil {
		return Result{}, err
	}
	return r.Keep(ctx, auth, finding)
}

// Prove tries the pair out, unless that is not wanted, against the place that the store reads or is to read.
func (r *Runner) Prove(ctx context.Context, auth infisical.UniversalAuth) (verify.Finding, error) {
	if err := r.recallCredentials(ctx); err != nil {
		return verify.Finding{}, err
	}
	if err := r.ready(ctx); err != nil {
		return verify.Finding{}, err
	}
	if r.Desired.Verify != verify.None {
		var input *InputError
		if err := r.Remember(ctx); errors.As(err, &input) {
			return verify.Finding{}, &InputError{Problem: input.Problem + "; --verify=none writes the credentials without trying them out"}
		} else if err != nil {
			return verify.Finding{}, err
		}
	}
	return r.verify(ctx, auth)
}

// ready makes sure that credentials can be written, and that no earlier run is in the way.
func (r *Runner) ready(ctx context.Context) error {
	if err := credentials.CheckWrite(ctx, r.Dynamic, r.Desired.Secret()); err != nil {
		return err
	}
	return r.Verifier.ClearUp(ctx)
}

// Keep writes a pair with what has been found out about it.
func (r *Runner) Keep(ctx context.Context, auth infisical.UniversalAuth, finding verify.Finding) (Result, error) {
	return r.keepContent(ctx, credentials.Content{Pair: auth, Record: record(finding)}, finding)
}

func (r *Runner) keepContent(ctx context.Context, content credentials.Content, finding verify.Finding) (Result, error) {
	if err := r.recallCredentials(ctx); err != nil {
		return Result{}, err
	}
	ref := r.Desired.Secret()
	if err := r.ensureNamespace(ctx, ref.Namespace, nil); err != nil {
		return Result{}, err
	}
	content, err := r.continuing(ctx, content)
	if err != nil {
		return Result{}, err
	}
	written, err := credentials.Write(ctx, r.Dynamic, ref, content, r.Desired.ForceConflicts)
	return r.writtenCredentials(written, finding), err
}

// continuing is the content with what the Secret says already of the same pair.
func (r *Runner) continuing(ctx context.Context, content credentials.Content) (credentials.Content, error) {
	held, err := r.held(ctx)
	if err != nil || held == nil {
		return content, err
	}
	return content.Continuing(*held), nil
}

func (r *Runner) writtenCredentials(written credentials.Written, finding verify.Finding) Result {
	result := Result{Object: "secret/" + r.Desired.Secret().Name, Outcome: written.Outcome, Detail: describe(finding)}
	if more := written.Detail(); more != "" {
		result.Detail += "; " + more
	}
	return result
}

func record(f verify.Finding) credentials.Record {
	known := credentials.Record{SecretID: f.Claims.ClientSecretID, IdentityID: f.Claims.IdentityID}
	if f.From != verify.None {
		known.VerifiedAt, known.VerifiedFrom = time.Now(), string(f.From)
	}
	return known
}

func describe(f verify.Finding) string {
	switch {
	case f.From == verify.None:
		return "credentials of the machine identity, not verified"
	case f.Keys < 0:
		return "credentials of the machine identity, verified from inside the cluster"
	case f.Keys == 0:
		return "credentials of the machine identity, verified; they see no secret in that environment and path"
	default:
		return fmt.Sprintf("credentials of the machine identity, verified; they see %d secrets", f.Keys)
	}
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
	_, err := credentials.Read(ctx, r.Dynamic, r.Desired.Secret())
	var missing *cause.Error
	if errors.As(err, &missing) {
		return false, nil
	}
	return err == nil, err
}

// object makes an object of the core group that carries the product's mark.
func object(kind string, ref eso.Reference) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": kind, "metadata": map[string]any{
		"name": ref.Name, "namespace": ref.Namespace, "labels": map[string]any{kube.ManagedByLabel: kube.FieldManager},
	}}}
}
