package volume

import (
	"context"
	"fmt"
	"io/fs"
	"maps"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	resourceutil "k8s.io/kubectl/pkg/util/resource"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/environ"
)

const defaultMode = 0o644

// payload returns what a volume of an object kind holds now.
func (s *Set) payload(ctx context.Context, pod *corev1.Pod, source *corev1.VolumeSource) (Payload, error) {
	switch {
	case source.Secret != nil:
		return s.secret(pod.Namespace, source.Secret.SecretName, source.Secret.Items, source.Secret.Optional, source.Secret.DefaultMode)
	case source.ConfigMap != nil:
		return s.configMap(pod.Namespace, source.ConfigMap.Name, source.ConfigMap.Items, source.ConfigMap.Optional, source.ConfigMap.DefaultMode)
	case source.DownwardAPI != nil:
		return downwardAPI(pod, source.DownwardAPI.Items, source.DownwardAPI.DefaultMode)
	case source.Projected != nil:
		return s.projected(ctx, pod, source.Projected)
	}
	return nil, fmt.Errorf("the sandbox's node has only emptyDir, secret, configMap, downwardAPI and projected volumes")
}

func (s *Set) projected(ctx context.Context, pod *corev1.Pod, source *corev1.ProjectedVolumeSource) (Payload, error) {
	whole := Payload{}
	for i := range source.Sources {
		part, err := s.projection(ctx, pod, &source.Sources[i], source.DefaultMode)
		if err != nil {
			return nil, err
		}
		maps.Copy(whole, part)
	}
	return whole, nil
}

func (s *Set) projection(ctx context.Context, pod *corev1.Pod, source *corev1.VolumeProjection, mode *int32) (Payload, error) {
	switch {
	case source.Secret != nil:
		return s.secret(pod.Namespace, source.Secret.Name, source.Secret.Items, source.Secret.Optional, mode)
	case source.ConfigMap != nil:
		return s.configMap(pod.Namespace, source.ConfigMap.Name, source.ConfigMap.Items, source.ConfigMap.Optional, mode)
	case source.DownwardAPI != nil:
		return downwardAPI(pod, source.DownwardAPI.Items, mode)
	case source.ServiceAccountToken != nil:
		token, err := s.tokens.get(ctx, pod, source.ServiceAccountToken)
		if err != nil {
			return nil, err
		}
		// A token is a credential: whatever the volume's mode, only its owner may read it.
		return Payload{source.ServiceAccountToken.Path: {Data: []byte(token), Mode: 0o600}}, nil
	}
	return nil, fmt.Errorf("the sandbox's node projects only secrets, configMaps, the downward API and service account tokens")
}

func (s *Set) secret(namespace, name string, items []corev1.KeyToPath, optional *bool, mode *int32) (Payload, error) {
	secret, err := s.objects.Secret(namespace, name)
	if err != nil {
		return nil, unlessOptional(err, optional)
	}
	return project(secret.Data, items, optional, mode, "references non-existent secret key: %s")
}

func (s *Set) configMap(namespace, name string, items []corev1.KeyToPath, optional *bool, mode *int32) (Payload, error) {
	configMap, err := s.objects.ConfigMap(namespace, name)
	if err != nil {
		return nil, unlessOptional(err, optional)
	}
	data := maps.Clone(configMap.BinaryData)
	if data == nil {
		data = map[string][]byte{}
	}
	for key, value := range configMap.Data {
		data[key] = []byte(value)
	}
	return project(data, items, optional, mode, "configmap references non-existent config key: %s")
}

// project picks the items out of data, or all of it where none are named.
func project(data map[string][]byte, items []corev1.KeyToPath, optional *bool, mode *int32, missing string) (Payload, error) {
	payload := Payload{}
	if len(items) == 0 {
		for key, value := range data {
			payload[key] = File{Data: value, Mode: fileMode(nil, mode)}
		}
		return payload, nil
	}
	for _, item := range items {
		value, ok := data[item.Key]
		if ok {
			payload[item.Path] = File{Data: value, Mode: fileMode(item.Mode, mode)}
		} else if optional == nil || !*optional {
			return nil, fmt.Errorf(missing, item.Key)
		}
	}
	return payload, nil
}

func downwardAPI(pod *corev1.Pod, items []corev1.DownwardAPIVolumeFile, mode *int32) (Payload, error) {
	payload := Payload{}
	for _, item := range items {
		value, err := downwardValue(pod, &item)
		if err != nil {
			return nil, fmt.Errorf("resolve %s: %w", item.Path, err)
		}
		payload[item.Path] = File{Data: []byte(value), Mode: fileMode(item.Mode, mode)}
	}
	return payload, nil
}

func downwardValue(pod *corev1.Pod, item *corev1.DownwardAPIVolumeFile) (string, error) {
	if item.FieldRef != nil {
		return environ.PodField(pod, item.FieldRef.FieldPath)
	}
	for i := range pod.Spec.Containers {
		if item.ResourceFieldRef != nil && pod.Spec.Containers[i].Name == item.ResourceFieldRef.ContainerName {
			return resourceutil.ExtractContainerResourceValue(item.ResourceFieldRef, &pod.Spec.Containers[i])
		}
	}
	return "", fmt.Errorf("it names neither a field nor a container's resource")
}

func fileMode(item, volume *int32) fs.FileMode {
	switch {
	case item != nil:
		return fs.FileMode(*item)
	case volume != nil:
		return fs.FileMode(*volume)
	}
	return defaultMode
}

func unlessOptional(err error, optional *bool) error {
	if optional != nil && *optional && apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
