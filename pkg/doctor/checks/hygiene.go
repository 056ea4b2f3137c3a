package checks

import (
	"context"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

const (
	// testNamespaces selects those that were made for tests.
	testNamespaces = eso.PurposeLabel + "=test"
	// probeTime is longer than a verification in the cluster takes.
	probeTime = 2 * time.Minute
)

var leftNamespaces = doctor.NewInput("namespaces of tests", func(ctx context.Context, s *doctor.Snapshot) ([]corev1.Namespace, error) {
	list, err := s.Cluster.Typed.CoreV1().Namespaces().List(ctx, metav1.ListOptions{LabelSelector: testNamespaces})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}).Asking(asks("list", spacesResource, everywhere)).Keeping(keptSpaces)

var leftProbes = doctor.NewInput("probes", func(ctx context.Context, s *doctor.Snapshot) ([]unstructured.Unstructured, error) {
	options := metav1.ListOptions{LabelSelector: eso.PurposeLabel + "=" + eso.ProbePurpose}
	list, err := s.Cluster.Dynamic.Resource(eso.ClusterSecretStores).List(ctx, options)
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}).Asking(asks("list", eso.ClusterSecretStores, everywhere)).Keeping(keptObjects())

var hygieneChecks = []doctor.Check{
	{Code: "EI901", Needs: codes("EI701"), Inputs: sources(stores, secrets), Run: eachStore(annotationsHoldNothing)},
	{Code: "EI903", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(storeIsNotOpen)},
	{Code: "EI904", Needs: theCluster, Inputs: sources(leftNamespaces), Run: noTestIsLeft},
	{Code: "EI905", Needs: codes("EI204"), Inputs: sources(leftProbes), Run: noProbeIsLeft},
}

func annotationsHoldNothing(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return readable(ctx, s, st, func(k key, secret *corev1.Secret) doctor.Result {
		written, found := secret.Annotations[corev1.LastAppliedConfigAnnotation]
		if !found || !strings.Contains(written, `"data"`) && !strings.Contains(written, `"stringData"`) {
			return one(doctor.Holds("", k.object()))
		}
		command := "kubectl -n " + k.namespace + " annotate secret " + k.name + " " + corev1.LastAppliedConfigAnnotation + "-"
		return one(problem("EI901", "the annotation "+corev1.LastAppliedConfigAnnotation+" holds the credentials", "remove it: "+command, k.object()).
			MendedBy(command).From(secretEvidence(secret, "metadata.annotations", corev1.LastAppliedConfigAnnotation+" is there")))
	})
}

func storeIsNotOpen(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	if conditions, _, _ := unstructured.NestedSlice(st.object.Object, "spec", "conditions"); len(conditions) > 0 {
		return one(doctor.Holds("", st.named()))
	}
	return one(problem("EI903", "every namespace may use the store, and read all that its identity sees", "name those that need it in spec.conditions of the store", st.named()).
		From(doctor.Seen(st.object, "spec.conditions", "none")))
}

func noTestIsLeft(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	left, err := leftNamespaces.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	var result doctor.Result
	for _, ns := range left {
		if ns.DeletionTimestamp != nil {
			continue
		}
		command := "kubectl eso-infisical cleanup --test-namespace " + ns.Name
		object := doctor.Object{Kind: "Namespace", Name: ns.Name}
		result = append(result, problem("EI904", "namespace "+ns.Name+" was made for a test and is still there", "remove it: "+command, object).MendedBy(command).
			From(doctor.Evidence{Object: object, Field: "metadata.labels", Value: testNamespaces, ResourceVersion: ns.ResourceVersion, Time: ns.CreationTimestamp.Time}))
	}
	return result
}

func noProbeIsLeft(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	left, err := leftProbes.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	var result doctor.Result
	for i := range left {
		if s.Now.Sub(left[i].GetCreationTimestamp().Time) < probeTime {
			continue // a run may be at work with it
		}
		command := "kubectl delete clustersecretstore " + left[i].GetName()
		result = append(result, problem("EI905", "a killed run has left it, and it logs in again and again", "remove it: "+command, doctor.ObjectOf(&left[i])).
			MendedBy(command).From(doctor.Seen(&left[i], "metadata.labels", eso.PurposeLabel+"="+eso.ProbePurpose)))
	}
	return result
}
