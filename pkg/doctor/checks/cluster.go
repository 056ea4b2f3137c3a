package checks

import (
	"context"
	"errors"
	"time"

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
	{Code: "EI102", Needs: codes("EI101"), Inputs: sources(version), Run: clusterAnswers},
}

func kubeconfigLeadsToACluster(_ context.Context, s *doctor.Snapshot) doctor.Result {
	if s.Cluster.Err == nil {
		return one(doctor.Holds(s.Cluster.Name))
	}
	detail := s.Cluster.Err.Error()
	var none *kube.NoClusterError
	if errors.As(s.Cluster.Err, &none) {
		detail = none.Err.Error()
	}
	f := problem("EI101", "no cluster to ask was found", "set KUBECONFIG, --kubeconfig or --context").Saying(detail)
	f.Status = doctor.Unknown
	return one(f)
}

func clusterAnswers(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	ctx, wait, cancel := answerTime(ctx)
	defer cancel()
	v, err := version.Of(ctx, s)
	if err == nil {
		return one(doctor.Holds("Kubernetes " + v))
	}
	f := doctor.Found(err)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		f.Detail = "there was no answer within " + wait.Round(time.Millisecond).String()
	}
	if refused := f.Detail; !isRefusal(err) {
		// Nothing can be said of a cluster that cannot be reached from here.
		f.Cause = cause.Cause{Code: "EI102", Summary: "the cluster cannot be reached from here", Fix: "check the context and the network: kubectl cluster-info"}
		f.Detail = refused
	}
	return one(f)
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
