package checks

import (
	"context"
	"fmt"

	semver "k8s.io/apimachinery/pkg/util/version"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

const (
	install = "kubectl eso-infisical install"
	// safeVersion is the oldest without a known advisory; see https://github.com/advisories/GHSA-fq7h-9x26-6j22.
	safeVersion = "2.4.1"
)

var release = doctor.NewInput("the Helm release", func(ctx context.Context, s *doctor.Snapshot) (helm.Release, error) {
	return doctor.Within(ctx, func() (helm.Release, error) { return s.Cluster.ReadRelease(s.Cluster.Release) })
})

var releaseChecks = []doctor.Check{
	{Code: "EI201", Needs: codes("EI102"), Inputs: sources(release, controllers), Run: isInstalled},
	{Code: "EI203", Needs: codes("EI201"), Inputs: sources(release), Run: releaseIsDeployed},
	{Code: "EI261", Needs: codes("EI201"), Inputs: sources(release), Run: versionIsSafe},
}

// isInstalled looks for the release, and tells one that is elsewhere, or that others than Helm made, from none.
func isInstalled(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	r, err := release.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	if r.Status != helm.Absent {
		return one(doctor.Holds(fmt.Sprintf("release %s, version %s", r.Name, r.AppVersion)))
	}
	summary := fmt.Sprintf("there is no Helm release %s in namespace %s", s.Cluster.Release, s.Cluster.Namespace)
	// That others may not be looked for is no reason to hide that nothing is here.
	found, _ := controllers.Of(ctx, s)
	for i := range found {
		if found[i].GetNamespace() != s.Cluster.Namespace {
			return one(problem("EI201", summary+", but ESO runs in namespace "+found[i].GetNamespace(),
				"look there: kubectl eso-infisical doctor --namespace "+found[i].GetNamespace(), doctor.ObjectOf(&found[i])).
				MendedBy("kubectl eso-infisical doctor --namespace " + found[i].GetNamespace()))
		}
		return one(doctor.Holds("not by Helm release " + s.Cluster.Release + ", but it is there").From(doctor.Seen(&found[i], "metadata.name", found[i].GetName())))
	}
	return one(problem("EI201", summary, "run "+install))
}

func releaseIsDeployed(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	r, err := release.Of(ctx, s)
	switch {
	case err != nil:
		return one(doctor.Found(err))
	case r.Status == helm.Absent:
		return nil
	case r.Status == helm.Deployed:
		return one(doctor.Holds(fmt.Sprintf("revision %d", r.Revision)))
	}
	history := fmt.Sprintf("helm -n %s history %s", s.Cluster.Namespace, r.Name)
	f := problem("EI203", "the Helm release is "+r.RawStatus+", not deployed", "bring it to an end with Helm: "+history+", then helm rollback or helm upgrade",
		doctor.Object{Kind: "Release", Namespace: s.Cluster.Namespace, Name: r.Name}).MendedBy(history)
	if r.Ours {
		f.Cause.Fix = "run " + install + "; it completes what was interrupted"
		f.Command = install
	}
	f.Evidence = []doctor.Evidence{{Object: f.Objects[0], Field: "info.status", Value: r.RawStatus, Time: r.Updated}}
	return one(f)
}

func versionIsSafe(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	r, err := release.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	if r.Status == helm.Absent {
		return nil
	}
	running, err := semver.ParseGeneric(r.AppVersion)
	if err != nil {
		return one(doctor.Untold("the release's version is not one: " + r.AppVersion))
	}
	if running.LessThan(semver.MustParseGeneric(safeVersion)) {
		return one(problem("EI261", "ESO "+r.AppVersion+" is older than v"+safeVersion+", and affected by CVE-2026-42876",
			"upgrade, one minor version at a time", doctor.Object{Kind: "Release", Namespace: s.Cluster.Namespace, Name: r.Name}))
	}
	return one(doctor.Holds(r.AppVersion))
}
