package clustertest

import (
	"errors"
	"strconv"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

// Leases makes a typed client whose Leases have resource versions, as those of an API server.
func Leases() *fake.Clientset {
	client := fake.NewClientset()
	version := 0
	client.PrependReactor("*", "leases", func(action clienttesting.Action) (bool, runtime.Object, error) {
		write, ok := action.(clienttesting.UpdateAction) // a CreateAction is one, too
		if !ok {
			return false, nil, nil
		}
		lease := write.GetObject().(*coordinationv1.Lease).DeepCopy()
		if action.GetVerb() == "create" {
			if _, err := client.Tracker().Get(action.GetResource(), lease.Namespace, lease.Name); err == nil {
				return true, nil, apierrors.NewAlreadyExists(action.GetResource().GroupResource(), lease.Name)
			}
		} else if held, err := client.Tracker().Get(action.GetResource(), lease.Namespace, lease.Name); err != nil {
			return true, nil, err
		} else if held.(*coordinationv1.Lease).ResourceVersion != lease.ResourceVersion {
			return true, nil, apierrors.NewConflict(action.GetResource().GroupResource(), lease.Name, errors.New("modified"))
		}
		version++
		lease.ResourceVersion = strconv.Itoa(version)
		if action.GetVerb() == "create" {
			return true, lease, client.Tracker().Create(action.GetResource(), lease, lease.Namespace)
		}
		return true, lease, client.Tracker().Update(action.GetResource(), lease, lease.Namespace)
	})
	return client
}
