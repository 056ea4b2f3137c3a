package podstatus

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func waiting(name string) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: name, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}}
}

func running(name string, ready bool) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: name, Ready: ready, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}
}

func ended(name string, code int32) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: name, State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code}}}
}

func crashing(name string) corev1.ContainerStatus {
	status := waiting(name)
	status.State.Waiting.Reason = "CrashLoopBackOff"
	status.LastTerminationState = ended(name, 1).State
	return status
}

// summary shows the phase and, of each condition, what kubectl shows.
func summary(status corev1.PodStatus) map[string]string {
	got := map[string]string{"phase": string(status.Phase)}
	for _, condition := range status.Conditions {
		text := string(condition.Status)
		if condition.Reason != "" {
			text += " " + condition.Reason
		}
		if condition.Message != "" {
			text += ": " + condition.Message
		}
		got[string(condition.Type)] = text
	}
	return got
}

func TestBuild(t *testing.T) {
	for name, tc := range map[string]struct {
		seen Observation
		want map[string]string
	}{
		"mounting": {
			Observation{Containers: []corev1.ContainerStatus{waiting("a")}},
			map[string]string{"phase": "Pending", "PodReadyToStartContainers": "False", "Initialized": "True", "Ready": "False ContainersNotReady: containers with unready status: [a]"},
		},
		"initializing": {
			Observation{Mounted: true, InitContainers: []corev1.ContainerStatus{ended("i", 0), running("j", false)}, Containers: []corev1.ContainerStatus{waiting("a")}},
			map[string]string{"phase": "Pending", "PodReadyToStartContainers": "True", "Initialized": "False ContainersNotInitialized: containers with incomplete status: [j]", "Ready": "False ContainersNotReady: containers with unready status: [a]"},
		},
		"running, one not ready": {
			Observation{Mounted: true, Containers: []corev1.ContainerStatus{running("a", true), running("b", false)}},
			map[string]string{"phase": "Running", "PodReadyToStartContainers": "True", "Initialized": "True", "Ready": "False ContainersNotReady: containers with unready status: [b]"},
		},
		"ready": {
			Observation{Mounted: true, Containers: []corev1.ContainerStatus{running("a", true)}},
			map[string]string{"phase": "Running", "PodReadyToStartContainers": "True", "Initialized": "True", "Ready": "True"},
		},
		"crash loop stays running": {
			Observation{Mounted: true, Containers: []corev1.ContainerStatus{crashing("a")}},
			map[string]string{"phase": "Running", "PodReadyToStartContainers": "True", "Initialized": "True", "Ready": "False ContainersNotReady: containers with unready status: [a]"},
		},
		"succeeded": {
			Observation{Mounted: true, Ended: true, Containers: []corev1.ContainerStatus{ended("a", 0)}},
			map[string]string{"phase": "Succeeded", "PodReadyToStartContainers": "False", "Initialized": "True PodCompleted", "Ready": "False PodCompleted"},
		},
		"failed": {
			Observation{Mounted: true, Ended: true, Containers: []corev1.ContainerStatus{ended("a", 0), ended("b", 2)}},
			map[string]string{"phase": "Failed", "PodReadyToStartContainers": "False", "Initialized": "True", "Ready": "False PodFailed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := summary(Build(&corev1.Pod{}, tc.seen, metav1.Now()))
			tc.want["ContainersReady"] = tc.want["Ready"]
			tc.want["PodScheduled"] = "True"
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBuildKeepsWhatOthersWrote(t *testing.T) {
	before, now := metav1.NewTime(time.Unix(1000, 0)), metav1.NewTime(time.Unix(2000, 0))
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Generation: 3}, Status: corev1.PodStatus{QOSClass: corev1.PodQOSBurstable, Conditions: []corev1.PodCondition{
		{Type: "DisruptionTarget", Status: corev1.ConditionTrue, LastTransitionTime: before},
		{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: before},
		{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: before},
	}}}
	got := Build(pod, Observation{HostIP: "127.0.0.1", PodIP: "10.244.0.2", Containers: []corev1.ContainerStatus{running("a", true)}}, now)
	if got.QOSClass != corev1.PodQOSBurstable || got.ObservedGeneration != 3 || got.PodIP != "10.244.0.2" || got.HostIPs[0].IP != "127.0.0.1" {
		t.Errorf("status %+v", got)
	}
	times := map[corev1.PodConditionType]metav1.Time{}
	for _, condition := range got.Conditions {
		times[condition.Type] = condition.LastTransitionTime
	}
	if times["DisruptionTarget"] != before || times[corev1.PodScheduled] != before || times[corev1.PodReady] != now {
		t.Errorf("transition times %v", times)
	}
	if pod.Status.Conditions[2].Status != corev1.ConditionFalse {
		t.Error("the given pod was changed")
	}
}
