package doctor

import (
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

const (
	installFix   = "run kubectl eso-infisical install"
	bootstrapFix = "run kubectl eso-infisical bootstrap"
	storeFix     = "run kubectl eso-infisical apply-store"
	caFix        = "run kubectl eso-infisical apply-ca --ca-file FILE"
)

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
		return bad("", failed("EI201", "there is no Helm release "+r.Name+" in the namespace", installFix, ""))
	case r.Status == helm.Deployed:
		return ok(fmt.Sprintf("%s, version %s", about, r.AppVersion))
	default:
		return bad(about, failed("EI203", "the Helm release is "+r.RawStatus+", not deployed", installFix+"; it completes what was interrupted", ""))
	}
}

func judgeDeployments(s *snapshot) []verdict {
	if s.deployments.err != nil {
		return bad("", s.deployments.err)
	}
	if s.pods.err == nil {
		for i := range s.pods.value.Items {
			if trouble := kube.PodTrouble(&s.pods.value.Items[i]); trouble != "" {
				return bad("", failed("EI210", "a pod does not start, and waiting will not mend it", "look at the pod's events and log", trouble))
			}
		}
	}
	down := kube.Unavailable(kube.ListSeen(s.deployments.value).Objects)
	down = append(down, kube.ScaledToZero(kube.ListSeen(s.deployments.value).Objects)...)
	switch {
	case len(s.deployments.value.Items) == 0:
		return bad("", failed("EI202", "there are no Deployments of External Secrets Operator", installFix, ""))
	case len(down) > 0:
		return bad("", failed("EI202", "no pod is available of "+strings.Join(down, ", "),
			"look at the pods, or scale the Deployment up if its replicas are 0", ""))
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
	missing := failed("EI701", "there is no ClusterSecretStore for Infisical", storeFix, "")
	switch {
	case apierrors.IsNotFound(s.stores.err):
		return bad("", failed("EI204", "the custom resources of External Secrets Operator are not installed", installFix, ""))
	case s.stores.err != nil:
		return bad("", s.stores.err)
	case len(s.stores.value) == 0:
		return bad("", missing)
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
	case apierrors.IsNotFound(st.secret.err):
		v.err = failed("EI301", "the Secret with the machine identity's credentials does not exist", bootstrapFix, "")
	case st.secret.err == nil && (len(st.secret.value.Data[eso.ClientIDKey]) == 0 || len(st.secret.value.Data[eso.ClientSecretKey]) == 0):
		v.err = failed("EI302", "the Secret lacks the key "+eso.ClientIDKey+" or "+eso.ClientSecretKey, bootstrapFix, "")
	}
	return v
}

func judgeCA(st storeState) verdict {
	ref := st.store.CA
	if ref.Name == "" {
		return verdict{about: "none named, the system's certificates are used"}
	}
	v := verdict{about: fmt.Sprintf("ConfigMap %s/%s", ref.Namespace, ref.Name), err: st.configMap.err}
	if apierrors.IsNotFound(v.err) {
		v.err = failed("EI402", "the ConfigMap with the CA certificate does not exist", caFix, "")
	}
	if v.err != nil {
		return v
	}
	if _, err := trust.ParsePEM([]byte(st.configMap.value.Data[eso.CAKey]), time.Now()); err != nil {
		v.err = failed("EI409", "the CA certificate cannot be used", caFix, err.Error())
	}
	return v
}

func judgeReady(st storeState) verdict {
	v := verdict{about: st.store.Name}
	ready, known := eso.Ready(st.object)
	switch {
	case !known:
		v.err = failed("EI704", "ESO has never looked at the store: its controller does not run, or is told to leave it alone",
			"look at Deployment external-secrets and its log", "")
	case ready.Status != "True":
		v.err = eso.StoreError(st.store.Name, lastFailure(st.events.value))
	}
	return v
}

func lastFailure(events []kube.Event) string {
	if e, found := kube.Newest(events, "InvalidProviderConfig"); found {
		return e.Message
	}
	return ""
}
