package checks

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// leftoverChecks are about what runs of this program leave that were killed, or that nobody came back to.
var leftoverChecks = []doctor.Check{
	{Code: "EI915", Needs: codes("EI701"), Inputs: sources(stores, secrets), Run: eachStore(oldSecretIsRevoked)},
	{Code: "EI916", Needs: theCluster, Inputs: sources(journals), Run: noUpgradeIsLeft},
	{Code: "EI917", Needs: codes("EI204"), Inputs: sources(probeSecrets, clusterStores), Run: noProbeSecretIsLeft},
}

// silence is longer than a run that is alive says nothing in its journal or in the Secret of its probe.
const silence = 2 * time.Minute

// trace is an object of this program with the time when it was last written.
type trace struct {
	Namespace, Name, Version string
	Written                  time.Time
}

var (
	journals = doctor.NewInput("the journal of an upgrade", traces(mapsResource, metav1.ListOptions{FieldSelector: "metadata.name=" + eso.UpgradeJournal})).
			Asking(func(c doctor.Cluster) []kube.Right {
			return []kube.Right{{Verb: "list", Resource: mapsResource.Resource, Namespace: c.Namespace, Name: eso.UpgradeJournal}}
		}).Keeping(whole)
	probeSecrets = doctor.NewInput("Secrets of probes", traces(secretsResource, metav1.ListOptions{LabelSelector: eso.PurposeLabel + "=" + eso.ProbePurpose})).
			Asking(asks("list", secretsResource, atHome)).Keeping(whole)
)

// traces lists the metadata of what is selected in ESO's namespace.
func traces(resource schema.GroupVersionResource, options metav1.ListOptions) func(context.Context, *doctor.Snapshot) ([]trace, error) {
	return func(ctx context.Context, s *doctor.Snapshot) ([]trace, error) {
		var all []trace
		err := kube.EachPage(ctx, s.Cluster.Metadata(resource, s.Cluster.Namespace), options, func(page []unstructured.Unstructured) error {
			for i := range page {
				all = append(all, trace{page[i].GetNamespace(), page[i].GetName(), page[i].GetResourceVersion(), writtenAt(&page[i])})
			}
			return nil
		})
		return all, err
	}
}

// writtenAt is when an object was last written, by the clock of the API server.
func writtenAt(obj metav1.Object) time.Time {
	return lastWrite(obj, func(metav1.ManagedFieldsEntry) bool { return true })
}

// lastWrite is when an object was made, or last written by one of the writes that count.
func lastWrite(obj metav1.Object, counts func(metav1.ManagedFieldsEntry) bool) time.Time {
	at := obj.GetCreationTimestamp().Time
	for _, entry := range obj.GetManagedFields() {
		if entry.Time != nil && entry.Time.After(at) && counts(entry) {
			at = entry.Time.Time
		}
	}
	return at
}

// left are the traces of runs that are dead.
func left(all []trace, now time.Time) []trace {
	return slices.DeleteFunc(slices.Clone(all), func(t trace) bool { return now.Sub(t.Written) < silence })
}

func oldSecretIsRevoked(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return readable(ctx, s, st, func(k key, secret *corev1.Secret) doctor.Result {
		old, kept := credentials.ReplacedIn(secret.Data, secret.Annotations)
		if !kept || !old.Proved || s.Now.Before(old.KeptUntil) {
			return one(doctor.Holds("", k.object()))
		}
		text := "was to be revoked as soon as nobody uses it"
		if !old.KeptUntil.IsZero() {
			text = "was to be kept until " + old.KeptUntil.UTC().Format(time.RFC3339)
		}
		command := "kubectl eso-infisical rotate credentials"
		return one(problem("EI915", "the client secret that a rotation has replaced "+text+", and is still valid", "revoke it: "+command, k.object()).
			MendedBy(command).From(secretEvidence(secret, "metadata.annotations", text)))
	})
}

func noUpgradeIsLeft(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := journals.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	var result doctor.Result
	for _, t := range left(all, s.Now) {
		object := doctor.Object{Kind: "ConfigMap", Namespace: t.Namespace, Name: t.Name}
		result = append(result, problem("EI916", "an upgrade was ended before it was done, and nobody has gone on with it", "go on, or back: kubectl eso-infisical upgrade", object).
			MendedBy("kubectl eso-infisical upgrade").From(doctor.Evidence{Object: object, Field: "metadata.managedFields", Value: "last written", ResourceVersion: t.Version, Time: t.Written}))
	}
	return result
}

// noProbeSecretIsLeft finds copies of credentials. With a probe goes its Secret, so that one whose store is there as well is not named twice.
func noProbeSecretIsLeft(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := probeSecrets.Of(ctx, s)
	general, storesErr := clusterStores.Of(ctx, s)
	if err := firstError(err, storesErr); err != nil {
		return one(doctor.Found(err))
	}
	var result doctor.Result
	for _, t := range left(all, s.Now) {
		if slices.ContainsFunc(general, func(st store) bool { return st.isProbe() && st.Name == t.Name }) {
			continue
		}
		object := doctor.Object{Kind: "Secret", Namespace: t.Namespace, Name: t.Name}
		command := "kubectl -n " + t.Namespace + " delete secret " + t.Name
		result = append(result, problem("EI917", "a killed run has left a copy of credentials", "remove it: "+command, object).MendedBy(command).
			From(doctor.Evidence{Object: object, Field: "metadata.labels", Value: eso.PurposeLabel + "=" + eso.ProbePurpose, ResourceVersion: t.Version, Time: t.Written}))
	}
	return result
}
