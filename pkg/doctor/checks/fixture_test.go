package checks

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"slices"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

const (
	home = "external-secrets"
	// clientID and clientSecret have the form of real ones, and must never show up in a report.
	clientID     = "3f1c9a52-7b0e-4d6a-9c1f-2e8b5d7a6c40"
	clientSecret = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
)

// caPEM makes a CA certificate that is valid for so many hours from now.
func caPEM(t *testing.T, hours int) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Our CA"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-10000 * time.Hour), NotAfter: time.Now().Add(time.Duration(hours) * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// keyPEM makes a private key.
func keyPEM(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// world is what a test's cluster holds. refused are the inputs that cannot be read.
type world struct {
	clusterErr                     error
	version                        string
	release                        helm.Release
	deployments, pods, controllers []unstructured.Unstructured
	definitions                    []definition
	webhook                        error
	logged                         map[eso.StoreKey][]eso.LogFailure
	operatorLacks                  []kube.Right
	user                           kube.User
	clock                          kube.Offset
	served                         map[string][]string
	accounts                       []string
	guards                         []guard
	guardBackings                  map[string]answer[backing]
	serving                        serving
	certificate                    certificateKept
	endings                        []ending
	configurations                 []admissionv1.ValidatingWebhookConfiguration
	endpoints                      []discoveryv1.EndpointSlice
	stores                         []*unstructured.Unstructured
	secrets                        map[string]answer[*corev1.Secret]
	configMaps                     map[string]answer[*corev1.ConfigMap]
	storeEvents                    map[eso.StoreKey][]kube.Event
	secretStores                   []*unstructured.Unstructured
	wishes                         []*unstructured.Unstructured
	failures                       map[string]eso.Told
	made                           map[string]string
	policies                       []networkingv1.NetworkPolicy
	namespaces                     []space
	exposed                        exposure
	journals, probeSecrets         []trace
	clusterWishes                  []clusterWish
	pushes                         []push
	probes                         []*unstructured.Unstructured
	login                          visit
	record                         record
	sights                         map[string]sight
	backings                       map[string]answer[backing]
	maintained                     map[string]bool
	refused                        map[string]error
}

const controllerYAML = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: external-secrets, namespace: external-secrets, generation: 1, labels: {app.kubernetes.io/instance: external-secrets, app.kubernetes.io/name: external-secrets}}
spec:
  replicas: 1
  template:
    metadata: {labels: {app.kubernetes.io/name: external-secrets}}
    spec: {containers: [{name: external-secrets, args: [--concurrent=1, --loglevel=info]}]}
status:
  {observedGeneration: 1, replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1,
   conditions: [{type: Available, status: "True"}]}`

// healthy is a cluster in which all is well, but for the one warning that its store is open.
func healthy(t *testing.T) *world {
	t.Helper()
	controller := *clustertest.Object(t, controllerYAML)
	w := &world{version: "v1.34.4", refused: map[string]error{},
		release: helm.Release{Name: home, Status: helm.Deployed, RawStatus: "deployed", AppVersion: "v99.0.0", Revision: 1,
			Deployments: []string{"external-secrets", "external-secrets-webhook", "external-secrets-cert-controller"}},
		deployments: []unstructured.Unstructured{controller, *clustertest.Available(t, "external-secrets-webhook"), *clustertest.Available(t, "external-secrets-cert-controller")},
		controllers: []unstructured.Unstructured{controller},
		pods:        []unstructured.Unstructured{*clustertest.Object(t, "{kind: Pod, metadata: {name: p, namespace: external-secrets}, status: {phase: Running}}")},
		definitions: []definition{storeDefinition(t), goodDefinition(t, "externalsecrets.external-secrets.io", "{}")},
		endpoints:   []discoveryv1.EndpointSlice{{Endpoints: []discoveryv1.Endpoint{{}}}},
		secrets: map[string]answer[*corev1.Secret]{"Secret external-secrets/creds": {value: &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: "creds", CreationTimestamp: ago(time.Hour)},
			Data:       map[string][]byte{"clientId": []byte(clientID), "clientSecret": []byte(clientSecret)}}}},
		configMaps: map[string]answer[*corev1.ConfigMap]{"ConfigMap external-secrets/ca": {value: &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: "ca", CreationTimestamp: ago(time.Hour)}, Data: map[string]string{"ca.crt": caPEM(t, 9000)}}}},
		storeEvents:  map[eso.StoreKey][]kube.Event{{Name: "infisical-p"}: {{Reason: "Valid", Message: "store validated", Last: time.Now().Add(-time.Minute), Version: "5"}}},
		namespaces:   []space{{Name: "app"}, {Name: "other"}},
		made:         map[string]string{"app/api": "3f", "app/db": "40"},
		secretStores: []*unstructured.Unstructured{clustertest.Object(t, "{kind: SecretStore, metadata: {namespace: app, name: own}, spec: {provider: {fake: {}}}}")},
		backings:     map[string]answer[backing]{"service/infisical.tools:443": {value: backing{Exists: true, Ports: []int32{443}, Ready: 1}}},
		record:       record{Store: doctor.Object{Kind: "ClusterSecretStore", Name: "infisical-p"}, Mine: []infisical.ClientSecret{{ID: "1"}}},
		clock:        kube.Offset{Known: true, Within: time.Second}, served: allServed(), accounts: []string{"default"},
		serving: serving{Exists: true, Selector: map[string]string{"app.kubernetes.io/name": webhookService}, Ports: []int32{443}}, certificate: certificateKept{true, true},
		login: visit{Store: doctor.Object{Kind: "ClusterSecretStore", Name: "infisical-p"}, Login: doctor.Holds(""), Entered: true, Keys: 3,
			Environments: []string{"dev", "prod"}, Environment: "prod"},
	}
	w.configurations = []admissionv1.ValidatingWebhookConfiguration{configurationFor(t, "secretstore-validate"), configurationFor(t, "externalsecret-validate")}
	w.stores = []*unstructured.Unstructured{storeFor(t)}
	w.wishes = []*unstructured.Unstructured{wishFor(t, "api"), wishFor(t, "db")}
	return w
}

// allServed are all the kinds that the controller watches.
func allServed() map[string][]string {
	found := map[string][]string{}
	for _, k := range controllerKinds {
		found[k.path()] = append(found[k.path()], k.resource)
	}
	return found
}

// ago is as the API server writes times: in whole seconds.
func ago(d time.Duration) metav1.Time {
	return metav1.NewTime(time.Now().Add(-d).Truncate(time.Second))
}

func goodDefinition(t *testing.T, name, properties string) definition {
	t.Helper()
	d := definition{name: name}
	text := `{"metadata":{"resourceVersion":"7"},"spec":{"conversion":{"strategy":"None"},"versions":[{"name":"v1","served":true,"schema":{"openAPIV3Schema":{"properties":
		{"spec":{"properties":{"provider":{"properties":{"infisical":{"properties":` + properties + `}}}}}}}}}]},
		"status":{"storedVersions":["v1"],"conditions":[{"type":"NamesAccepted","status":"True"},{"type":"Established","status":"True"}]}}`
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func storeDefinition(t *testing.T) definition {
	return goodDefinition(t, "clustersecretstores.external-secrets.io", `{"auth":{},"caProvider":{}}`)
}

func configurationFor(t *testing.T, name string) admissionv1.ValidatingWebhookConfiguration {
	t.Helper()
	return admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: name}, Webhooks: []admissionv1.ValidatingWebhook{{Name: "validate.clustersecretstore.external-secrets.io",
		ClientConfig: admissionv1.WebhookClientConfig{CABundle: []byte(caPEM(t, 9000)), Service: &admissionv1.ServiceReference{Namespace: home, Name: webhookService}}}}}
}

// storeFor is a ready store with conditions, so that it is not open to all.
func storeFor(t *testing.T) *unstructured.Unstructured {
	t.Helper()
	s := eso.Store{Name: "infisical-p", Host: "https://infisical.example.com", Project: "p", Environment: "prod", Path: "/", Namespaces: []string{"app"},
		Credentials: eso.Reference{Namespace: home, Name: "creds"}, CA: eso.CASource{Reference: eso.Reference{Namespace: home, Name: "ca"}}}
	obj := clustertest.Ready(s.Object(), "True")
	obj.SetCreationTimestamp(ago(2 * time.Hour))
	return obj
}

// wishFor is a synced ExternalSecret in namespace app.
func wishFor(t *testing.T, name string) *unstructured.Unstructured {
	t.Helper()
	obj := clustertest.Ready(eso.ExternalSecret{Namespace: "app", Name: name, Store: eso.StoreKey{Name: "infisical-p"}, Key: "API_KEY", TargetKey: "key"}.Object(), "True")
	obj.SetCreationTimestamp(ago(time.Hour))
	set(obj, time.Now().Add(-time.Minute).UTC().Format(time.RFC3339), "status", "refreshTime")
	return obj
}

// set changes a field.
func set(obj *unstructured.Unstructured, value any, path ...string) {
	if err := unstructured.SetNestedField(obj.Object, value, path...); err != nil {
		panic(err)
	}
}

func storesOf(objects []*unstructured.Unstructured) []store {
	var all []store
	for _, obj := range objects {
		all = append(all, readStore(obj))
	}
	return all
}

// snapshot is the world as the doctor has read it.
func (w *world) snapshot(t *testing.T) *doctor.Snapshot {
	t.Helper()
	var all []wish
	if err := eso.EachExternalSecret(t.Context(), clustertest.Serve(t, w.wishes...).Client(t), "", func(es eso.Synced) error { all = append(all, wish{es}); return nil }); err != nil {
		t.Fatal(err)
	}
	given := []doctor.Given{
		give(w, version, w.version), give(w, release, w.release), give(w, manifest, w.release), give(w, deployments, w.deployments), give(w, pods, w.pods), give(w, controllers, w.controllers),
		give(w, loggedFailures, w.logged), give(w, operatorRights, w.operatorLacks), give(w, definitions, w.definitions), give(w, webhookConfigurations, w.configurations), give(w, webhookEndpoints, w.endpoints),
		give(w, clusterStores, storesOf(append(w.probes, w.stores...))), give(w, namespacedStores, storesOf(w.secretStores)), give(w, secrets, w.secrets), give(w, configMaps, w.configMaps), give(w, clusterStoreEvents, w.storeEvents), give(w, namespacedStoreEvents, w.storeEvents), give(w, wishes, all),
		give(w, failures, w.failures), give(w, madeSecrets, w.made), give(w, networkPolicies, w.policies),
		give(w, namespaces, w.namespaces), give(w, exposed, w.exposed), give(w, journals, w.journals), give(w, probeSecrets, w.probeSecrets),
		give(w, clusterWishes, w.clusterWishes), give(w, pushes, w.pushes), give(w, login, w.login), give(w, identityRecord, w.record), give(w, maintained, w.maintained), give(w, sights, w.sights), give(w, backings, w.backings),
	}
	given = append(given, give(w, user, w.user), give(w, serverClock, w.clock), give(w, served, w.served), give(w, accounts, w.accounts),
		give(w, guards, w.guards), give(w, guardBackings, w.guardBackings), give(w, webhookServing, w.serving), give(w, webhookCertificate, w.certificate),
		give(w, endings, w.endings), give(w, apiService, "10.96.0.1"))
	if w.webhook != nil {
		w.refused[webhookAnswer.Name()] = w.webhook
	}
	given = append(given, give(w, webhookAnswer, struct{}{}))
	return doctor.NewSnapshot(t.Context(), doctor.Cluster{Name: "test", Namespace: home, Release: home, Err: w.clusterErr}, given...)
}

func give[T any](w *world, input *doctor.Input[T], value T) doctor.Given {
	if err := w.refused[input.Name()]; err != nil {
		return doctor.Refuse(input, err)
	}
	return doctor.Give(input, value)
}

// everyCheck are all checks, the live ones included.
func everyCheck() []doctor.Check { return slices.Concat(All(), Live(), Administered()) }

// examine runs all checks, the live ones included.
func examine(t *testing.T, w *world) doctor.Report {
	t.Helper()
	return doctor.Examine(t.Context(), everyCheck(), w.snapshot(t))
}
