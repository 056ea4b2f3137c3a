package record

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// Controller is the reporting controller of the Events.
const Controller = "eso-infisical.dev/doctor"

// Keys of the ConfigMap.
const (
	keyVerdict    = "verdict"
	keyRootCauses = "rootCauses"
	keySince      = "since"
)

// ConfigMaps are those of one namespace.
type ConfigMaps interface {
	Get(ctx context.Context, name string, o metav1.GetOptions) (*corev1.ConfigMap, error)
	Update(ctx context.Context, obj *corev1.ConfigMap, o metav1.UpdateOptions) (*corev1.ConfigMap, error)
}

// Events are those of one namespace.
type Events interface {
	Create(ctx context.Context, event *eventsv1.Event, o metav1.CreateOptions) (*eventsv1.Event, error)
}

// Recorder records verdicts in one ConfigMap, which must be there, and about it.
type Recorder struct {
	ConfigMaps ConfigMaps
	Events     Events
	// Namespace and Name are the ConfigMap's.
	Namespace, Name string
	// Instance names who reports, such as the pod.
	Instance string
	Now      func() time.Time
}

// Record writes an Event if the verdict is not the one that is kept, and then keeps it; changed says whether it was another. In this order, a
// run that is killed between the two leaves the second to the next one, which finds the Event by its name.
func (r *Recorder) Record(ctx context.Context, report doctor.Report, on doctor.FailOn) (changed bool, err error) {
	now := judge(report, on)
	kept, err := r.ConfigMaps.Get(ctx, r.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, fmt.Errorf("record the verdict: there is no ConfigMap %s/%s; make it: kubectl create configmap %[2]s --namespace %[1]s", r.Namespace, r.Name)
	}
	if err != nil {
		return false, fmt.Errorf("record the verdict: read what ConfigMap %s/%s holds: %w", r.Namespace, r.Name, err)
	}
	before := held(kept)
	if before == now {
		return false, nil
	}
	if _, err := r.Events.Create(ctx, r.event(kept, before, now), metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return false, fmt.Errorf("record the verdict: write an Event about ConfigMap %s/%s: %w", r.Namespace, r.Name, err)
	}
	return true, r.keep(ctx, kept, now)
}

// held is the verdict that the ConfigMap keeps, the zero one for none.
func held(m *corev1.ConfigMap) verdict {
	return verdict{doctor.Verdict(m.Data[keyVerdict]), m.Data[keyRootCauses]}
}

// keep writes the verdict, if nobody has written another since it was read.
func (r *Recorder) keep(ctx context.Context, kept *corev1.ConfigMap, now verdict) error {
	m := kept.DeepCopy()
	if m.Data == nil {
		m.Data = map[string]string{}
	}
	m.Data[keyVerdict], m.Data[keyRootCauses], m.Data[keySince] = string(now.outcome), now.codes, r.Now().UTC().Format(time.RFC3339)
	_, err := r.ConfigMaps.Update(ctx, m, metav1.UpdateOptions{})
	if apierrors.IsConflict(err) { // another doctor was faster, which may have come to the same
		current, failed := r.ConfigMaps.Get(ctx, r.Name, metav1.GetOptions{})
		if failed == nil && held(current) == now {
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("record the verdict: keep it in ConfigMap %s/%s: %w", r.Namespace, r.Name, err)
	}
	return nil
}

// event tells of the change. Its name comes from the version of the ConfigMap and the verdict, so that there is one for each change.
func (r *Recorder) event(kept *corev1.ConfigMap, before, now verdict) *eventsv1.Event {
	kind := corev1.EventTypeWarning
	if now.outcome == doctor.Healthy {
		kind = corev1.EventTypeNormal
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %s", kept.UID, kept.ResourceVersion, now.outcome, now.codes))
	return &eventsv1.Event{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: fmt.Sprintf("%s.%x", r.Name, sum[:8])},
		EventTime: metav1.NewMicroTime(r.Now()), ReportingController: Controller, ReportingInstance: r.Instance, Action: "Examine",
		Type: kind, Reason: now.reason(), Note: now.note(before),
		Regarding: corev1.ObjectReference{APIVersion: "v1", Kind: "ConfigMap", Namespace: r.Namespace, Name: r.Name, UID: kept.UID, ResourceVersion: kept.ResourceVersion}}
}
