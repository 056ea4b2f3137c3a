package checks

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/esoversion"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

var accountsResource = schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}

// accounts are the names of the ServiceAccounts in ESO's namespace.
var accounts = doctor.NewInput("ServiceAccounts", func(ctx context.Context, s *doctor.Snapshot) ([]string, error) {
	list, err := s.Cluster.Metadata(accountsResource, s.Cluster.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, account := range list.Items {
		names = append(names, account.GetName())
	}
	return names, nil
}).Asking(asks("list", accountsResource, atHome)).Keeping(whole)

// groundChecks are about what an installation stands on.
var groundChecks = []doctor.Check{
	{Code: "EI233", Needs: theCluster, Inputs: sources(namespaces), Run: namespaceStays},
	{Code: "EI206", Needs: codes("EI201"), Inputs: sources(deployments, accounts), Run: accountsExist},
	{Code: "EI248", Needs: codes("EI201"), Inputs: sources(deployments, release), Run: helmKnowsTheRelease},
	{Code: "EI232", Needs: codes("EI201"), Inputs: sources(deployments, manifest, version), Run: isTestedWithKubernetes},
}

func namespaceStays(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := namespaces.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	i := slices.IndexFunc(all, func(n space) bool { return n.Name == s.Cluster.Namespace })
	if i < 0 || !all[i].Deleted {
		return one(doctor.Holds("", doctor.Object{Kind: "Namespace", Name: s.Cluster.Namespace}))
	}
	command := "kubectl get namespace " + s.Cluster.Namespace + " -o yaml"
	return one(problem("EI233", "ESO's namespace is being deleted, and with it goes all that is in it", "let it go, then install ESO again; what it waits for is in its status: "+command, all[i].named()).
		MendedBy(command).From(doctor.Evidence{Object: all[i].named(), Field: "metadata.deletionTimestamp", Value: "being deleted", ResourceVersion: all[i].Version}))
}

func accountsExist(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	found, err := deployments.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	have, err := accounts.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	repair := install + " --repair"
	var result doctor.Result
	for i := range found {
		if name := accountOf(&found[i]); !slices.Contains(have, name) {
			object := doctor.Object{Kind: "ServiceAccount", Namespace: s.Cluster.Namespace, Name: name}
			result = append(result, problem("EI206", "the ServiceAccount "+name+" of Deployment "+found[i].GetName()+" does not exist: its pods are not let in by the API server any more, and no new one can be made",
				"bring it back: "+repair, object, doctor.ObjectOf(&found[i])).MendedBy(repair).From(doctor.Seen(&found[i], "spec.template.spec.serviceAccountName", name)))
		}
	}
	if len(result) == 0 {
		return one(doctor.Holds(fmt.Sprintf("%d Deployments", len(found))))
	}
	return result
}

// helmKnowsTheRelease finds Deployments that Helm has made, and of which it knows nothing.
func helmKnowsTheRelease(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	r, err := release.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	controller, err := theController(ctx, s)
	if err != nil || controller == nil {
		return failedOrNothing(err)
	}
	const mark = "meta.helm.sh/release-name"
	if r.Status != helm.Absent || controller.GetAnnotations()[mark] != s.Cluster.Release {
		return one(doctor.Holds("", doctor.ObjectOf(controller)))
	}
	return one(problem("EI248", "Helm has made the Deployments, and has no record of its release "+s.Cluster.Release+": it can neither be upgraded nor uninstalled",
		"install the same version with the same values, which takes the objects over: "+install, doctor.ObjectOf(controller)).
		MendedBy(install).From(doctor.Seen(controller, "metadata.annotations["+mark+"]", s.Cluster.Release)))
}

func isTestedWithKubernetes(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	kubernetes, err := version.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	return judgeVersion(func(running string, v esoversion.Version, _ esoversion.Table) (doctor.Finding, bool) {
		how := v.Untested(kubernetes)
		fix := "try the two out elsewhere first, or upgrade ESO: " + upgrade
		if how == "older" {
			fix = "upgrade Kubernetes, or use the version of ESO that was tested with it"
		}
		return problem("EI232", fmt.Sprintf("External Secrets Operator %s was tested with Kubernetes %s to %s, and this one, %s, is %s", running, v.Oldest, v.Newest, kubernetes, how), fix), how != ""
	})(ctx, s)
}
