package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

const installFix = "run kubectl eso-infisical install"

// checks are in the order of the way that a secret takes: a check may need an earlier one.
var checks = []check{
	{"EI102", "the cluster answers", "", judgeCluster},
	{"EI201", "External Secrets Operator is installed", "EI102", judgeRelease},
	{"EI202", "the Deployments of External Secrets Operator are available", "EI102", judgeDeployments},
	{"EI220", "the API server reaches the webhook", "EI102", judgeWebhook},
	{"EI701", "there is a ClusterSecretStore for Infisical", "EI102", judgeStores},
	{"EI301", "the credentials are in the cluster", "EI701", each(judgeCredentials)},
	{"EI402", "the CA certificate is in the cluster and valid", "EI701", each(judgeCA)},
	{"EI702", "the store is ready", "EI701", each(judgeReady)},
}

func judgeCluster(s *snapshot) []verdict {
	if s.version.err != nil {
		return bad("", s.version.err)
	}
	return ok("Kubernetes " + s.version.value)
}

func judgeRelease(s *snapshot) []verdict {
	r := s.release.value
	about := "release " + r.Name
	switch {
	case s.release.err != nil:
		return bad("", s.release.err)
	case r.Status == helm.Absent:
		return bad("", failed(cause.Cause{Code: "EI201", Summary: "there is no Helm release " + r.Name + " in the namespace", Fix: installFix}, ""))
	case r.Status == helm.Deployed:
		return ok(fmt.Sprintf("%s, version %s", about, r.AppVersion))
	default:
		fix := "bring it to an end with Helm: helm history, then helm rollback or helm upgrade"
		if r.Ours {
			fix = installFix + "; it completes what was interrupted"
		}
		return bad(about, failed(cause.Cause{Code: "EI203", Summary: "the Helm release is " + r.RawStatus + ", not deployed", Fix: fix}, ""))
	}
}

func judgeDeployments(s *snapshot) []verdict {
	if s.deployments.err != nil {
		return bad("", s.deployments.err)
	}
	if s.pods.err == nil {
		for i := range s.pods.value.Items {
			if trouble := kube.PodTrouble(&s.pods.value.Items[i]); trouble != "" {
				return bad("", failed(cause.PodStuck(s.pods.value.Items[i].GetNamespace()), trouble))
			}
		}
	}
	there := kube.ListSeen(s.deployments.value).Objects
	down := slices.Concat(kube.Missing(there, s.release.value.Deployments), kube.Unavailable(there), kube.ScaledToZero(there))
	switch {
	case len(there) == 0:
		return bad("", failed(cause.Cause{Code: "EI202", Summary: "there are no Deployments of External Secrets Operator", Fix: installFix}, ""))
	case len(down) > 0:
		return bad("", failed(cause.Cause{Code: "EI202", Summary: "no pod is available of " + strings.Join(down, ", "),
			Fix: "look at the pods, scale the Deployment up if its replicas are 0, or bring it back with helm upgrade if it is gone"}, ""))
	}
	return ok("")
}

func judgeWebhook(s *snapshot) []verdict {
	if s.webhook.err != nil {
		return bad("", s.webhook.err)
	}
	return ok("")
}

func judgeStores(s *snapshot) []verdict {
	switch {
	case apierrors.IsNotFound(s.stores.err):
		return bad("", failed(cause.NoResources, ""))
	case s.stores.err != nil:
		return bad("", s.stores.err)
	case len(s.stores.value) == 0:
		return bad("", failed(cause.StoreMissing, ""))
	}
	var names []string
	for _, st := range s.stores.value {
		names = append(names, st.store.Name)
	}
	return ok(strings.Join(names, ", "))
}

// each applies a judgement to every store.
func each(judge func(storeState) verdict) func(*snapshot) []verdict {
	return func(s *snapshot) []verdict {
		var verdicts []verdict
		for _, st := range s.stores.value {
			verdicts = append(verdicts, judge(st))
		}
		return verdicts
	}
}

func judgeCredentials(st storeState) verdict {
	ref := st.store.Credentials
	v := verdict{about: fmt.Sprintf("Secret %s/%s", ref.Namespace, ref.Name), err: st.secret.err}
	switch {
	case st.secret.err == nil && st.store.Unread != "":
		v.err = errors.New("not looked at: " + st.store.Unread)
	case apierrors.IsNotFound(st.secret.err):
		v.err = failed(cause.CredentialsMissing, "")
	case st.secret.err == nil:
		for _, key := range st.store.CredentialKeys() {
			if len(st.secret.value.Data[key]) == 0 {
				v.err = failed(cause.CredentialsIncomplete, "")
			}
		}
	}
	return v
}

func judgeCA(st storeState) verdict {
	ref := st.store.CA
	if st.store.Unread != "" {
		return verdict{about: st.store.Name, err: errors.New("not looked at: " + st.store.Unread)}
	}
	if ref.Name == "" {
		return verdict{about: "none named, the system's certificates are used"}
	}
	v := verdict{about: ref.String(), err: st.configMap.err}
	if apierrors.IsNotFound(v.err) {
		v.err = failed(cause.CAMissing, "")
	}
	if v.err != nil {
		return v
	}
	if _, err := trust.ParsePEM([]byte(st.configMap.value.Data[eso.CAKey]), time.Now()); err != nil {
		v.err = failed(cause.CAUnusable, err.Error())
	}
	return v
}

func judgeReady(st storeState) verdict {
	v := verdict{about: st.store.Name}
	ready, known := eso.Ready(st.object)
	switch {
	case !known:
		v.err = failed(cause.NeverLookedAtStore, "")
	case ready.Status != "True":
		v.err = eso.StoreKey{Name: st.store.Name}.Failed(lastFailure(st.events.value))
	}
	return v
}

func lastFailure(events []kube.Event) string {
	if e, found := kube.Newest(events, "InvalidProviderConfig"); found {
		return e.Message
	}
	return ""
}
