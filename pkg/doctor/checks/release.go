package checks

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/esoversion"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

const (
	install = "kubectl eso-infisical install"
	upgrade = "kubectl eso-infisical upgrade"
)

// release is what labels tell of the release, at a fraction of the cost of reading it.
var release = doctor.NewInput("the Helm release", func(ctx context.Context, s *doctor.Snapshot) (helm.Release, error) {
	list, err := s.Cluster.Metadata(secretsResource, s.Cluster.Namespace).List(ctx, metav1.ListOptions{LabelSelector: helm.LabelSelector(s.Cluster.Release)})
	if err != nil {
		return helm.Release{}, err
	}
	return helm.FromLabels(s.Cluster.Release, list.Items), nil
}).Asking(asks("list", secretsResource, atHome)).Keeping(keptRelease)

// manifest is the release as a whole, for what labels do not tell.
var manifest = doctor.NewInput("the Helm release's manifest", func(ctx context.Context, s *doctor.Snapshot) (helm.Release, error) {
	return doctor.Within(ctx, func() (helm.Release, error) { return s.Cluster.ReadRelease(s.Cluster.Release) })
}).Late().Asking(asks("list", secretsResource, atHome)).Keeping(keptRelease)

// running is the version of ESO, by the label of its controller, or by the release where that has none.
func running(ctx context.Context, s *doctor.Snapshot) (string, error) {
	controller, err := theController(ctx, s)
	if err != nil {
		return "", err
	}
	if controller != nil {
		if label := controller.GetLabels()["app.kubernetes.io/version"]; label != "" {
			return label, nil
		}
	}
	r, err := manifest.Of(ctx, s)
	return r.AppVersion, err
}

var releaseChecks = []doctor.Check{
	{Code: "EI201", Needs: theCluster, Inputs: sources(release, controllers), Run: isInstalled},
	{Code: "EI203", Needs: codes("EI201"), Inputs: sources(release), Run: releaseIsDeployed},
	{Code: "EI261", Needs: codes("EI201"), Inputs: sources(deployments, manifest), Run: judgeVersion(versionIsSafe)},
	{Code: "EI231", Needs: codes("EI201"), Inputs: sources(deployments, manifest), Run: judgeVersion(versionIsSupported)},
}

// isInstalled looks for the release, and tells one that is elsewhere, or that others than Helm made, from none.
func isInstalled(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	r, err := release.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	if r.Status != helm.Absent {
		return one(doctor.Holds("release " + r.Name))
	}
	summary := fmt.Sprintf("there is no Helm release %s in namespace %s", s.Cluster.Release, s.Cluster.Namespace)
	// That others may not be looked for is no reason to hide that nothing is here.
	found, _ := controllers.Of(ctx, s)
	here := slices.IndexFunc(found, func(d unstructured.Unstructured) bool { return d.GetNamespace() == s.Cluster.Namespace })
	switch {
	case here >= 0:
		return one(doctor.Holds("not by Helm release " + s.Cluster.Release + ", but it is there").From(doctor.Seen(&found[here], "metadata.name", found[here].GetName())))
	case len(found) > 0:
		there := "kubectl eso-infisical doctor --namespace " + found[0].GetNamespace()
		return one(problem("EI201", summary+", but ESO runs in namespace "+found[0].GetNamespace(), "look there: "+there, doctor.ObjectOf(&found[0])).MendedBy(there))
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

// judgeVersion applies what is known of ESO's versions to the one that is installed.
func judgeVersion(judge func(running string, v esoversion.Version, t esoversion.Table) (doctor.Finding, bool)) func(context.Context, *doctor.Snapshot) doctor.Result {
	return func(ctx context.Context, s *doctor.Snapshot) doctor.Result {
		running, err := running(ctx, s)
		if err != nil || running == "" {
			return failedOrNothing(err)
		}
		table, err := esoversion.Known()
		if err != nil {
			return one(doctor.Found(err))
		}
		known, err := table.Of(running)
		if err != nil {
			return one(doctor.Untold(err.Error()))
		}
		f, wrong := judge(running, known, table)
		if !wrong {
			return one(doctor.Holds(running))
		}
		f.Objects = []doctor.Object{{Kind: "Release", Namespace: s.Cluster.Namespace, Name: s.Cluster.Release}}
		return one(f)
	}
}

func versionIsSafe(running string, v esoversion.Version, _ esoversion.Table) (doctor.Finding, bool) {
	if len(v.Advisories) == 0 {
		return doctor.Finding{}, false
	}
	worst := v.Advisories[0]
	return problem("EI261", fmt.Sprintf("External Secrets Operator %s has %s: %s", running, worst.ID, worst.Summary),
		"upgrade to "+worst.Fixed+" or later: "+upgrade).MendedBy(upgrade), true
}

func versionIsSupported(running string, v esoversion.Version, t esoversion.Table) (doctor.Finding, bool) {
	return problem("EI231", fmt.Sprintf("External Secrets Operator %s gets no fixes any more: %s, which was that of %s on %s", running, t.Support, t.Newest, t.AsOf),
		"upgrade, one minor version at a time: "+upgrade).MendedBy(upgrade), !v.Supported
}
