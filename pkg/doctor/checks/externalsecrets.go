package checks

import (
	"context"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// wish is an ExternalSecret in the few fields that are judged, since there may be thousands.
type wish struct{ eso.Synced }

func (w wish) named() doctor.Object {
	return doctor.Object{Kind: "ExternalSecret", Namespace: w.Namespace, Name: w.Name}
}

func (w wish) seen(field, value string) doctor.Evidence {
	return doctor.Evidence{Object: w.named(), Field: field, Value: value, ResourceVersion: w.ResourceVersion}
}

// id is namespace and name.
func (w wish) id() string { return w.Namespace + "/" + w.Name }

// targetID is namespace and name of the Secret that it is for.
func (w wish) targetID() string { return w.Namespace + "/" + w.Target.Name }

// synced and failed are ESO's verdict; of one without a verdict neither holds.
func (w wish) synced() bool { return w.Judged && w.Ready.Status == "True" }
func (w wish) failed() bool { return w.Judged && w.Ready.Status != "True" }

// condition is ESO's verdict in words.
func (w wish) condition() string { return w.Ready.Status + ": " + w.Ready.Message }

// wishes are all ExternalSecrets of the cluster.
var wishes = doctor.NewInput("ExternalSecrets", func(ctx context.Context, s *doctor.Snapshot) ([]wish, error) {
	var all []wish
	err := eso.EachExternalSecret(ctx, s.Cluster.Client, "", func(es eso.Synced) error {
		all = append(all, wish{es})
		return nil
	})
	return all, err
}).Asking(asks("list", eso.ExternalSecrets, everywhere)).Keeping(whole)

// failures are the newest of what ESO has told of ExternalSecrets that it cannot sync, by namespace and name. They are asked for only where one
// fails.
var failures = doctor.NewInput("events of ExternalSecrets", func(ctx context.Context, s *doctor.Snapshot) (map[string]eso.Told, error) {
	newest := map[string]eso.Told{}
	err := eso.EachFailure(ctx, s.Cluster.Client, "", func(t eso.Told) {
		id := t.Namespace + "/" + t.Name
		if before, known := newest[id]; !known || t.At.After(before.At) {
			newest[id] = t
		}
	})
	return newest, err
}).Late().Asking(asks("list", kube.EventsResource, everywhere)).Keeping(whole)

// patience is how long a new ExternalSecret may be without a verdict.
const patience = 2 * time.Minute

var externalSecretChecks = []doctor.Check{
	{Code: "EI852", Needs: codes("EI204"), Inputs: sources(wishes), Run: wishesAreJudged},
	{Code: "EI802", Needs: codes("EI204"), Inputs: sources(wishes, clusterStores, namespacedStores), Run: wishesHaveAStore},
	{Code: "EI806", Needs: codes("EI204"), Inputs: sources(wishes), Run: targetsHaveOneOwner},
	{Code: "EI807", Needs: codes("EI204"), Inputs: sources(wishes, failures), Run: wishesAreSynced},
	{Code: "EI850", Needs: codes("EI204"), Inputs: sources(wishes, madeSecrets), Run: targetsExist},
	{Code: "EI804", Needs: codes("EI204"), Inputs: sources(wishes, emptied), Run: targetsHoldValues},
	{Code: "EI851", Needs: codes("EI204"), Inputs: sources(wishes), Run: wishesAreRefreshed},
}

// group is a finding about all of the wishes, of which the first few are shown as evidence.
func group(f doctor.Finding, of []wish, field string, value func(wish) string) doctor.Finding {
	for i, w := range of {
		f.Objects = append(f.Objects, w.named())
		if i < examples {
			f = f.From(w.seen(field, value(w)))
		}
	}
	return f
}

// examples is how many of the objects of a group are shown as evidence.
const examples = 3

// where are the wishes for which the condition holds.
func where(all []wish, condition func(wish) bool) []wish {
	var found []wish
	for _, w := range all {
		if condition(w) {
			found = append(found, w)
		}
	}
	return found
}
