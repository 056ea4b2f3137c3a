package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

// patienceTick is how often the time is looked at that a trouble has lasted.
const patienceTick = time.Second

// Rollout is a set of Deployments that are to become available.
type Rollout struct {
	Client    dynamic.Interface
	Namespace string
	// Selector picks the Deployments, their ReplicaSets and pods by label; the Deployments of Names must be among them.
	Selector string
	Names    []string
	// Refresh is nil, or brings a Secret that is filled later to the pods that wait for it.
	Refresh *Refresh
	// Logs reads the last lines that a container has written; nil shows none.
	Logs func(ctx context.Context, pod, container string) []string
	// Progress receives one line for each Deployment that is waited for, whenever one of them changes.
	Progress func(string)
}

// StuckError says that a workload waits for something that will not happen by itself.
type StuckError struct {
	Trouble Trouble
	// Event is what Kubernetes last reported of the object, and Log are the last lines of the container; both may be empty.
	Event string
	Log   []string
}

func (e *StuckError) Error() string {
	text := e.Trouble.String()
	if e.Event != "" && !strings.Contains(text, e.Event) {
		text += "\n          last event: " + e.Event
	}
	if len(e.Log) > 0 {
		text += "\n          last lines of its log:\n            " + strings.Join(e.Log, "\n            ")
	}
	return text
}

// Wait watches until every Deployment is available. It fails with a *StuckError as soon as one is in a state that does not heal, and
// says what was waited for when ctx ends.
func (r Rollout) Wait(ctx context.Context) error {
	w := &waiting{Rollout: r, since: map[string]time.Time{}}
	options := metav1.ListOptions{LabelSelector: r.Selector}
	sources := []Source{
		{Client: r.Client.Resource(DeploymentsResource).Namespace(r.Namespace), Options: options},
		{Client: r.Client.Resource(ReplicaSetsResource).Namespace(r.Namespace), Options: options, Optional: true},
		{Client: r.Client.Resource(PodsResource).Namespace(r.Namespace), Options: options, Optional: true},
		{Client: r.Client.Resource(EventsResource).Namespace(r.Namespace), Options: metav1.ListOptions{FieldSelector: "involvedObject.kind=Pod"}, Optional: true},
	}
	if r.Refresh != nil {
		sources = append(sources, Source{Client: r.Refresh.Secrets, Options: metav1.ListOptions{LabelSelector: r.Refresh.Selector}, Optional: true})
	}
	err := UntilOrEvery(ctx, patienceTick, sources, func(seen []Seen) (bool, error) { return w.judge(ctx, seen) })
	if err != nil && ctx.Err() != nil && w.told != "" {
		return fmt.Errorf("%s%s: %w", strings.ReplaceAll(w.told, "\n", ", "), w.lastEvents(), err)
	}
	return err
}

// waiting is a Rollout that is being waited for.
type waiting struct {
	Rollout
	// since is when each trouble was first seen.
	since map[string]time.Time
	told  string
	pods  []*unstructured.Unstructured
	seen  Seen // events
}

func (w *waiting) judge(ctx context.Context, seen []Seen) (bool, error) {
	deployments := seen[0].Objects
	w.pods, w.seen = current(deployments, seen[1], seen[2].Objects), seen[3]
	if err := w.stuck(ctx, deployments); err != nil {
		return false, err
	}
	if w.Refresh != nil {
		w.Refresh.touch(ctx, w.Client.Resource(PodsResource).Namespace(w.Namespace), seen[4].Objects, w.pods)
	}
	missing, unavailable := Missing(deployments, w.Names), Unavailable(deployments)
	if len(missing)+len(unavailable) == 0 {
		return true, nil
	}
	w.tell(deployments, seen[1].Objects, missing, unavailable)
	return false, nil
}

// stuck ends the wait if a trouble has lasted longer than its patience.
func (w *waiting) stuck(ctx context.Context, deployments []*unstructured.Unstructured) error {
	present := map[string]time.Time{}
	for _, t := range w.troubles(deployments) {
		key := t.Object + "/" + string(t.Obstacle)
		first, known := w.since[key]
		if !known {
			first = time.Now()
		}
		if present[key] = first; time.Since(first) >= t.Patience {
			return w.describe(ctx, t)
		}
	}
	w.since = present
	return nil
}

func (w *waiting) troubles(deployments []*unstructured.Unstructured) []Trouble {
	var all []Trouble
	for _, d := range deployments {
		if t, found := troubleOfDeployment(d); found {
			all = append(all, t)
		}
	}
	for _, pod := range w.pods {
		events := eventsAbout(w.seen, pod)
		t, found := PodTrouble(pod)
		if !found {
			t, found = troubleOfEvents(pod, events)
		}
		if _, coming := Newest(events, "TriggeredScaleUp", "Nominated"); found && (t.Obstacle != Unschedulable || !coming) {
			all = append(all, t)
		}
	}
	return all
}

func (w *waiting) describe(ctx context.Context, t Trouble) error {
	e := &StuckError{Trouble: t}
	for _, pod := range w.pods {
		if pod.GetName() == t.Pod {
			e.Event = lastWarning(eventsAbout(w.seen, pod))
		}
	}
	if t.Obstacle == Crashing && w.Logs != nil {
		e.Log = w.Logs(ctx, t.Pod, t.Container)
	}
	return e
}

// tell reports each Deployment that is waited for, and what its pods do.
func (w *waiting) tell(deployments, sets []*unstructured.Unstructured, missing, unavailable []string) {
	var lines []string
	for _, name := range missing {
		lines = append(lines, "waiting for "+name)
	}
	for _, d := range deployments {
		if slices.Contains(unavailable, d.GetName()) {
			lines = append(lines, "waiting for "+d.GetName()+w.progressOf(d, sets))
		}
	}
	if text := strings.Join(lines, "\n"); text != w.told {
		w.told = text
		w.Progress(text)
	}
}

func (w *waiting) progressOf(d *unstructured.Unstructured, sets []*unstructured.Unstructured) string {
	wanted, set, _ := unstructured.NestedInt64(d.Object, "spec", "replicas")
	if !set {
		wanted = 1
	}
	ready, _, _ := unstructured.NestedInt64(d.Object, "status", "readyReplicas")
	text := fmt.Sprintf(": %d of %d ready", ready, wanted)
	for _, pod := range w.pods {
		if set := ownerAmong(sets, pod); set != nil && ownerAmong([]*unstructured.Unstructured{d}, set) != nil {
			if state := podState(pod); state != "" {
				return text + " (" + state + ")"
			}
		}
	}
	return text
}

// lastEvents adds to a time-out what Kubernetes last warned of.
func (w *waiting) lastEvents() string {
	for _, pod := range w.pods {
		if warning := lastWarning(eventsAbout(w.seen, pod)); warning != "" && podState(pod) != "" {
			return " (pod " + pod.GetName() + ": " + warning + ")"
		}
	}
	return ""
}
