package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// deliveryChecks are about what ESO calls synced although nothing arrives, and about ExternalSecrets that harm each other or more.
var deliveryChecks = []doctor.Check{
	{Code: "EI830", Needs: codes("EI204"), Inputs: sources(wishes), Run: mergesHaveATarget},
	{Code: "EI831", Needs: codes("EI204"), Inputs: sources(wishes), Run: nothingWasDeleted},
	{Code: "EI832", Needs: codes("EI204"), Inputs: sources(wishes, madeSecrets), Run: nothingIsRetained},
	{Code: "EI833", Needs: codes("EI204"), Inputs: sources(wishes, stores), Run: targetsAreNotInputs},
	{Code: "EI834", Needs: codes("EI204"), Inputs: sources(wishes), Run: mergesDoNotCollide},
	{Code: "EI835", Needs: codes("EI204"), Inputs: sources(wishes), Run: deletedWishesGo},
	{Code: "EI836", Needs: codes("EI701"), Inputs: sources(wishes, clusterStores, namespaces), Run: wishesAreAdmitted},
}

// What ESO says in a condition that is True, and means that nothing was written.
const (
	saysMissing  = "secret will not be created due to CreationPolicy=Merge"
	saysDeleted  = "secret deleted due to DeletionPolicy=Delete"
	saysRetained = "secret retained due to DeletionPolicy=Retain"
)

// syncedSaying makes a check for ExternalSecrets that ESO calls ready with these words.
func syncedSaying(words string, found func([]wish) doctor.Finding) func(context.Context, *doctor.Snapshot) doctor.Result {
	return func(ctx context.Context, s *doctor.Snapshot) doctor.Result {
		all, err := wishes.Of(ctx, s)
		if err != nil {
			return one(doctor.Found(err))
		}
		of := where(all, func(w wish) bool { return w.synced() && strings.Contains(w.Ready.Message, words) })
		if len(of) == 0 {
			return one(doctor.Holds(""))
		}
		return one(group(found(of), of, "status.conditions[Ready]", wish.condition))
	}
}

var mergesHaveATarget = syncedSaying(saysMissing, func(of []wish) doctor.Finding {
	return problem("EI830", "there is no Secret to merge into for "+counted(len(of))+", and ESO calls that ready",
		"make the Secret "+of[0].targetID()+", or let ESO make it: spec.target.creationPolicy Owner")
})

var nothingWasDeleted = syncedSaying(saysDeleted, func(of []wish) doctor.Finding {
	return problem("EI831", "ESO has deleted the Secrets of "+counted(len(of))+", since Infisical gave nothing for them",
		"check the environment and the folder in Infisical, and use deletionPolicy Retain where a Secret must stay")
})

// nothingIsRetained finds Secrets that ESO keeps as they were since Infisical has nothing of them any more. Where there is no Secret either, another
// check says so.
func nothingIsRetained(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	made, err := madeSecrets.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	all, err := wishes.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	old := where(all, func(w wish) bool {
		_, there := made[w.targetID()]
		return there && w.synced() && strings.Contains(w.Ready.Message, saysRetained)
	})
	if len(old) == 0 {
		return one(doctor.Holds(""))
	}
	return one(group(problem("EI832", "the Secrets of "+counted(len(old))+" hold old values: Infisical has nothing for them any more",
		"check the environment, the folder and the names in Infisical; delete what is not needed any more"), old, "status.conditions[Ready]", wish.condition))
}

// targetsAreNotInputs finds ExternalSecrets that write into what a store reads.
func targetsAreNotInputs(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := wishes.Of(ctx, s)
	found, storesErr := stores.Of(ctx, s)
	if err := firstError(err, storesErr); err != nil {
		return one(doctor.Found(err))
	}
	reads := map[string]string{}
	for _, st := range found {
		for _, k := range st.credentials() {
			reads[k.namespace+"/"+k.name] = "the credentials of " + st.Key().String()
		}
		if ca, has := st.authority(); has && ca.kind == "Secret" {
			reads[ca.namespace+"/"+ca.name] = "the CA of " + st.Key().String()
		}
	}
	overwriting := where(all, func(w wish) bool { return reads[w.targetID()] != "" && w.Target.Creation != "None" })
	if len(overwriting) == 0 {
		return one(doctor.Holds(""))
	}
	first := overwriting[0]
	return one(group(problem("EI833", fmt.Sprintf("%s writes into the Secret %s, which holds %s", first.named(), first.targetID(), reads[first.targetID()]),
		"give it a target of its own (spec.target.name), and write the credentials again: "+bootstrap).MendedBy(bootstrap), overwriting, "spec.target.name",
		func(w wish) string { return w.Target.Name }))
}

// mergesDoNotCollide finds keys of one Secret that several ExternalSecrets write, so that the last one wins, again and again. That two
// want to own one Secret, another check says.
func mergesDoNotCollide(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := wishes.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	merged := map[string]bool{}
	for _, w := range all {
		merged[w.targetID()] = merged[w.targetID()] || w.Target.Creation == "Merge"
	}
	writers := map[string][]wish{}
	for _, w := range where(all, func(w wish) bool { return merged[w.targetID()] && w.plain() }) {
		for _, a := range w.Asked {
			writers[w.targetID()+"\n"+a.TargetKey] = append(writers[w.targetID()+"\n"+a.TargetKey], w)
		}
	}
	var result doctor.Result
	for _, name := range sorted(writers) {
		of := writers[name]
		if len(of) < 2 {
			continue
		}
		target, key, _ := strings.Cut(name, "\n")
		result = joined(result, group(problem("EI834", fmt.Sprintf("%s write the same keys of Secret %s", counted(len(of)), target), "let one of them write it, or name the keys differently").
			Saying("the key "+key), of, "spec.data[].secretKey", func(wish) string { return key }))
	}
	return result
}

// farewell is how long an ExternalSecret that was deleted may take to go.
const farewell = 5 * time.Minute

func deletedWishesGo(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := wishes.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	stuck := where(all, func(w wish) bool { return !w.Deleted.IsZero() && s.Now.Sub(w.Deleted) > farewell })
	if len(stuck) == 0 {
		return one(doctor.Holds(""))
	}
	logs := "kubectl -n " + s.Cluster.Namespace + " logs deployment/external-secrets"
	return one(group(problem("EI835", "ESO has not taken its finalizer from "+counted(len(stuck))+" that somebody has deleted",
		"look at Deployment external-secrets and its log; namespaces that are deleted wait for it, too").MendedBy(logs), stuck, "metadata.deletionTimestamp",
		func(w wish) string { return w.Deleted.UTC().Format(time.RFC3339) }))
}

// wishesAreAdmitted finds ExternalSecrets that are synced still, and will fail when they are next fetched: their store has been closed to their
// namespace. Of those that fail already, ESO itself says so.
func wishesAreAdmitted(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := wishes.Of(ctx, s)
	general, storesErr := clusterStores.Of(ctx, s)
	if err := firstError(err, storesErr); err != nil {
		return one(doctor.Found(err))
	}
	closed := map[eso.StoreKey]store{}
	for _, st := range general {
		if len(admissions(st)) > 0 {
			closed[st.Key()] = st
		}
	}
	if len(closed) == 0 {
		return one(doctor.Holds("no store is closed to anybody"))
	}
	spaces, err := namespaces.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	known := map[string]space{}
	for _, ns := range spaces {
		known[ns.Name] = ns
	}
	outside := where(all, func(w wish) bool {
		return w.synced() && slices.ContainsFunc(w.Stores, func(k eso.StoreKey) bool {
			st, is := closed[k]
			return is && !admitted(st, known[w.Namespace])
		})
	})
	if len(outside) == 0 {
		return one(doctor.Holds(""))
	}
	return one(group(problem("EI836", "the namespaces of "+counted(len(outside))+" may not use their store any more, so that the next refresh fails",
		"add the namespace "+outside[0].Namespace+" to spec.conditions of the store, or take the ExternalSecret away"), outside, "metadata.namespace", func(w wish) string { return w.Namespace }))
}
