package eso

import (
	"encoding/base64"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// CASource is the object that a store takes the CA of Infisical's server from: a ConfigMap, or a Secret. The zero value is none.
type CASource struct {
	Reference
	Secret bool
}

// Kind is the object's kind, as the store's field type has it.
func (c CASource) Kind() string {
	if c.Secret {
		return "Secret"
	}
	return "ConfigMap"
}

// Resource is where objects of that kind are.
func (c CASource) Resource() schema.GroupVersionResource {
	if c.Secret {
		return schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	}
	return schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
}

func (c CASource) String() string { return c.Kind() + " " + c.Namespace + "/" + c.Name }

// Object renders the object that holds the certificates in PEM form.
func (c CASource) Object(pem []byte) *unstructured.Unstructured {
	value := string(pem)
	if c.Secret {
		value = base64.StdEncoding.EncodeToString(pem)
	}
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": c.Kind(),
		"metadata": map[string]any{"name": c.Name, "namespace": c.Namespace}, "data": map[string]any{CAKey: value}}}
}

// PEM reads the certificates back; found is false where the key is missing.
func (c CASource) PEM(obj *unstructured.Unstructured) (pem []byte, found bool) {
	value, found, _ := unstructured.NestedString(obj.Object, "data", CAKey)
	if !c.Secret || !found {
		return []byte(value), found
	}
	decoded, err := base64.StdEncoding.DecodeString(value)
	return decoded, err == nil
}
