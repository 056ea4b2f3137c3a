// Package authority keeps the CA of Infisical's server in the cluster: it writes the object that stores take it from, makes ESO look at those
// stores again, and replaces one CA by the next while ESO works with both.
package authority

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// Held is what an object of the cluster holds of a CA.
type Held struct {
	// Bundle are the certificates that ESO finds there; it may be empty.
	Bundle trust.Bundle
	object *unstructured.Unstructured
	pem    []byte
}

// Exists reports whether there is such an object.
func (h Held) Exists() bool { return h.object != nil }

// Retiring are the fingerprints of the certificates that a rotation is to remove once the server does without them.
func (h Held) Retiring() []string {
	if h.object == nil || h.object.GetAnnotations()[retiringAnnotation] == "" {
		return nil
	}
	return strings.Split(h.object.GetAnnotations()[retiringAnnotation], ",")
}

// retiringAnnotation names the certificates that a rotation is to remove, by their fingerprints.
const retiringAnnotation = "eso-infisical.dev/retiring-ca"

// Read reads what the object holds. One that is not there holds nothing.
func Read(ctx context.Context, client dynamic.Interface, source eso.CASource) (Held, error) {
	obj, err := client.Resource(source.Resource()).Namespace(source.Namespace).Get(ctx, source.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return Held{}, nil
	}
	if err != nil {
		return Held{}, fmt.Errorf("read the CA in %s: %w", source, err)
	}
	pem, _ := source.PEM(obj)
	return Held{Bundle: trust.Stored(pem), object: obj, pem: pem}, nil
}

// Written says what Write did.
type Written struct {
	Outcome kube.Outcome
	// Adopted names the people's tools from whom the object was taken over.
	Adopted []string
}

// Object is the one that Write applies.
func Object(source eso.CASource, bundle trust.Bundle) *unstructured.Unstructured {
	obj := source.Object(bundle.PEM())
	obj.SetLabels(map[string]string{kube.ManagedByLabel: kube.FieldManager})
	return obj
}

// Write puts the bundle into the object, provided that it is still as it was when held was read. retiring are fingerprints to remember, see
// Held.Retiring. What holds the bundle already is left alone, whoever keeps it; else an object that another tool keeps is refused with a
// cause.Error, one that a person made is taken over, and fields of any other manager need force.
func Write(ctx context.Context, client dynamic.Interface, source eso.CASource, held Held, bundle trust.Bundle, retiring []string, force bool) (Written, error) {
	if held.has(bundle) && slices.Equal(held.Retiring(), retiring) {
		return Written{Outcome: kube.Unchanged}, nil
	}
	obj := Object(source, bundle)
	if len(retiring) > 0 {
		obj.SetAnnotations(map[string]string{retiringAnnotation: strings.Join(retiring, ",")})
	}
	var w Written
	if held.Exists() {
		if err := held.refuse(source); err != nil {
			return w, err
		}
		w.Adopted = kube.HandHeld(held.object, "data")
		obj.SetResourceVersion(held.object.GetResourceVersion())
	}
	var err error
	_, w.Outcome, err = kube.Apply(ctx, client.Resource(source.Resource()).Namespace(source.Namespace), obj, force || len(w.Adopted) > 0)
	return w, err
}

// Preview says what Write would do without fingerprints to remember, and changes nothing.
func Preview(source eso.CASource, held Held, bundle trust.Bundle) (Written, error) {
	switch {
	case held.has(bundle) && len(held.Retiring()) == 0:
		return Written{Outcome: kube.Unchanged}, nil
	case !held.Exists():
		return Written{Outcome: kube.Created}, nil
	}
	return Written{Outcome: kube.Changed, Adopted: kube.HandHeld(held.object, "data")}, held.refuse(source)
}

// has reports whether ESO finds exactly the bundle there, and nothing is there that must not be.
func (h Held) has(b trust.Bundle) bool {
	return h.Exists() && len(h.Bundle.Certificates) > 0 && h.Bundle.Same(b) && !strings.Contains(string(h.pem), "PRIVATE KEY")
}

// refuse names what stands in the way of writing the object.
func (h Held) refuse(source eso.CASource) error {
	what := "write the CA into " + source.String()
	kind := strings.ToLower(source.Kind())
	if owner, found := kube.OwnerOf(h.object); found {
		return &cause.Error{Tried: what, Cause: cause.Cause{Code: "EI415", Summary: "the " + source.Kind() + " is kept by " + owner.String() + ", which would undo the change",
			Fix: "change the CA where that tool takes it from, or give the object another name with --ca-configmap or --ca-secret"}}
	}
	if immutable, _, _ := unstructured.NestedBool(h.object.Object, "immutable"); immutable {
		return &cause.Error{Tried: what, Cause: cause.Cause{Code: "EI416", Summary: "the " + source.Kind() + " is immutable",
			Fix: fmt.Sprintf("delete it with kubectl -n %s delete %s %s, then run the same command again", source.Namespace, kind, source.Name)}}
	}
	if others := h.otherKeys(); source.Secret && len(others) > 0 {
		return &cause.Error{Tried: what, Cause: cause.Cause{Code: "EI417", Summary: "the Secret holds more than a CA (" + strings.Join(others, ", ") + ")",
			Fix: "name a Secret for the CA alone with --ca-secret"}}
	}
	return nil
}

// otherKeys are those beside the CA's own. In a Secret they may be ours, and applying the CA alone would take them away.
func (h Held) otherKeys() []string {
	data, _, _ := unstructured.NestedMap(h.object.Object, "data")
	var keys []string
	for key := range data {
		if key != eso.CAKey {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
