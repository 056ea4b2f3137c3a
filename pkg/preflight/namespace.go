package preflight

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// space is the namespace to install into.
type space struct {
	absent   bool
	findings []Finding
}

func (c Cluster) namespace(ctx context.Context, name string) (space, error) {
	ns, err := c.Typed.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
	object := "namespace/" + name
	switch {
	case apierrors.IsNotFound(err):
		return space{absent: true}, nil
	case apierrors.IsForbidden(err):
		return space{findings: []Finding{unseen(object, "it")}}, nil
	case err != nil:
		return space{}, fmt.Errorf("read namespace %s: %w", name, err)
	case ns.DeletionTimestamp != nil:
		return space{findings: []Finding{{Blocker, "EI233", object, "it is being deleted, and everything in it goes along",
			"wait until it is gone: kubectl get namespace " + name + "; its status says what it waits for"}}}, nil
	}
	return space{}, nil
}

// unseen is the finding for what may not be looked at: that is not the same as what is not there.
func unseen(object, what string) Finding {
	return Finding{Unknown, "EI230", object, "not allowed to look at " + what + ", so that nobody knows if something stands in the way",
		"ask for the right to get and list it, or use another context or --as"}
}
