package upgrade

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

var configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

// The ConfigMap that a run keeps while it works. It holds names and numbers only.
const (
	journalName     = eso.UpgradeJournal
	journalKey      = "journal"
	aliveAnnotation = "eso-infisical.dev/alive-at"
)

// A run that is alive says so every heartbeat; one that has not for silence is dead.
const (
	heartbeat = 3 * time.Second
	silence   = 10 * time.Second
)

// step is how far a run has come.
type step string

const (
	stepMigrate  step = "migrate"
	stepApply    step = "apply"
	stepProve    step = "prove"
	stepRollBack step = "roll-back"
)

// journal is what the next run must know of one that was killed.
type journal struct {
	Release string `json:"release"`
	// Good is the revision that worked before, to which there is a way back; 0 for none.
	Good int `json:"good"`
	// Next is the number of the revision that the present step makes.
	Next int    `json:"next"`
	To   string `json:"to"`
	Step step   `json:"step"`
	// Stores are those that were ready before, with what proves them.
	Stores []Store `json:"stores"`
	// ValueKeys are the paths of values that were given for the run; the values are in the revision, once there is one.
	ValueKeys []string `json:"valueKeys,omitempty"`
	// Failure is why the run rolls back.
	Failure string `json:"failure,omitempty"`
	Backup  string `json:"backup,omitempty"`
	Holder  string `json:"holder"`
}

// readJournal returns nil where there is none.
func (u *Upgrader) readJournal(ctx context.Context, namespace string) (*journal, *unstructured.Unstructured, error) {
	held, err := u.Dynamic.Resource(configMaps).Namespace(namespace).Get(ctx, journalName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the journal of an earlier upgrade, ConfigMap %s: %w", journalName, err)
	}
	text, _, _ := unstructured.NestedString(held.Object, "data", journalKey)
	var j journal
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return nil, held, nil // Nobody's note: it is replaced.
	}
	return &j, held, nil
}

// logbook keeps the journal of this run.
type logbook struct {
	*Upgrader
	namespace string
	journal   journal
	stop      context.CancelFunc
	beating   sync.WaitGroup
}

// open takes the journal over, from a run that is dead, or begins one. While another run is alive, it fails; and also if current, which is
// asked with the journal that is there before anything is written, says that j was made for another state.
func (u *Upgrader) open(ctx context.Context, namespace string, j journal, current func(found *journal) error) (*logbook, error) {
	found, held, err := u.readJournal(ctx, namespace)
	if err != nil {
		return nil, err
	}
	if held != nil {
		if err := u.awaitSilence(ctx, namespace, held); err != nil {
			return nil, err
		}
	}
	if err := current(found); err != nil {
		return nil, err
	}
	l := &logbook{Upgrader: u, namespace: namespace, journal: j}
	l.journal.Holder = u.Holder
	obj, err := l.object()
	if err != nil {
		return nil, err
	}
	api := u.Dynamic.Resource(configMaps).Namespace(namespace)
	if held == nil {
		_, err = api.Create(ctx, obj, metav1.CreateOptions{FieldManager: kube.FieldManager})
	} else {
		obj.SetResourceVersion(held.GetResourceVersion())
		_, err = api.Update(ctx, obj, metav1.UpdateOptions{FieldManager: kube.FieldManager})
	}
	if apierrors.IsAlreadyExists(err) || apierrors.IsConflict(err) {
		return nil, otherRun(j.Release, "it has begun just now")
	}
	if err != nil {
		return nil, fmt.Errorf("write the journal of the upgrade, ConfigMap %s: %w", journalName, err)
	}
	l.beat(ctx)
	return l, nil
}

func (l *logbook) object() (*unstructured.Unstructured, error) {
	text, err := json.Marshal(l.journal)
	if err != nil {
		return nil, fmt.Errorf("write the journal of the upgrade: %w", err)
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": journalName, "namespace": l.namespace,
			"labels":      map[string]any{kube.ManagedByLabel: kube.FieldManager},
			"annotations": map[string]any{aliveAnnotation: now()}},
		"data": map[string]any{journalKey: string(text)},
	}}, nil
}

func now() string { return time.Now().UTC().Format(time.RFC3339Nano) }

// awaitSilence returns once the run that holds the journal has shown no sign of life for a while.
func (u *Upgrader) awaitSilence(ctx context.Context, namespace string, held *unstructured.Unstructured) error {
	last, err := time.Parse(time.RFC3339Nano, held.GetAnnotations()[aliveAnnotation])
	if err != nil || time.Since(last) > 10*silence {
		return nil // Even a clock that differs by a minute leaves no doubt.
	}
	u.Progress("an earlier run has left its journal; seeing that it is dead")
	quiet, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	api := u.Dynamic.Resource(configMaps).Namespace(namespace)
	var j journal
	err = kube.Until(quiet, []kube.Source{kube.Named(api, journalName)}, func(seen []kube.Seen) (bool, error) {
		current := seen[0].First()
		if current == nil {
			return false, nil
		}
		text, _, _ := unstructured.NestedString(current.Object, "data", journalKey)
		_ = json.Unmarshal([]byte(text), &j) // for its holder, if that can be read
		return current.GetAnnotations()[aliveAnnotation] != held.GetAnnotations()[aliveAnnotation], nil
	})
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("see whether an earlier upgrade is alive: %w", ctx.Err())
	case err == nil:
		return otherRun(j.Release, "its holder is "+j.Holder)
	case quiet.Err() != nil:
		return nil
	}
	return fmt.Errorf("see whether an earlier upgrade is alive: %w", err)
}

func otherRun(release, detail string) error {
	return &cause.Error{Tried: "upgrade Helm release " + release, Cause: cause.Cause{Code: "EI287",
		Summary: "another run is upgrading it at this moment; " + detail, Fix: "wait until that run has ended, then look with kubectl eso-infisical upgrade --plan"}}
}

// beat shows that the run is alive until close.
func (l *logbook) beat(ctx context.Context) {
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	l.beating.Go(func() {
		tick := time.NewTicker(heartbeat)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				patch := []byte(`{"metadata":{"annotations":{"` + aliveAnnotation + `":"` + now() + `"}}}`)
				// One that is lost is made up for by the next.
				_, _ = l.Dynamic.Resource(configMaps).Namespace(l.namespace).Patch(ctx, journalName, types.MergePatchType, patch,
					metav1.PatchOptions{FieldManager: kube.FieldManager})
			}
		}
	})
}

// note records how far the run has come, before it goes there.
func (l *logbook) note(ctx context.Context, change func(*journal)) error {
	change(&l.journal)
	obj, err := l.object()
	if err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]any{"data": obj.Object["data"]})
	if err != nil {
		return err
	}
	_, err = l.Dynamic.Resource(configMaps).Namespace(l.namespace).Patch(ctx, journalName, types.MergePatchType, patch,
		metav1.PatchOptions{FieldManager: kube.FieldManager})
	if err != nil {
		return fmt.Errorf("write the journal of the upgrade, ConfigMap %s: %w", journalName, err)
	}
	return nil
}

// close leaves the journal to the next run; done removes it first.
func (l *logbook) close() {
	l.stop()
	l.beating.Wait()
}

func (l *logbook) done(ctx context.Context) error {
	l.close()
	ctx = context.WithoutCancel(ctx)
	if held, _, err := l.readJournal(ctx, l.namespace); err == nil && held != nil && held.Holder != l.Holder {
		return nil // A run that has taken this one for dead, as after a machine's sleep.
	}
	err := l.Dynamic.Resource(configMaps).Namespace(l.namespace).Delete(ctx, journalName, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("remove the journal of the upgrade, ConfigMap %s: %w; the next run does it", journalName, err)
	}
	return nil
}
