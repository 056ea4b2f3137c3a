package checks

import (
	"errors"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// harm is one way to break the healthy world.
type harm struct {
	name string
	do   func(*testing.T, *world)
	// check is the one that must find it, with that cause.
	check, cause cause.Code
}

// Parts of the world that are broken often.
func (w *world) store() *unstructured.Unstructured { return w.stores[0] }
func (w *world) secret() *corev1.Secret            { return w.secrets["Secret external-secrets/creds"].value }
func (w *world) configMap() *corev1.ConfigMap {
	return w.configMaps["ConfigMap external-secrets/ca"].value
}
func (w *world) container(t *testing.T) map[string]any {
	t.Helper()
	list, _, _ := unstructured.NestedFieldNoCopy(w.deployments[0].Object, "spec", "template", "spec", "containers")
	return list.([]any)[0].(map[string]any)
}

// provider sets a field of the store below spec.provider.infisical.
func provider(value any, path ...string) func(*testing.T, *world) {
	return func(_ *testing.T, w *world) {
		set(w.store(), value, append([]string{"spec", "provider", "infisical"}, path...)...)
	}
}

func waiting(reason string) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		w.pods = []unstructured.Unstructured{*clustertest.Object(t, `{kind: Pod, metadata: {name: p, namespace: external-secrets}, status: {containerStatuses:
			[{name: c, restartCount: 9, state: {waiting: {reason: `+reason+`, message: why}}}]}}`)}
	}
}

// fails makes the store one that ESO cannot use for that reason.
func fails(text string) func(*testing.T, *world) {
	return func(_ *testing.T, w *world) {
		clustertest.Ready(w.store(), "False")
		w.storeEvents[eso.StoreKey{Name: "infisical-p"}] = nil
		if text != "" {
			w.storeEvents[eso.StoreKey{Name: "infisical-p"}] = []kube.Event{{Reason: "InvalidProviderConfig", Message: text, Last: time.Now()}}
		}
	}
}

func policyWith(egress ...networkingv1.NetworkPolicyEgressRule) networkingv1.NetworkPolicy {
	return networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: "np"},
		Spec: networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}, Egress: egress}}
}

// logs lets the log alone tell why the store fails, or tell it better than an old event does.
func logs(event, line string, age time.Duration) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		fails(event)(t, w)
		w.logged = map[eso.StoreKey][]eso.LogFailure{{Name: "infisical-p"}: {{At: time.Now().Add(-age), Text: line}}}
	}
}

var no = false

var harms = []harm{
	{"no release", func(_ *testing.T, w *world) { w.release.Status, w.controllers, w.deployments = helm.Absent, nil, nil }, "EI201", "EI201"},
	{"installed elsewhere", func(_ *testing.T, w *world) { w.release.Status = helm.Absent; w.controllers[0].SetNamespace("other") }, "EI201", "EI201"},
	{"failed release", func(_ *testing.T, w *world) { w.release.Status, w.release.RawStatus = helm.Failed, "failed" }, "EI203", "EI203"},
	{"pending release", func(_ *testing.T, w *world) { w.release.Status, w.release.Ours = helm.Pending, true }, "EI203", "EI203"},
	{"old version", func(_ *testing.T, w *world) { w.release.AppVersion = "v2.4.0" }, "EI261", "EI261"},
	{"out of support", func(_ *testing.T, w *world) { w.release.AppVersion = "v2.4.1" }, "EI231", "EI231"},

	{"no definition", func(_ *testing.T, w *world) { w.definitions[1].absent = true }, "EI204", "EI204"},
	{"not established", func(_ *testing.T, w *world) { w.definitions[0].Status.Conditions[1].Status = "False" }, "EI257", "EI257"},
	{"conversion", func(_ *testing.T, w *world) { w.definitions[0].Spec.Conversion.Strategy = "Webhook" }, "EI227", "EI227"},
	{"stored version", func(_ *testing.T, w *world) { w.definitions[0].Status.StoredVersions = []string{"v1beta1", "v1"} }, "EI258", "EI258"},
	{"old definition", func(t *testing.T, w *world) {
		w.definitions[0] = goodDefinition(t, "clustersecretstores.external-secrets.io", `{"auth":{}}`)
	}, "EI256", "EI256"},

	{"no Deployments", func(_ *testing.T, w *world) { w.deployments = nil }, "EI202", "EI202"},
	{"a Deployment is gone", func(_ *testing.T, w *world) { w.deployments = w.deployments[:2] }, "EI202", "EI202"},
	{"not available", func(_ *testing.T, w *world) { delete(w.deployments[1].Object, "status") }, "EI202", "EI202"},
	{"scaled to zero", func(_ *testing.T, w *world) { set(&w.deployments[0], int64(0), "spec", "replicas") }, "EI202", "EI202"},
	{"image", waiting("ImagePullBackOff"), "EI210", "EI251"},
	{"image name", waiting("InvalidImageName"), "EI210", "EI251"},
	{"container", waiting("CreateContainerConfigError"), "EI210", "EI252"},
	{"crash", waiting("CrashLoopBackOff"), "EI210", "EI253"},
	{"no node", func(t *testing.T, w *world) {
		w.pods = []unstructured.Unstructured{*clustertest.Object(t, `{kind: Pod, metadata: {name: p}, status: {conditions: [{type: PodScheduled, status: "False", reason: Unschedulable, message: full}]}}`)}
	}, "EI210", "EI254"},
	{"two installations", func(_ *testing.T, w *world) { w.controllers = append(w.controllers, w.controllers[0]) }, "EI259", "EI259"},
	{"cluster stores off", func(t *testing.T, w *world) {
		w.container(t)["args"] = []any{"--enable-cluster-store-reconciler=false"}
	}, "EI260", "EI260"},
	{"scoped", func(t *testing.T, w *world) { w.container(t)["args"] = []any{"--namespace=app"} }, "EI260", "EI260"},

	{"rights taken", func(_ *testing.T, w *world) { w.operatorLacks = []kube.Right{{Verb: "create", Resource: "events"}} }, "EI268", "EI268"},

	{"foreign webhook", func(_ *testing.T, w *world) { w.configurations[0].Webhooks[0].ClientConfig.Service.Namespace = "other" }, "EI255", "EI255"},
	{"no endpoint", func(_ *testing.T, w *world) { w.endpoints = nil }, "EI221", "EI221"},
	{"no ready endpoint", func(_ *testing.T, w *world) {
		w.endpoints[0].Endpoints[0].Conditions = discoveryv1.EndpointConditions{Ready: &no}
	}, "EI221", "EI221"},
	{"no bundle", func(_ *testing.T, w *world) { w.configurations[0].Webhooks[0].ClientConfig.CABundle = nil }, "EI223", "EI223"},
	{"expired bundle", func(t *testing.T, w *world) {
		w.configurations[1].Webhooks[0].ClientConfig.CABundle = []byte(caPEM(t, -1))
	}, "EI223", "EI223"},
	{"webhook does not answer", func(_ *testing.T, w *world) {
		w.webhook = cause.Wrap("ask", errors.New(`failed calling webhook "validate.clustersecretstore.external-secrets.io": context deadline exceeded`))
	}, "EI220", "EI224"},
	{"stale bundle", func(_ *testing.T, w *world) {
		w.webhook = cause.Wrap("ask", errors.New(`failed calling webhook "validate.clustersecretstore.external-secrets.io": x509: certificate signed by unknown authority`))
	}, "EI220", "EI223"},
	{"kubelet answers", func(_ *testing.T, w *world) {
		w.webhook = cause.Wrap("ask", errors.New(`failed calling webhook "validate.clustersecretstore.external-secrets.io": x509: certificate is valid for ip-10-0-0-1, not external-secrets-webhook.external-secrets.svc`))
	}, "EI220", "EI262"},

	{"no store", func(_ *testing.T, w *world) { w.stores = nil }, "EI701", "EI701"},
	{"reference without namespace", func(t *testing.T, w *world) {
		provider("", "auth", "universalAuthCredentials", "clientId", "namespace")(t, w)
	}, "EI303", "EI303"},
	{"no Secret", func(_ *testing.T, w *world) {
		w.secrets["Secret external-secrets/creds"] = answer[*corev1.Secret]{err: clustertest.NoSuchResource("secrets")}
	}, "EI301", "EI301"},
	{"no client secret", func(_ *testing.T, w *world) { delete(w.secret().Data, "clientSecret") }, "EI302", "EI302"},
	{"empty client ID", func(_ *testing.T, w *world) { w.secret().Data["clientId"] = nil }, "EI302", "EI302"},
	{"placeholder", func(_ *testing.T, w *world) { w.secret().Data["clientSecret"] = []byte("<your-secret>") }, "EI350", "EI350"},
	{"encoded", func(_ *testing.T, w *world) {
		w.secret().Data["clientId"] = []byte("M2YxYzlhNTItN2IwZS00ZDZhLTljMWYtMmU4YjVkN2E2YzQw")
	}, "EI350", "EI350"},
	{"line end", func(_ *testing.T, w *world) { w.secret().Data["clientSecret"] = []byte(clientSecret + "\n") }, "EI351", "EI351"},
	{"half rotated", func(_ *testing.T, w *world) { w.secret().Data["previousClientSecret"] = []byte(clientSecret) }, "EI352", "EI352"},

	{"CA without key", provider("", "caProvider", "key"), "EI452", "EI452"},
	{"CA without namespace", provider("", "caProvider", "namespace"), "EI452", "EI452"},
	{"no ConfigMap", func(_ *testing.T, w *world) {
		w.configMaps["ConfigMap external-secrets/ca"] = answer[*corev1.ConfigMap]{err: clustertest.NoSuchResource("configmaps")}
	}, "EI402", "EI402"},
	{"other key", func(_ *testing.T, w *world) {
		w.configMap().Data = map[string]string{"tls.crt": w.configMap().Data["ca.crt"]}
	}, "EI403", "EI403"},
	{"CA is garbage", func(_ *testing.T, w *world) { w.configMap().Data["ca.crt"] = "hello" }, "EI409", "EI409"},
	{"expired CA", func(t *testing.T, w *world) { w.configMap().Data["ca.crt"] = caPEM(t, -24) }, "EI409", "EI409"},
	{"CA expires soon", func(t *testing.T, w *world) { w.configMap().Data["ca.crt"] = caPEM(t, 24*29) }, "EI450", "EI450"},
	{"private key", func(t *testing.T, w *world) { w.configMap().Data["ca.crt"] += keyPEM(t) }, "EI902", "EI902"},

	{"no scheme", provider("infisical.example.com", "hostAPI"), "EI507", "EI507"},
	{"slash api slash", provider("https://infisical.example.com/api/", "hostAPI"), "EI550", "EI550"},
	{"plain HTTP", provider("http://infisical.example.com", "hostAPI"), "EI451", "EI451"},
	{"egress denied", func(_ *testing.T, w *world) { w.policies = []networkingv1.NetworkPolicy{policyWith()} }, "EI551", "EI551"},
	{"egress without DNS", func(_ *testing.T, w *world) {
		w.policies = []networkingv1.NetworkPolicy{policyWith(networkingv1.NetworkPolicyEgressRule{Ports: []networkingv1.NetworkPolicyPort{port(443)}})}
	}, "EI552", "EI552"},
	{"proxy", func(t *testing.T, w *world) {
		provider("https://infisical.tools.svc", "hostAPI")(t, w)
		w.container(t)["env"] = []any{map[string]any{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}, map[string]any{"name": "NO_PROXY", "value": "10.96.0.1"}}
	}, "EI553", "EI553"},

	{"production", provider("production", "secretsScope", "environmentSlug"), "EI650", "EI650"},
	{"upper case", provider("Staging", "secretsScope", "environmentSlug"), "EI650", "EI650"},
	{"project ID", provider("7d444840-9dc0-11d1-b245-5ffdce74fad2", "secretsScope", "projectSlug"), "EI651", "EI651"},
	{"project name", provider("Archon Platform", "secretsScope", "projectSlug"), "EI651", "EI651"},
	{"path", provider("app//db", "secretsScope", "secretsPath"), "EI652", "EI652"},

	{"other class", func(_ *testing.T, w *world) { set(w.store(), "blue", "spec", "controller") }, "EI750", "EI750"},
	{"never judged", func(_ *testing.T, w *world) { delete(w.store().Object, "status") }, "EI702", "EI704"},
	{"refused", fails(`[message="Invalid credentials"]`), "EI702", "EI310"},
	{"not ready for a reason of its own", fails("the moon is full"), "EI702", "EI702"},
	{"not ready and no event", fails(""), "EI702", "EI703"},
	{"the event is lost, and the log tells", logs("", `[message="Invalid credentials"]`, time.Minute), "EI702", "EI310"},
	{"the event is of an older failure", logs(`[message="Invalid credentials"]`, `Project with slug 'p' not found`, -time.Minute), "EI702", "EI601"},
	{"the log is of an older failure", logs(`[message="Invalid credentials"]`, `Project with slug 'p' not found`, time.Minute), "EI702", "EI310"},
	{"the log tells nothing that is known", logs("", "the moon is full", time.Minute), "EI702", "EI703"},
	{"changed since", func(_ *testing.T, w *world) {
		w.secret().ManagedFields = []metav1.ManagedFieldsEntry{{Time: &metav1.Time{Time: time.Now().Truncate(time.Second)}, FieldsV1: metav1.NewFieldsV1(`{"f:data":{}}`)}}
	}, "EI751", "EI751"},
	{"not looked at for long", func(_ *testing.T, w *world) {
		w.storeEvents[eso.StoreKey{Name: "infisical-p"}][0].Last = time.Now().Add(-40 * time.Minute)
	}, "EI752", "EI752"},
	{"no event at all", func(_ *testing.T, w *world) { w.storeEvents = nil }, "EI752", "EI752"},
	{"login refused", func(_ *testing.T, w *world) {
		c, _ := cause.FromText("Invalid credentials")
		w.login = visit{Store: w.login.Store, Login: doctor.Problem(c)}
	}, "EI310", "EI310"},

	{"wish without verdict", func(_ *testing.T, w *world) { delete(w.wishes[0].Object, "status") }, "EI852", "EI852"},
	{"wish fails", func(_ *testing.T, w *world) {
		clustertest.Ready(w.wishes[0], "False")
		w.failures = map[string]eso.Told{"app/api": {Message: "error processing spec.data[0] (key: API_KEY), err: Secret does not exist"}}
	}, "EI807", "EI606"},
	{"wish fails for a reason of its own", func(_ *testing.T, w *world) { clustertest.Ready(w.wishes[0], "False") }, "EI807", "EI807"},
	{"forgotten kind", func(_ *testing.T, w *world) { set(w.wishes[0], "SecretStore", "spec", "secretStoreRef", "kind") }, "EI802", "EI802"},
	{"two owners", func(_ *testing.T, w *world) { set(w.wishes[0], "db", "spec", "target", "name") }, "EI806", "EI806"},
	{"ready without Secret", func(_ *testing.T, w *world) { delete(w.made, "app/api") }, "EI850", "EI850"},
	{"empty values", func(_ *testing.T, w *world) { w.made["app/api"] = hashesOfNothing([]eso.Asked{{TargetKey: "key"}})[1] }, "EI804", "EI804"},
	{"overdue", func(_ *testing.T, w *world) {
		set(w.wishes[0], time.Now().Add(-3*time.Hour).UTC().Format(time.RFC3339), "status", "refreshTime")
	}, "EI851", "EI851"},

	{"last applied", func(_ *testing.T, w *world) {
		w.secret().Annotations = map[string]string{corev1.LastAppliedConfigAnnotation: `{"data":{"clientSecret":"` + clientSecret + `"}}`}
	}, "EI901", "EI901"},
	{"open store", func(_ *testing.T, w *world) { unstructured.RemoveNestedField(w.store().Object, "spec", "conditions") }, "EI903", "EI903"},
	{"test left", func(_ *testing.T, w *world) {
		w.namespaces = append(w.namespaces, space{Name: "eso-test", Labels: map[string]string{eso.PurposeLabel: testPurpose}})
	}, "EI904", "EI904"},
	{"probe left", func(t *testing.T, w *world) {
		p := storeFor(t)
		p.SetName("eso-infisical-probe-x")
		p.SetLabels(map[string]string{eso.PurposeLabel: eso.ProbePurpose})
		w.probes = []*unstructured.Unstructured{p}
	}, "EI905", "EI905"},
}
