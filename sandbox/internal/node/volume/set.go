// Package volume keeps the volumes of a pod in directories of this host: empty ones, and those whose files
// come from Secrets, ConfigMaps, the pod itself and service account tokens.
package volume

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/clock"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/environ"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/launch"
)

// Set is the volumes of one pod.
type Set struct {
	objects environ.Objects
	tokens  *tokens
	dir     string
}

// NewSet returns the volumes of a pod, which live below dir.
func NewSet(client kubernetes.Interface, objects environ.Objects, clock clock.PassiveClock, dir string) *Set {
	return &Set{objects: objects, tokens: newTokens(client, clock), dir: dir}
}

// Sync brings every volume up to date. It goes on after a volume that fails, and returns one error for each;
// what such a volume held before stays.
func (s *Set) Sync(ctx context.Context, pod *corev1.Pod) []error {
	var failed []error
	for i := range pod.Spec.Volumes {
		volume := &pod.Spec.Volumes[i]
		if err := s.sync(ctx, pod, volume); err != nil {
			failed = append(failed, fmt.Errorf("MountVolume.SetUp failed for volume %q : %w", volume.Name, err))
		}
	}
	return failed
}

func (s *Set) sync(ctx context.Context, pod *corev1.Pod, volume *corev1.Volume) error {
	if volume.EmptyDir != nil {
		return os.MkdirAll(s.Dir(volume.Name), 0o755)
	}
	payload, err := s.payload(ctx, pod, &volume.VolumeSource)
	if err != nil {
		return err
	}
	_, err = write(s.Dir(volume.Name), payload)
	return err
}

// Dir returns the directory of a volume.
func (s *Set) Dir(name string) string { return filepath.Join(s.dir, name) }

// NextRenewal returns when a volume must be brought up to date though no object changed; zero for never.
func (s *Set) NextRenewal() time.Time { return s.tokens.nextRenewal() }

// Mounts returns where the volumes of a container are on this host.
func (s *Set) Mounts(container *corev1.Container) []launch.Mount {
	mounts := make([]launch.Mount, 0, len(container.VolumeMounts))
	for _, mount := range container.VolumeMounts {
		host := filepath.Join(s.Dir(mount.Name), filepath.FromSlash(mount.SubPath))
		mounts = append(mounts, launch.Mount{ContainerPath: mount.MountPath, HostPath: host})
	}
	return mounts
}

// References reports whether a volume takes files from the object.
func References(pod *corev1.Pod, kind, name string) bool {
	for i := range pod.Spec.Volumes {
		source := &pod.Spec.Volumes[i].VolumeSource
		if source.Secret != nil && kind == KindSecret && source.Secret.SecretName == name ||
			source.ConfigMap != nil && kind == KindConfigMap && source.ConfigMap.Name == name ||
			source.Projected != nil && projects(source.Projected, kind, name) {
			return true
		}
	}
	return false
}

// The kinds of objects that volumes take files from.
const (
	KindSecret    = "Secret"
	KindConfigMap = "ConfigMap"
)

func projects(source *corev1.ProjectedVolumeSource, kind, name string) bool {
	for _, part := range source.Sources {
		if part.Secret != nil && kind == KindSecret && part.Secret.Name == name ||
			part.ConfigMap != nil && kind == KindConfigMap && part.ConfigMap.Name == name {
			return true
		}
	}
	return false
}
