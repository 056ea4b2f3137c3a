// Package environ resolves a container's environment: literal values, references to fields of the pod, keys
// of Secrets and ConfigMaps, and $(NAME) within values.
package environ

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	resourceutil "k8s.io/kubectl/pkg/util/resource"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"
)

// Objects are the Secrets and ConfigMaps of the cluster.
type Objects interface {
	Secret(namespace, name string) (*corev1.Secret, error)
	ConfigMap(namespace, name string) (*corev1.ConfigMap, error)
}

// Variables is a resolved environment.
type Variables map[string]string

// Resolver resolves the environment of containers.
type Resolver struct {
	objects Objects
}

// NewResolver returns a Resolver that looks up references in objects.
func NewResolver(objects Objects) Resolver { return Resolver{objects: objects} }

// Resolve returns base with the container's own environment on top. The pod's status must hold its addresses.
// Literal values pass through literal before use, since they may name a path in the container.
func (r Resolver) Resolve(pod *corev1.Pod, container *corev1.Container, base Variables, literal func(string) string) (Variables, error) {
	variables := maps.Clone(base)
	for i := range container.EnvFrom {
		if err := r.addFrom(pod.Namespace, &container.EnvFrom[i], variables); err != nil {
			return nil, err
		}
	}
	for i := range container.Env {
		variable := &container.Env[i]
		value, ok, err := r.value(pod, container, variable, variables, literal)
		if err != nil {
			return nil, err
		}
		if ok {
			variables[variable.Name] = value
		}
	}
	return variables, nil
}

// List returns the environment as a process takes it, in a stable order.
func (v Variables) List() []string {
	list := make([]string, 0, len(v))
	for _, name := range slices.Sorted(maps.Keys(v)) {
		list = append(list, name+"="+v[name])
	}
	return list
}

// Expand replaces $(NAME) in text.
func (v Variables) Expand(text string) string {
	return expansion.Expand(text, expansion.MappingFuncFor(v))
}

func (r Resolver) addFrom(namespace string, source *corev1.EnvFromSource, variables Variables) error {
	switch {
	case source.SecretRef != nil:
		secret, err := r.objects.Secret(namespace, source.SecretRef.Name)
		if err != nil {
			return unlessOptional(err, source.SecretRef.Optional)
		}
		for key, value := range secret.Data {
			add(variables, source.Prefix+key, string(value))
		}
	case source.ConfigMapRef != nil:
		configMap, err := r.objects.ConfigMap(namespace, source.ConfigMapRef.Name)
		if err != nil {
			return unlessOptional(err, source.ConfigMapRef.Optional)
		}
		for key, value := range configMap.Data {
			add(variables, source.Prefix+key, value)
		}
	}
	return nil
}

// add leaves out what a process cannot take as the name of a variable.
func add(variables Variables, name, value string) {
	if name != "" && !strings.ContainsAny(name, "=\x00") {
		variables[name] = value
	}
}

// value reports false where an optional reference leads nowhere.
func (r Resolver) value(pod *corev1.Pod, container *corev1.Container, variable *corev1.EnvVar, known Variables, literal func(string) string) (string, bool, error) {
	source := variable.ValueFrom
	switch {
	case source == nil:
		return literal(known.Expand(variable.Value)), true, nil
	case source.FieldRef != nil:
		value, err := PodField(pod, source.FieldRef.FieldPath)
		return value, true, err
	case source.ResourceFieldRef != nil:
		value, err := resourceutil.ExtractContainerResourceValue(source.ResourceFieldRef, container)
		return value, true, err
	case source.SecretKeyRef != nil:
		return r.secretKey(pod.Namespace, source.SecretKeyRef)
	case source.ConfigMapKeyRef != nil:
		return r.configMapKey(pod.Namespace, source.ConfigMapKeyRef)
	}
	return "", false, fmt.Errorf("resolve variable %s: the sandbox's node does not know this kind of source", variable.Name)
}

func (r Resolver) secretKey(namespace string, ref *corev1.SecretKeySelector) (string, bool, error) {
	secret, err := r.objects.Secret(namespace, ref.Name)
	if err != nil {
		return "", false, unlessOptional(err, ref.Optional)
	}
	value, ok := secret.Data[ref.Key]
	if !ok && !isTrue(ref.Optional) {
		return "", false, fmt.Errorf("couldn't find key %v in Secret %v/%v", ref.Key, namespace, ref.Name)
	}
	return string(value), ok, nil
}

func (r Resolver) configMapKey(namespace string, ref *corev1.ConfigMapKeySelector) (string, bool, error) {
	configMap, err := r.objects.ConfigMap(namespace, ref.Name)
	if err != nil {
		return "", false, unlessOptional(err, ref.Optional)
	}
	value, ok := configMap.Data[ref.Key]
	if !ok && !isTrue(ref.Optional) {
		return "", false, fmt.Errorf("couldn't find key %v in ConfigMap %v/%v", ref.Key, namespace, ref.Name)
	}
	return value, ok, nil
}

func unlessOptional(err error, optional *bool) error {
	if isTrue(optional) && apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func isTrue(value *bool) bool { return value != nil && *value }
