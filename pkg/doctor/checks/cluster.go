package checks

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

var version = doctor.NewInput("the version of Kubernetes", func(ctx context.Context, s *doctor.Snapshot) (string, error) {
	return doctor.Within(ctx, func() (string, error) {
		info, err := s.Cluster.Typed.Discovery().ServerVersion()
		if err != nil {
			return "", err
		}
		return info.GitVersion, nil
	})
}).Asking(asksNothing).Keeping(whole)

var clusterChecks = []doctor.Check{
	{Code: "EI101", Run: kubeconfigLeadsToACluster},
	{Code: "EI108", Needs: codes("EI101"), Inputs: sources(version), Run: pluginLogsIn},
	{Code: "EI102", Needs: codes("EI108"), Inputs: sources(version), Run: clusterAnswers},
	{Code: "EI106", Needs: codes("EI102"), Inputs: sources(version), Run: apiServerIsTrusted},
	{Code: "EI103", Needs: codes("EI106"), Inputs: sources(version, user), Run: userIsKnown},
	{Code: "EI107", Needs: codes("EI101"), Inputs: sources(user), Run: certificateLasts},
	{Code: "EI109", Needs: theCluster, Inputs: sources(serverClock), Run: serverClockAgrees},
	{Code: "EI110", Needs: theCluster, Inputs: sources(pods), Run: nodeClocksAgree},
}

// theCluster is what all that is asked of the cluster needs.
var theCluster = codes("EI103")

func kubeconfigLeadsToACluster(_ context.Context, s *doctor.Snapshot) doctor.Result {
	if s.Cluster.Err == nil {
		return one(doctor.Holds(s.Cluster.Name))
	}
	detail := s.Cluster.Err.Error()
	var none *kube.NoClusterError
	if errors.As(s.Cluster.Err, &none) {
		detail = none.Err.Error()
	}
	return one(notToBeAsked(doctor.Untold(detail), "EI101", "no cluster to ask was found", "set KUBECONFIG, --kubeconfig or --context"))
}

// clusterAnswers leaves to others what the cluster's answer is: one that this machine does not trust, or that does not know the user, is there.
func clusterAnswers(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	ctx, wait, cancel := answerTime(ctx)
	defer cancel()
	v, err := version.Of(ctx, s)
	switch {
	case err == nil:
		return one(doctor.Holds("Kubernetes " + v))
	case isDistrust(err), apierrors.IsUnauthorized(err):
		return one(doctor.Holds(""))
	}
	f := doctor.Found(err)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		f.Detail = "there was no answer within " + wait.Round(time.Millisecond).String()
	}
	if !isRefusal(err) {
		return one(notToBeAsked(f, "EI102", "the cluster cannot be reached from here", "check the context and the network: kubectl cluster-info"))
	}
	return one(f)
}

// notToBeAsked gives a finding the cause for which the cluster cannot be asked. Nothing can be said of the cluster itself.
func notToBeAsked(f doctor.Finding, code cause.Code, summary, fix string) doctor.Finding {
	f.Status = doctor.Unknown
	f.Cause = cause.Cause{Code: code, Summary: summary, Fix: fix}
	return f
}

// answerTime ends a little before ctx does, so that a cluster which says nothing is reported as such, and not each check as out of time.
func answerTime(ctx context.Context) (_ context.Context, wait time.Duration, _ context.CancelFunc) {
	end, limited := ctx.Deadline()
	if !limited {
		return ctx, 0, func() {}
	}
	wait = time.Until(end) * 9 / 10
	ctx, cancel := context.WithTimeout(ctx, wait)
	return ctx, wait, cancel
}
