package podstatus

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	reasonNotReady       = "ContainersNotReady"
	reasonNotInitialized = "ContainersNotInitialized"
	reasonCompleted      = "PodCompleted"
	reasonFailed         = "PodFailed"
)

func conditions(phase corev1.PodPhase, seen Observation) []corev1.PodCondition {
	containersReady := readiness(phase, seen)
	ready := containersReady
	containersReady.Type, ready.Type = corev1.ContainersReady, corev1.PodReady
	sandbox := corev1.PodCondition{Type: corev1.PodReadyToStartContainers, Status: truth(seen.Mounted && !seen.Ended)}
	scheduled := corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}
	return []corev1.PodCondition{sandbox, initialized(phase, seen), ready, containersReady, scheduled}
}

func initialized(phase corev1.PodPhase, seen Observation) corev1.PodCondition {
	condition := corev1.PodCondition{Type: corev1.PodInitialized, Status: corev1.ConditionTrue}
	if names := incomplete(seen.InitContainers); len(names) > 0 {
		condition.Status = corev1.ConditionFalse
		condition.Reason = reasonNotInitialized
		condition.Message = fmt.Sprintf("containers with incomplete status: %v", names)
	} else if phase == corev1.PodSucceeded {
		condition.Reason = reasonCompleted
	}
	return condition
}

func readiness(phase corev1.PodPhase, seen Observation) corev1.PodCondition {
	condition := corev1.PodCondition{Status: corev1.ConditionFalse}
	names := unready(seen.Containers)
	switch {
	case phase == corev1.PodSucceeded:
		condition.Reason = reasonCompleted
	case phase == corev1.PodFailed:
		condition.Reason = reasonFailed
	case len(names) > 0:
		condition.Reason = reasonNotReady
		condition.Message = fmt.Sprintf("containers with unready status: %v", names)
	default:
		condition.Status = corev1.ConditionTrue
	}
	return condition
}

func truth(value bool) corev1.ConditionStatus {
	if value {
		return corev1.ConditionTrue
	}
	return corev1.ConditionFalse
}

// set puts a condition in the place of the one of its type. Its time changes only with its status.
func set(status *corev1.PodStatus, condition corev1.PodCondition, now metav1.Time) {
	condition.LastTransitionTime = now
	for i := range status.Conditions {
		old := &status.Conditions[i]
		if old.Type != condition.Type {
			continue
		}
		if old.Status == condition.Status {
			condition.LastTransitionTime = old.LastTransitionTime
		}
		*old = condition
		return
	}
	status.Conditions = append(status.Conditions, condition)
}
