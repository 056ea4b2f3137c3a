package checks

import (
	"errors"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// podThat has one container with that status, besides labels of a part of ESO.
func podThat(t *testing.T, part, status string) unstructured.Unstructured {
	t.Helper()
	return *clustertest.Object(t, `{kind: Pod, metadata: {name: p, namespace: external-secrets, labels: {app.kubernetes.io/name: `+part+`}}, spec: {nodeName: n1},
		status: {phase: Running, containerStatuses: [{name: c, `+status+`}]}}`)
}

func pod(part, status string) func(*testing.T, *world) {
	return func(t *testing.T, w *world) { w.pods = []unstructured.Unstructured{podThat(t, part, status)} }
}

// times are those of a pod: when it was made and written down by the API server, and what its kubelet says.
func times(made, written, started, ready time.Duration) func(*testing.T, *world) {
	return func(_ *testing.T, w *world) {
		at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
		p := &w.pods[0]
		p.SetCreationTimestamp(metav1.NewTime(time.Now().Add(made)))
		entry := metav1.NewTime(time.Now().Add(written))
		p.SetManagedFields([]metav1.ManagedFieldsEntry{{Manager: "kubelet", Subresource: "status", Time: &entry}})
		set(p, "n1", "spec", "nodeName")
		set(p, at(started), "status", "startTime")
		set(p, []any{map[string]any{"type": "Ready", "status": "True", "lastTransitionTime": at(ready)}}, "status", "conditions")
	}
}

// deploymentSays adds a condition to a Deployment.
func deploymentSays(kind, status, reason string) func(*testing.T, *world) {
	return func(_ *testing.T, w *world) {
		list, _, _ := unstructured.NestedSlice(w.deployments[0].Object, "status", "conditions")
		set(&w.deployments[0], append(list, map[string]any{"type": kind, "status": status, "reason": reason, "message": "why"}), "status", "conditions")
	}
}

func images(of ...string) func(*testing.T, *world) {
	return func(_ *testing.T, w *world) {
		for i, image := range of {
			set(&w.deployments[i], []any{map[string]any{"name": "c", "image": image}}, "spec", "template", "spec", "containers")
		}
	}
}

func tells(code cause.Code, word string) func(*testing.T, *world) {
	return func(_ *testing.T, w *world) { w.endings = []ending{{"p", "c", code, word}} }
}

func recently(d time.Duration) string { return time.Now().Add(-d).UTC().Format(time.RFC3339) }

var operatorHarms = []harm{
	{"client certificate ends", func(_ *testing.T, w *world) { w.user.CertificateEnds = time.Now().Add(48 * time.Hour) }, "EI107", "EI107"},
	{"API server is ahead", func(_ *testing.T, w *world) { w.clock.Ahead = time.Hour }, "EI109", "EI109"},
	{"API server is behind", func(_ *testing.T, w *world) { w.clock.Ahead = -4 * time.Minute }, "EI109", "EI109"},
	{"node is ahead", times(-2*time.Hour, -time.Hour, -time.Hour, -10*time.Minute), "EI110", "EI110"},
	{"node is behind", times(-time.Hour, -time.Hour, -2*time.Hour, -2*time.Hour), "EI110", "EI110"},

	{"namespace goes", func(_ *testing.T, w *world) {
		w.namespaces = append(w.namespaces, space{Name: home, Deleted: true})
	}, "EI233", "EI233"},
	{"namespace and all in it goes", func(_ *testing.T, w *world) {
		w.namespaces = append(w.namespaces, space{Name: home, Deleted: true})
		w.release.Status, w.controllers, w.deployments = helm.Absent, nil, nil
	}, "EI233", "EI233"},
	{"no account", func(_ *testing.T, w *world) { w.accounts = []string{"other"} }, "EI206", "EI206"},
	{"no account for a pod", func(t *testing.T, w *world) {
		w.accounts = nil
		deploymentSays("ReplicaFailure", "True", "FailedCreate")(t, w)
		pod("external-secrets", `restartCount: 9, state: {waiting: {reason: CrashLoopBackOff}}`)(t, w)
	}, "EI206", "EI206"},
	{"no record", func(_ *testing.T, w *world) {
		w.release = helm.Release{Name: home, Status: helm.Absent}
		w.deployments[0].SetAnnotations(map[string]string{"meta.helm.sh/release-name": home})
	}, "EI248", "EI248"},
	{"old Kubernetes", func(_ *testing.T, w *world) { w.version, w.release.AppVersion = "v1.24.3", "v2.9.0" }, "EI232", "EI232"},

	{"definition goes", func(_ *testing.T, w *world) {
		now := metav1.Now()
		w.definitions[1].Metadata.DeletionTimestamp = &now
		w.definitions[1].Status.Conditions = append(w.definitions[1].Status.Conditions[:0:0], w.definitions[1].Status.Conditions[0])
	}, "EI234", "EI234"},
	{"definition and stores go", func(_ *testing.T, w *world) {
		now := metav1.Now()
		w.definitions[0].Metadata.DeletionTimestamp = &now
		w.stores = nil
	}, "EI234", "EI234"},
	{"old version served", func(_ *testing.T, w *world) {
		w.definitions[0].Spec.Versions[0].Name = "v1beta1"
		w.definitions[0].Status.StoredVersions = []string{"v1beta1"}
	}, "EI207", "EI207"},
	{"a kind is missing", func(_ *testing.T, w *world) {
		w.served["/apis/external-secrets.io/v1alpha1"] = []string{"clusterpushsecrets"}
	}, "EI267", "EI267"},
	{"a kind is missing, and the controller crashes", func(t *testing.T, w *world) {
		w.served["/apis/generators.external-secrets.io/v1alpha1"] = nil
		pod("external-secrets", `restartCount: 9, state: {waiting: {reason: CrashLoopBackOff}}`)(t, w)
		set(&w.deployments[0], int64(0), "status", "availableReplicas")
	}, "EI267", "EI267"},
	{"no label", func(_ *testing.T, w *world) {
		set(&w.deployments[2], []any{map[string]any{"name": "c", "args": []any{"certcontroller", "--enable-partial-cache=true"}}}, "spec", "template", "spec", "containers")
		w.definitions[1].Metadata.Labels.Component = "controller"
	}, "EI274", "EI274"},

	{"pods are refused", deploymentSays("ReplicaFailure", "True", "FailedCreate"), "EI264", "EI264"},
	{"rollout stands still", deploymentSays("Progressing", "False", "ProgressDeadlineExceeded"), "EI270", "EI270"},
	{"two versions", images("ghcr.io/external-secrets/external-secrets:v2.9.0", "mirror:5000/external-secrets:2.8.0-ubi@sha256:00", "x:latest"), "EI216", "EI216"},
	{"nobody leads", func(_ *testing.T, w *world) {
		set(&w.deployments[0], int64(2), "spec", "replicas")
		for _, field := range []string{"replicas", "readyReplicas", "updatedReplicas", "availableReplicas"} {
			set(&w.deployments[0], int64(2), "status", field)
		}
	}, "EI219", "EI219"},
	{"out of memory", pod("external-secrets-webhook", `restartCount: 1, state: {running: {}}, lastState: {terminated: {reason: OOMKilled, exitCode: 137, finishedAt: "`+recently(time.Hour)+`"}}`), "EI217", "EI217"},
	{"starts again and again", pod("external-secrets", `restartCount: 6, state: {running: {}}, lastState: {terminated: {reason: Error, exitCode: 1, finishedAt: "`+recently(time.Minute)+`"}}`), "EI218", "EI218"},

	{"unknown flag", tells("EI276", "--x"), "EI276", "EI276"},
	{"unknown flag, and the controller crashes", func(t *testing.T, w *world) {
		tells("EI276", "--x")(t, w)
		pod("external-secrets", `restartCount: 9, state: {waiting: {reason: CrashLoopBackOff}}`)(t, w)
	}, "EI276", "EI276"},
	{"no way to the API server", tells("EI277", ""), "EI277", "EI277"},
	{"lease lost", tells("EI278", ""), "EI278", "EI278"},
	{"port taken", tells("EI279", "8080"), "EI279", "EI279"},
	{"forbidden", tells("EI275", "leases"), "EI275", "EI275"},
	{"proxy to the API server", func(t *testing.T, w *world) {
		w.container(t)["env"] = []any{map[string]any{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}, map[string]any{"name": "NO_PROXY", "value": "localhost"}}
	}, "EI269", "EI269"},
}

// wayHarms stand between the API server and the webhook, ESO's or another one.
var wayHarms = []harm{
	{"no Service", func(_ *testing.T, w *world) { w.endpoints, w.serving = nil, serving{} }, "EI215", "EI215"},
	{"other port", func(t *testing.T, w *world) {
		w.serving.Ports = []int32{8443}
		w.webhook = cause.Wrap("ask", errors.New(`failed calling webhook "validate.clustersecretstore.external-secrets.io": context deadline exceeded`))
	}, "EI215", "EI215"},
	{"other selector", func(t *testing.T, w *world) {
		w.pods = append(w.pods, podThat(t, webhookService, "ready: true, state: {running: {}}"))
		w.endpoints, w.serving.Selector = nil, map[string]string{"app": "other"}
	}, "EI215", "EI215"},
	{"no Secret for the certificate", func(t *testing.T, w *world) {
		w.endpoints, w.certificate = nil, certificateKept{}
		w.pods = append(w.pods, podThat(t, certController, "ready: false, state: {running: {}}"))
	}, "EI213", "EI213"},
	{"no certificate in the Secret", func(t *testing.T, w *world) {
		w.endpoints, w.certificate.Filled = nil, false
		w.pods = append(w.pods, podThat(t, certController, "ready: false, state: {running: {}}"))
		set(&w.deployments[1], int64(0), "status", "availableReplicas")
	}, "EI213", "EI213"},
	{"CA of the webhook ends", func(t *testing.T, w *world) {
		w.configurations[0].Webhooks[0].ClientConfig.CABundle = []byte(caPEM(t, 24*20))
	}, "EI214", "EI214"},
	{"policy before the webhook", func(t *testing.T, w *world) {
		shutWebhook(t, w, networkingv1.NetworkPolicyIngressRule{From: []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{}}}})
	}, "EI289", "EI289"},

	{"a guard without Service", func(_ *testing.T, w *world) { w.guard(backing{}) }, "EI226", "EI226"},
	{"a guard without pods", func(_ *testing.T, w *world) { w.guard(backing{Exists: true, Ports: []int32{443}}) }, "EI226", "EI226"},
	{"a guard at another port", func(_ *testing.T, w *world) { w.guard(backing{Exists: true, Ports: []int32{8443}, Ready: 1}) }, "EI226", "EI226"},
}

// guard makes a webhook of another product that is asked about Secrets, with that Service behind it.
func (w *world) guard(b backing) {
	service := kube.ServicePort{Namespace: "policy", Name: "guard", Port: 443}
	w.guards = []guard{{doctor.Object{Kind: "MutatingWebhookConfiguration", Name: "policy"}, "guard.example.com", service, "secrets", "7"}}
	w.guardBackings = map[string]answer[backing]{service.String(): {value: b}}
}

// shutWebhook puts a policy before the webhook, which then does not answer.
func shutWebhook(t *testing.T, w *world, rules ...networkingv1.NetworkPolicyIngressRule) {
	t.Helper()
	w.webhook = cause.Wrap("ask", errors.New(`failed calling webhook "validate.clustersecretstore.external-secrets.io": context deadline exceeded`))
	set(&w.deployments[1], map[string]any{"app": "webhook"}, "spec", "template", "metadata", "labels")
	w.policies = []networkingv1.NetworkPolicy{{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: "shut"},
		Spec: networkingv1.NetworkPolicySpec{PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"app": "webhook"}},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}, Ingress: rules}}}
}

func TestWhichRuleLetsTheAPIServerIn(t *testing.T) {
	block := []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: "10.0.0.0/8"}}}
	labelled := []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{}}}
	to := func(p intstr.IntOrString, end int32) []networkingv1.NetworkPolicyPort {
		port := networkingv1.NetworkPolicyPort{Port: &p}
		if end > 0 {
			port.EndPort = &end
		}
		return []networkingv1.NetworkPolicyPort{port}
	}
	for name, tt := range map[string]struct {
		rule networkingv1.NetworkPolicyIngressRule
		want bool
	}{
		"everything":         {networkingv1.NetworkPolicyIngressRule{}, true},
		"an address":         {networkingv1.NetworkPolicyIngressRule{From: block}, true},
		"pods":               {networkingv1.NetworkPolicyIngressRule{From: labelled}, false},
		"the port":           {networkingv1.NetworkPolicyIngressRule{Ports: to(intstr.FromInt32(10250), 0)}, true},
		"the port's name":    {networkingv1.NetworkPolicyIngressRule{Ports: to(intstr.FromString("webhook"), 0)}, true},
		"a range":            {networkingv1.NetworkPolicyIngressRule{Ports: to(intstr.FromInt32(9000), 11000)}, true},
		"a range below":      {networkingv1.NetworkPolicyIngressRule{Ports: to(intstr.FromInt32(900), 9999)}, false},
		"another port":       {networkingv1.NetworkPolicyIngressRule{From: block, Ports: to(intstr.FromInt32(8080), 0)}, false},
		"the port, for pods": {networkingv1.NetworkPolicyIngressRule{From: labelled, Ports: to(intstr.FromInt32(10250), 0)}, false},
	} {
		if got := letsIn(tt.rule, "10250"); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestWhichWebhooksStandGuard(t *testing.T) {
	ignore := admissionv1.Ignore
	on := func(group, resource string, operation admissionv1.OperationType) []admissionv1.RuleWithOperations {
		return []admissionv1.RuleWithOperations{{Operations: []admissionv1.OperationType{operation}, Rule: admissionv1.Rule{APIGroups: []string{group}, Resources: []string{resource}}}}
	}
	client := admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{Namespace: "n", Name: "s"}}
	labelled := &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}
	others := &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"kube-system"}}}}
	for name, tt := range map[string]struct {
		w    admissionWebhook
		want string
	}{
		"Secrets":                  {admissionWebhook{name: "x", client: client, rules: on("", "secrets", admissionv1.Create)}, "secrets"},
		"everything":               {admissionWebhook{name: "x", client: client, rules: on("*", "*", admissionv1.OperationAll)}, "secrets"},
		"ExternalSecrets":          {admissionWebhook{name: "x", client: client, rules: on("external-secrets.io", "externalsecrets", admissionv1.Update)}, "externalsecrets"},
		"status":                   {admissionWebhook{name: "x", client: client, rules: on("external-secrets.io", "externalsecrets/status", admissionv1.Update)}, "externalsecrets/status"},
		"all but some namespaces":  {admissionWebhook{name: "x", client: client, rules: on("", "secrets", admissionv1.Create), namespaces: others}, "secrets"},
		"pods":                     {admissionWebhook{name: "x", client: client, rules: on("", "pods", admissionv1.Create)}, ""},
		"deletions":                {admissionWebhook{name: "x", client: client, rules: on("", "secrets", admissionv1.Delete)}, ""},
		"ignored where it is away": {admissionWebhook{name: "x", client: client, rules: on("", "secrets", admissionv1.Create), failure: &ignore}, ""},
		"labelled objects":         {admissionWebhook{name: "x", client: client, rules: on("", "secrets", admissionv1.Create), objects: labelled}, ""},
		"labelled namespaces":      {admissionWebhook{name: "x", client: client, rules: on("", "secrets", admissionv1.Create), namespaces: labelled}, ""},
		"conditions":               {admissionWebhook{name: "x", client: client, rules: on("", "secrets", admissionv1.Create), conditions: []admissionv1.MatchCondition{{}}}, ""},
		"ESO's own":                {admissionWebhook{name: "validate.externalsecret.external-secrets.io", client: client, rules: on("external-secrets.io", "externalsecrets", admissionv1.Create)}, ""},
		"outside of the cluster":   {admissionWebhook{name: "x", rules: on("", "secrets", admissionv1.Create)}, ""},
	} {
		got := guarding(doctor.Object{}, "", tt.w)
		if len(got) > 1 || (len(got) == 1) != (tt.want != "") || len(got) == 1 && (got[0].Resource != tt.want || got[0].Service.Port != 443) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
