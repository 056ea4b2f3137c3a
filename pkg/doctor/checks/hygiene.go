package checks

import (
	"context"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

const (
	// testPurpose is the label of namespaces that were made for tests.
	testPurpose = "test"
	// probeTime is longer than a verification in the cluster takes.
	probeTime = 2 * time.Minute
)

var hygieneChecks = []doctor.Check{
	{Code: "EI901", Needs: codes("EI701"), Inputs: sources(stores, secrets), Run: eachStore(annotationsHoldNothing)},
	{Code: "EI903", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(storeIsNotOpen)},
	{Code: "EI904", Needs: theCluster, Inputs: sources(namespaces), Run: noTestIsLeft},
	{Code: "EI905", Needs: codes("EI204"), Inputs: sources(clusterStores), Run: noProbeIsLeft},
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
	if conditions, _, _ := unstructured.NestedSlice(st.object.Object, "spec", "conditions"); len(conditions) > 0 || st.Kind() == eso.NamespacedKind {
		return one(doctor.Holds("", st.named()))
	}
	return one(problem("EI903", "every namespace may use the store, and read all that its identity sees", "name those that need it in spec.conditions of the store", st.named()).
		From(doctor.Seen(st.object, "spec.conditions", "none")))
}

func noTestIsLeft(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := namespaces.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	var result doctor.Result
	for _, ns := range all {
		if ns.Labels[eso.PurposeLabel] != testPurpose || ns.Deleted {
			continue
		}
		command := "kubectl eso-infisical cleanup --test-namespace " + ns.Name
		result = append(result, problem("EI904", "namespace "+ns.Name+" was made for a test and is still there", "remove it: "+command, ns.named()).MendedBy(command).
			From(doctor.Evidence{Object: ns.named(), Field: "metadata.labels", Value: eso.PurposeLabel + "=" + testPurpose, ResourceVersion: ns.Version, Time: ns.Created}))
	}
	return result
}

func noProbeIsLeft(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := clusterStores.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	var result doctor.Result
	for _, st := range all {
		if !st.isProbe() || s.Now.Sub(st.object.GetCreationTimestamp().Time) < probeTime {
			continue // a run may be at work with it
		}
		command := "kubectl delete clustersecretstore " + st.Name
		result = append(result, problem("EI905", "a killed run has left it, and it logs in again and again", "remove it: "+command, st.named()).
			MendedBy(command).From(doctor.Seen(st.object, "metadata.labels", eso.PurposeLabel+"="+eso.ProbePurpose)))
	}
	return result
}
