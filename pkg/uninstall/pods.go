package uninstall

import (
	"context"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// uses finds the pods that need one of the Secrets.
func (s *survey) uses(ctx context.Context) error {
	if len(s.plan.Secrets) == 0 {
		return nil
	}
	at := map[[2]string]*Secret{}
	for i := range s.plan.Secrets {
		secret := &s.plan.Secrets[i]
		at[[2]string{secret.Namespace, secret.Name}] = secret
	}
	return kube.EachPage(ctx, s.Dynamic.Resource(kube.PodsResource), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			var pod corev1.Pod
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(page[i].Object, &pod); err != nil || over(pod) {
				continue
			}
			for _, name := range secretsOf(pod.Spec) {
				if secret := at[[2]string{pod.Namespace, name}]; secret != nil {
					secret.use(workload(pod), pod.Name)
				}
			}
		}
		return nil
	})
}

// over reports whether the pod has run to its end, so that it needs nothing any more.
func over(pod corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

func (s *Secret) use(workload, pod string) {
	i := slices.IndexFunc(s.UsedBy, func(u Use) bool { return u.Workload == workload })
	if i < 0 {
		i = len(s.UsedBy)
		s.UsedBy = append(s.UsedBy, Use{Workload: workload})
	}
	s.UsedBy[i].Pods = append(s.UsedBy[i].Pods, pod)
}

// secretsOf names each Secret that the pod needs once.
func secretsOf(spec corev1.PodSpec) []string {
	var names []string
	for _, ref := range spec.ImagePullSecrets {
		names = append(names, ref.Name)
	}
	for _, v := range spec.Volumes {
		names = append(names, secretsOfVolume(v)...)
	}
	for _, c := range spec.InitContainers {
		names = append(names, secretsOfContainer(c.Env, c.EnvFrom)...)
	}
	for _, c := range spec.Containers {
		names = append(names, secretsOfContainer(c.Env, c.EnvFrom)...)
	}
	for _, c := range spec.EphemeralContainers {
		names = append(names, secretsOfContainer(c.Env, c.EnvFrom)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func secretsOfVolume(v corev1.Volume) []string {
	var names []string
	if v.Secret != nil {
		names = append(names, v.Secret.SecretName)
	}
	if v.CSI != nil && v.CSI.NodePublishSecretRef != nil {
		names = append(names, v.CSI.NodePublishSecretRef.Name)
	}
	if v.Projected != nil {
		for _, source := range v.Projected.Sources {
			if source.Secret != nil {
				names = append(names, source.Secret.Name)
			}
		}
	}
	return names
}

func secretsOfContainer(env []corev1.EnvVar, from []corev1.EnvFromSource) []string {
	var names []string
	for _, e := range env {
		if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
			names = append(names, e.ValueFrom.SecretKeyRef.Name)
		}
	}
	for _, e := range from {
		if e.SecretRef != nil {
			names = append(names, e.SecretRef.Name)
		}
	}
	return names
}

// workload names what keeps the pod running. A ReplicaSet's Deployment follows from its name, so that nobody need be asked.
func workload(pod corev1.Pod) string {
	owner := metav1.GetControllerOf(&pod)
	if owner == nil {
		return "Pod/" + pod.Name
	}
	hash := pod.Labels["pod-template-hash"]
	if name, found := strings.CutSuffix(owner.Name, "-"+hash); owner.Kind == "ReplicaSet" && hash != "" && found {
		return "Deployment/" + name
	}
	return owner.Kind + "/" + owner.Name
}
