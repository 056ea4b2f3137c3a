// Package publish brings the Infisical double into the sandbox's cluster: a Service with a pod behind it that relays to the double, under a
// name that nobody outside of the cluster can resolve.
package publish

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
)

const (
	// Image is the one that the node runs a relay for.
	Image = "eso-sandbox.local/relay"
	// Host is the name that the double goes by in the cluster; its certificate holds for it.
	Host = name + "." + namespace + ".svc"

	name      = "infisical"
	namespace = "infisical"
	portName  = "https"
	port      = 443
	podPort   = 8443
)

// Infisical makes the Service and its pod, and waits until the pod is ready. What is there already stays.
func Infisical(ctx context.Context, client kubernetes.Interface) error {
	_, err := client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("publish Infisical: %w", err)
	}
	if _, err := client.CoreV1().Services(namespace).Create(ctx, service(), metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("publish Infisical: %w", err)
	}
	if _, err := client.AppsV1().Deployments(namespace).Create(ctx, deployment(), metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("publish Infisical: %w", err)
	}
	return awaitReady(ctx, client)
}

func labels() map[string]string { return map[string]string{"app": name} }

func service() *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
		Spec: corev1.ServiceSpec{Selector: labels(),
			Ports: []corev1.ServicePort{{Name: portName, Port: port, TargetPort: intstr.FromString(portName)}}},
	}
}

func deployment() *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels()},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels()},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Name: name, Image: Image, Args: []string{fmt.Sprintf("--listen=:%d", podPort)},
					Ports: []corev1.ContainerPort{{Name: portName, ContainerPort: podPort}},
					ReadinessProbe: &corev1.Probe{PeriodSeconds: 1,
						ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromString(portName)}}},
				}}},
			},
		},
	}
}

// awaitReady watches the Deployment until it is available.
func awaitReady(ctx context.Context, client kubernetes.Interface) error {
	options := metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector("metadata.name", name).String()}
	watch, err := client.AppsV1().Deployments(namespace).Watch(ctx, options)
	if err != nil {
		return fmt.Errorf("wait for Infisical's pod: %w", err)
	}
	defer watch.Stop()
	for event := range watch.ResultChan() {
		if d, ok := event.Object.(*appsv1.Deployment); ok && d.Status.AvailableReplicas > 0 {
			return nil
		}
	}
	return fmt.Errorf("wait for Infisical's pod: %w; look at it with kubectl -n %s get pods", ctx.Err(), namespace)
}
