package checks

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

// This file says what of each input may leave the cluster in a bundle. Whatever is not named here stays.

// whole is for what holds nothing that must stay.
func whole[T any](v T) T { return v }

// annotationsKept are the beginnings of annotations that checks or the reader of a bundle need: ours, and the marks of tools that keep objects.
var annotationsKept = []string{"eso-infisical.dev/", "meta.helm.sh/", "argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/", "olm.", "operators.coreos.com/",
	"external-secrets.io/"}

func keptAnnotations(all map[string]string) map[string]string {
	kept := map[string]string{}
	for name, value := range all {
		if slices.ContainsFunc(annotationsKept, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			kept[name] = value
		}
	}
	return kept
}

// metadataKept are the fields of metadata beside annotations. Managed fields hold names of fields and of managers, and no values.
var metadataKept = []string{"name", "namespace", "labels", "creationTimestamp", "deletionTimestamp", "generation", "resourceVersion", "uid", "finalizers", "ownerReferences", "managedFields"}

// keptObject copies the metadata and the fields at these paths.
func keptObject(obj *unstructured.Unstructured, paths ...[]string) *unstructured.Unstructured {
	kept := &unstructured.Unstructured{Object: map[string]any{"apiVersion": obj.GetAPIVersion(), "kind": obj.GetKind()}}
	for _, name := range metadataKept {
		copyField(kept, obj, "metadata", name)
	}
	if annotations := keptAnnotations(obj.GetAnnotations()); len(annotations) > 0 {
		kept.SetAnnotations(annotations)
	}
	for _, path := range paths {
		copyField(kept, obj, path...)
	}
	return kept
}

func copyField(to, from *unstructured.Unstructured, path ...string) {
	value, found, err := unstructured.NestedFieldCopy(from.Object, path...)
	if err == nil && found {
		_ = unstructured.SetNestedField(to.Object, value, path...) // the path is free in what was made a moment ago
	}
}

func keptObjects(paths ...[]string) func([]unstructured.Unstructured) []unstructured.Unstructured {
	return func(all []unstructured.Unstructured) []unstructured.Unstructured {
		kept := make([]unstructured.Unstructured, len(all))
		for i := range all {
			kept[i] = *keptObject(&all[i], paths...)
		}
		return kept
	}
}

// keptDeployments are without variables, but for those of a proxy, whose user is taken out.
func keptDeployments(all []unstructured.Unstructured) []unstructured.Unstructured {
	kept := keptObjects([]string{"status"}, []string{"spec", "replicas"}, []string{"spec", "template", "metadata", "labels"},
		[]string{"spec", "template", "spec", "serviceAccountName"}, []string{"spec", "template", "spec", "hostNetwork"}, []string{"spec", "template", "spec", "dnsPolicy"})(all)
	for i := range all {
		list, _, _ := unstructured.NestedSlice(all[i].Object, "spec", "template", "spec", "containers")
		var containers []any
		for _, c := range list {
			if c, is := c.(map[string]any); is {
				containers = append(containers, keptContainer(c))
			}
		}
		if containers != nil {
			_ = unstructured.SetNestedSlice(kept[i].Object, containers, "spec", "template", "spec", "containers")
		}
	}
	return kept
}

func keptContainer(c map[string]any) map[string]any {
	kept := map[string]any{}
	for _, name := range []string{"name", "image", "args", "resources"} {
		if value, found := c[name]; found {
			kept[name] = value
		}
	}
	env, _ := c["env"].([]any)
	var variables []any
	for _, v := range env {
		variable, _ := v.(map[string]any)
		name, _ := variable["name"].(string)
		value, _ := variable["value"].(string)
		if strings.HasSuffix(strings.ToLower(name), "_proxy") {
			variables = append(variables, map[string]any{"name": name, "value": withoutUser(value)})
		}
	}
	if variables != nil {
		kept["env"] = variables
	}
	return kept
}

// withoutUser takes a user and password out of an address, however it is written: everything from the scheme to the last @.
func withoutUser(address string) string {
	at := strings.LastIndex(address, "@")
	if at < 0 {
		return address
	}
	scheme, _, found := strings.Cut(address[:at], "://")
	if !found {
		return address[at+1:]
	}
	return scheme + "://" + address[at+1:]
}

func keptStores(all []store) []store {
	kept := make([]store, len(all))
	for i, st := range all {
		kept[i] = store{st.Store, keptObject(st.object, []string{"status"}, []string{"spec", "provider", "infisical"}, []string{"spec", "conditions"},
			[]string{"spec", "controller"}, []string{"spec", "refreshInterval"}, []string{"spec", "retrySettings"})}
		if host := st.text("hostAPI"); strings.Contains(host, "@") {
			_ = unstructured.SetNestedField(kept[i].object.Object, withoutUser(host), "spec", "provider", "infisical", "hostAPI") // it is a text already
		}
	}
	return kept
}

// keptSecrets have a stand-in in place of each value. Certificates stay as they are; of a private key beside them it stays that there is one.
func keptSecrets(all map[string]answer[*corev1.Secret]) map[string]answer[*corev1.Secret] {
	kept := map[string]answer[*corev1.Secret]{}
	for name, a := range all {
		if a.value == nil {
			kept[name] = a
			continue
		}
		s := &corev1.Secret{Type: a.value.Type, Immutable: a.value.Immutable, Data: map[string][]byte{}}
		s.ObjectMeta = keptMeta(a.value.ObjectMeta)
		for key, value := range a.value.Data {
			s.Data[key] = standIn(value)
		}
		if written := a.value.Annotations[corev1.LastAppliedConfigAnnotation]; strings.Contains(written, `"data"`) || strings.Contains(written, `"stringData"`) {
			s.Annotations[corev1.LastAppliedConfigAnnotation] = `{"data":"kept out of the bundle"}`
		}
		kept[name] = answer[*corev1.Secret]{s, a.err}
	}
	return kept
}

// keptMaps hold certificates, and nothing else of what is in them.
func keptMaps(all map[string]answer[*corev1.ConfigMap]) map[string]answer[*corev1.ConfigMap] {
	kept := map[string]answer[*corev1.ConfigMap]{}
	for name, a := range all {
		if a.value == nil {
			kept[name] = a
			continue
		}
		m := &corev1.ConfigMap{ObjectMeta: keptMeta(a.value.ObjectMeta), Immutable: a.value.Immutable, Data: map[string]string{}}
		for key, value := range a.value.Data {
			m.Data[key] = string(standIn([]byte(value)))
		}
		kept[name] = answer[*corev1.ConfigMap]{m, a.err}
	}
	return kept
}

// keptRelease is without the values that the release was given.
func keptRelease(r helm.Release) helm.Release {
	r.Values = nil
	return r
}

// withoutHashes leaves out what ESO notes of the values: whoever has a guess could try it.
func withoutHashes(all map[string]string) map[string]string {
	kept := map[string]string{}
	for name := range all {
		kept[name] = ""
	}
	return kept
}

func keptMeta(m metav1.ObjectMeta) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: m.Name, Namespace: m.Namespace, Labels: m.Labels, Annotations: keptAnnotations(m.Annotations), CreationTimestamp: m.CreationTimestamp,
		DeletionTimestamp: m.DeletionTimestamp, ResourceVersion: m.ResourceVersion, UID: m.UID, Finalizers: m.Finalizers, OwnerReferences: m.OwnerReferences, ManagedFields: m.ManagedFields}
}

// keyBlock tells that there was a private key.
var keyBlock = []byte("-----BEGIN PRIVATE KEY-----\nbm90IGtlcHQ=\n-----END PRIVATE KEY-----\n")

// standIn is what stands for a value: the certificates in it, or a word.
func standIn(value []byte) []byte {
	if len(value) == 0 {
		return value
	}
	var kept bytes.Buffer
	rest := value
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" {
			_ = pem.Encode(&kept, &pem.Block{Type: block.Type, Bytes: block.Bytes}) // a buffer takes everything
		}
	}
	if bytes.Contains(value, []byte("PRIVATE KEY")) {
		kept.Write(keyBlock)
	}
	if kept.Len() == 0 {
		return []byte("kept out of the bundle")
	}
	return kept.Bytes()
}

// SecretValues are all values of Secrets that were read, so that a bundle can be searched for them. Certificates are none.
func SecretValues(s *doctor.Snapshot) []string {
	all, _ := doctor.Held(secrets, s)
	var values []string
	for _, a := range all {
		if a.value == nil {
			continue
		}
		for _, value := range a.value.Data {
			if !bytes.Equal(bytes.TrimSpace(standIn(value)), bytes.TrimSpace(value)) {
				values = append(values, string(value))
			}
		}
	}
	return values
}

// MarshalJSON writes the store's object; the rest is read from it again.
func (s store) MarshalJSON() ([]byte, error) { return json.Marshal(s.object) }

// UnmarshalJSON reads it.
func (s *store) UnmarshalJSON(data []byte) error {
	s.object = &unstructured.Unstructured{}
	if err := json.Unmarshal(data, s.object); err != nil {
		return err
	}
	*s = readStore(s.object)
	return nil
}

// keptAnswer is an answer in a file.
type keptAnswer[T any] struct {
	Value T                   `json:"value"`
	Err   *doctor.PackedError `json:"error,omitempty"`
}

// MarshalJSON writes the thing, or why it could not be read.
func (a answer[T]) MarshalJSON() ([]byte, error) {
	return json.Marshal(keptAnswer[T]{a.value, doctor.PackError(a.err)})
}

// UnmarshalJSON reads it.
func (a *answer[T]) UnmarshalJSON(data []byte) error {
	var kept keptAnswer[T]
	if err := json.Unmarshal(data, &kept); err != nil {
		return err
	}
	a.value, a.err = kept.Value, kept.Err.Unpack()
	return nil
}

// keptDefinition is a definition in a file.
type keptDefinition struct {
	Name   string `json:"name"`
	Absent bool   `json:"absent,omitempty"`
	plainDefinition
}

type plainDefinition definition

// MarshalJSON writes the name, too.
func (d definition) MarshalJSON() ([]byte, error) {
	return json.Marshal(keptDefinition{d.name, d.absent, plainDefinition(d)})
}

// UnmarshalJSON reads what the API server has of it, or a file.
func (d *definition) UnmarshalJSON(data []byte) error {
	kept := keptDefinition{plainDefinition: plainDefinition(*d)}
	if err := json.Unmarshal(data, &kept); err != nil {
		return err
	}
	name, absent := d.name, d.absent
	*d = definition(kept.plainDefinition)
	d.name, d.absent = name, absent
	if kept.Name != "" {
		d.name, d.absent = kept.Name, kept.Absent
	}
	return nil
}
