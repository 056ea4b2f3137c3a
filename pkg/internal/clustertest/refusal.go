package clustertest

import (
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"
)

// Refuse makes the cluster answer the verb on the resource with err.
func Refuse(client *clienttesting.Fake, verb, resource string, err error) {
	client.PrependReactor(verb, resource, func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, err })
}

// Forbidden is the answer to a user without the right.
func Forbidden(resource string) error {
	return apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "", errors.New("no right to it"))
}

// NoSuchResource is the answer of an API server without the custom resource's definition.
func NoSuchResource(resource string) error {
	return apierrors.NewNotFound(schema.GroupResource{Resource: resource}, "")
}

// Verbs lists what was asked of the resource, in order.
func Verbs(client *clienttesting.Fake, resource string) []string {
	var verbs []string
	for _, action := range client.Actions() {
		if action.GetResource().Resource == resource {
			verbs = append(verbs, action.GetVerb())
		}
	}
	return verbs
}
