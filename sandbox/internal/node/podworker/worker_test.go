package podworker

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func httpProbe(path string) *corev1.Probe {
	return &corev1.Probe{PeriodSeconds: 1, FailureThreshold: 1, ProbeHandler: corev1.ProbeHandler{
		HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromString("http")},
	}}
}

func serverPod() *corev1.Pod {
	server := containerAs("serve")
	server.Args = []string{"--listen=:8080", "--file=/etc/certs/tls.crt"}
	server.Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}}
	server.ReadinessProbe = httpProbe("/ready")
	server.Env = append(server.Env, corev1.EnvVar{Name: "NAME", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}})
	return &corev1.Pod{Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyAlways, Containers: []corev1.Container{server}}}
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	h := start(t, serverPod())
	pod := h.awaitReady(0)
	if pod.Status.Phase != corev1.PodRunning || pod.Status.PodIP != h.worker.ip || pod.Status.HostIP != "127.0.0.1" || pod.Status.StartTime == nil {
		t.Errorf("status %+v", pod.Status)
	}
	if status := pod.Status.ContainerStatuses[0]; status.ContainerID == "" || status.ImageID == "" || status.State.Running == nil || !*status.Started {
		t.Errorf("container status %+v", status)
	}
	for _, event := range []string{
		`Normal Pulled Container image "test/app:v1" already present on machine`, "Normal Created Created container: app", "Normal Started Started container app",
	} {
		h.awaitEvent(event)
	}
	if want := "serving as " + h.worker.ip + " with \"\"\n"; h.log(false) != want {
		t.Errorf("log %q, want %q", h.log(false), want)
	}

	_, _ = h.get("/crash")
	pod = h.awaitReady(1)
	if end := pod.Status.ContainerStatuses[0].LastTerminationState.Terminated; end == nil || end.ExitCode != 7 || end.Reason != "Error" {
		t.Errorf("last state %+v", end)
	}
	if !strings.HasPrefix(h.log(true), "serving as") || h.worker.containers[0].previous == nil {
		t.Error("the log of the run before is gone")
	}

	h.worker.Delete(patient)
	h.awaitEvent("Normal Killing Stopping container app")
	h.await("gone", func(pod *corev1.Pod) bool { return pod == nil })
	<-h.worker.Done()
	if _, err := os.Stat(h.worker.dir); !os.IsNotExist(err) {
		t.Errorf("the pod's directory is still there: %v", err)
	}
	if _, ok := h.host.Addresses.HostPort(h.worker.ip, 8080); ok {
		t.Error("the pod's port is still mapped")
	}
}

func TestCrashLoop(t *testing.T) {
	t.Parallel()
	h := start(t, &corev1.Pod{Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyAlways, Containers: []corev1.Container{containerAs("fail")}}})
	status := h.awaitWaiting("CrashLoopBackOff")
	if want := "back-off 1h0m0s restarting failed container=app pod=web_ns(u1)"; status.State.Waiting.Message != want {
		t.Errorf("message %q, want %q", status.State.Waiting.Message, want)
	}
	if end := status.LastTerminationState.Terminated; status.RestartCount != 1 || end == nil || end.ExitCode != 3 {
		t.Errorf("restarts %d, last state %+v; want 1 and exit code 3", status.RestartCount, end)
	}
	h.awaitEvent("Warning BackOff Back-off restarting failed container app in pod web_ns(u1)")
	for _, previous := range []bool{false, true} {
		if got := h.log(previous); got != "about to fail\n" {
			t.Errorf("log %q", got)
		}
	}
	h.worker.Delete(patient)
	h.await("gone", func(pod *corev1.Pod) bool { return pod == nil })
}

func TestUnknownImage(t *testing.T) {
	t.Parallel()
	container := containerAs("serve")
	container.Image = "nginx:1.27"
	h := start(t, &corev1.Pod{Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyAlways, Containers: []corev1.Container{container}}})
	status := h.awaitWaiting("ImagePullBackOff")
	if !strings.HasPrefix(status.State.Waiting.Message, `Back-off pulling image "nginx:1.27": ErrImagePull: rpc error`) {
		t.Errorf("message %q", status.State.Waiting.Message)
	}
	for _, event := range []string{
		`Normal Pulling Pulling image "nginx:1.27"`, `Warning Failed Failed to pull image "nginx:1.27": rpc error`,
		"Warning Failed Error: ErrImagePull", `Normal BackOff Back-off pulling image "nginx:1.27"`, "Warning Failed Error: ImagePullBackOff",
	} {
		h.awaitEvent(event)
	}
	if _, err := h.worker.Log("app", false); err == nil || err.Error() != `container "app" in pod "web" is waiting to start: trying and failing to pull image` {
		t.Errorf("log error %v", err)
	}
}

func TestImageThatMustNotBePulled(t *testing.T) {
	t.Parallel()
	container := containerAs("serve")
	container.Image, container.ImagePullPolicy = "nginx:1.27", corev1.PullNever
	h := start(t, &corev1.Pod{Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyAlways, Containers: []corev1.Container{container}}})
	status := h.awaitWaiting("ErrImageNeverPull")
	if want := `Container image "nginx:1.27" is not present with pull policy of Never`; status.State.Waiting.Message != want {
		t.Errorf("message %q, want %q", status.State.Waiting.Message, want)
	}
}

func TestVolumeIsAwaitedAndRefreshed(t *testing.T) {
	t.Parallel()
	pod := serverPod()
	pod.Spec.Volumes = []corev1.Volume{{Name: "certs", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "hook"}}}}
	pod.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "certs", MountPath: "/etc/certs"}}
	h := start(t, pod)
	h.awaitEvent(`Warning FailedMount MountVolume.SetUp failed for volume "certs" : secret "hook" not found`)
	h.awaitWaiting("ContainerCreating")
	if _, err := h.worker.Log("app", false); err == nil || err.Error() != `container "app" in pod "web" is waiting to start: ContainerCreating` {
		t.Errorf("log error %v", err)
	}

	h.objects.set("hook", "tls.crt", "first")
	h.awaitReady(0)
	if got, err := h.get("/file"); err != nil || got != "first" {
		t.Fatalf("mounted file %q, %v", got, err)
	}

	h.objects.set("hook", "tls.crt", "second")
	h.worker.Wake()
	for deadline := time.Now().Add(patient); ; {
		if got, _ := h.get("/file"); got == "second" {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("mounted file %q, want second", got)
		}
	}
}

func TestMissingConfiguration(t *testing.T) {
	t.Parallel()
	pod := serverPod()
	pod.Spec.Containers[0].Env = append(pod.Spec.Containers[0].Env, corev1.EnvVar{Name: "SECRET", ValueFrom: &corev1.EnvVarSource{
		SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "creds"}, Key: "k"},
	}})
	h := start(t, pod)
	if status := h.awaitWaiting("CreateContainerConfigError"); status.State.Waiting.Message != `secret "creds" not found` {
		t.Errorf("message %q", status.State.Waiting.Message)
	}
	h.awaitEvent(`Warning Failed Error: secret "creds" not found`)
	h.objects.set("creds", "k", "v")
	h.awaitReady(0)
	if got := h.log(false); !strings.Contains(got, `with "v"`) {
		t.Errorf("log %q", got)
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	initialize := containerAs("succeed")
	initialize.Name = "init"
	broken := containerAs("fail")
	broken.Name = "init"
	for name, tc := range map[string]struct {
		init, main corev1.Container
		want       corev1.PodPhase
		waiting    bool
	}{
		"success":      {initialize, containerAs("succeed"), corev1.PodSucceeded, false},
		"failure":      {initialize, containerAs("fail"), corev1.PodFailed, false},
		"init failure": {broken, containerAs("succeed"), corev1.PodFailed, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t, &corev1.Pod{Spec: corev1.PodSpec{
				RestartPolicy: corev1.RestartPolicyNever, InitContainers: []corev1.Container{tc.init}, Containers: []corev1.Container{tc.main},
			}})
			pod := h.await(string(tc.want), func(pod *corev1.Pod) bool { return pod.Status.Phase == tc.want })
			state := pod.Status.ContainerStatuses[0].State
			if got := state.Waiting != nil && state.Waiting.Reason == "PodInitializing"; got != tc.waiting {
				t.Errorf("main container's state %+v", state)
			}
		})
	}
}

func TestLivenessRestarts(t *testing.T) {
	t.Parallel()
	pod := serverPod()
	pod.Spec.Containers[0].LivenessProbe = httpProbe("/nothing-here")
	h := start(t, pod)
	h.awaitEvent("Warning Unhealthy Liveness probe failed: ")
	h.awaitEvent("Normal Killing Container app failed liveness probe, will be restarted")
	h.await("restarted", func(pod *corev1.Pod) bool {
		status := pod.Status.ContainerStatuses[0]
		return status.RestartCount > 0 && status.LastTerminationState.Terminated != nil
	})
}

func TestStartupHoldsOtherProbes(t *testing.T) {
	t.Parallel()
	pod := serverPod()
	pod.Spec.Containers[0].StartupProbe = httpProbe("/nothing-here")
	pod.Spec.Containers[0].StartupProbe.FailureThreshold = 1000
	h := start(t, pod)
	h.awaitEvent("Warning Unhealthy Startup probe failed: ")
	// By the second answer the server has been up for a whole period, in which a readiness probe would succeed.
	h.awaitEvent("Warning Unhealthy Startup probe failed: HTTP probe failed with statuscode: 404")
	h.awaitEvent("Warning Unhealthy Startup probe failed: HTTP probe failed with statuscode: 404")
	pod = h.await("running", func(pod *corev1.Pod) bool { return pod.Status.ContainerStatuses[0].State.Running != nil })
	if status := pod.Status.ContainerStatuses[0]; *status.Started || status.Ready {
		t.Errorf("started %v, ready %v before the startup probe succeeded", *status.Started, status.Ready)
	}
}

func TestStubbornContainerIsKilled(t *testing.T) {
	t.Parallel()
	h := start(t, &corev1.Pod{Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyAlways, Containers: []corev1.Container{containerAs("stubborn")}}})
	h.await("running", func(pod *corev1.Pod) bool {
		return len(pod.Status.ContainerStatuses) > 0 && pod.Status.ContainerStatuses[0].State.Running != nil
	})
	for deadline := time.Now().Add(patient); h.log(false) != "ignoring\n"; {
		if time.Now().After(deadline) {
			t.Fatal("the container did not come up")
		}
	}
	h.worker.Delete(time.Millisecond)
	<-h.worker.Done()
	if end := h.worker.containers[0].status.State.Terminated; end == nil || end.ExitCode != 137 {
		t.Errorf("end %+v, want exit code 137", end)
	}
}

func TestAbandonedPodStaysInTheAPIServer(t *testing.T) {
	t.Parallel()
	h := start(t, serverPod())
	h.awaitReady(0)
	h.worker.Abandon(patient)
	<-h.worker.Done()
	pod := h.await("left alone", func(pod *corev1.Pod) bool { return pod != nil })
	if pod.Status.Phase != corev1.PodRunning {
		t.Errorf("phase %s, want it as it was", pod.Status.Phase)
	}
}

func TestResumeCountsTheRunThatIsGone(t *testing.T) {
	t.Parallel()
	pod := serverPod()
	started := metav1.NewTime(time.Unix(1000, 0))
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: "app", ContainerID: "sandbox://old", RestartCount: 2, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: started}},
	}}
	h := start(t, pod)
	status := h.awaitReady(3).Status.ContainerStatuses[0]
	want := &corev1.ContainerStateTerminated{ExitCode: 255, Reason: "Unknown", StartedAt: started, ContainerID: "sandbox://old"}
	got := status.LastTerminationState.Terminated
	if got != nil {
		got.FinishedAt = metav1.Time{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("last state (-want +got):\n%s", diff)
	}
}
