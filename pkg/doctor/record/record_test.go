package record

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// cluster holds the ConfigMap, whose version grows with each update, as an API server has it, and which refuses an update of an older one.
func cluster(t *testing.T) (*fake.Clientset, *Recorder) {
	t.Helper()
	client := fake.NewClientset(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "doctor", UID: "u", ResourceVersion: "1"}})
	client.PrependReactor("update", "configmaps", func(action clienttesting.Action) (bool, runtime.Object, error) {
		m := action.(clienttesting.UpdateAction).GetObject().(*corev1.ConfigMap)
		held, err := client.Tracker().Get(corev1.SchemeGroupVersion.WithResource("configmaps"), "n", "doctor")
		if err != nil {
			return true, nil, err
		}
		if held.(*corev1.ConfigMap).ResourceVersion != m.ResourceVersion {
			return true, nil, apierrors.NewConflict(corev1.Resource("configmaps"), m.Name, errors.New("the object has been modified"))
		}
		version, err := strconv.Atoi(m.ResourceVersion)
		m.ResourceVersion = strconv.Itoa(version + 1)
		return false, nil, err
	})
	return client, recorder(client)
}

func recorder(client *fake.Clientset) *Recorder {
	return &Recorder{ConfigMaps: client.CoreV1().ConfigMaps("n"), Events: client.EventsV1().Events("n"), Namespace: "n", Name: "doctor", Instance: "pod",
		Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }}
}

func report(findings ...doctor.Finding) doctor.Report {
	r := doctor.Report{}
	for _, f := range findings {
		r.Outcomes = append(r.Outcomes, doctor.Outcome{Code: f.Code(), Findings: doctor.Result{f}})
	}
	return r
}

func bad(code cause.Code) doctor.Finding {
	return doctor.Problem(cause.Cause{Code: code, Summary: "the value is hunter2", Fix: "f"}).Saying("hunter2")
}

func record(t *testing.T, r *Recorder, report doctor.Report) bool {
	t.Helper()
	changed, err := r.Record(t.Context(), report, doctor.FailOnFail)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func events(t *testing.T, client *fake.Clientset) []eventsv1.Event {
	t.Helper()
	list, err := client.EventsV1().Events("n").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func TestAnEventForEachChangeOfTheVerdict(t *testing.T) {
	client, r := cluster(t)
	well, ill, worse := report(doctor.Holds("")), report(bad("EI310")), report(bad("EI310"), bad("EI401"))
	for i, step := range []struct {
		report  doctor.Report
		changed bool
		reason  string
		kind    string
	}{
		{well, true, ReasonHealthy, "Normal"}, {well, false, "", ""},
		{ill, true, ReasonFailures, "Warning"}, {ill, false, "", ""},
		{worse, true, ReasonFailures, "Warning"}, {worse, false, "", ""},
		{report(doctor.Untold("no right")), true, ReasonUndecided, "Warning"},
		{well, true, ReasonHealthy, "Normal"},
	} {
		before := events(t, client)
		// Each run is a process of its own: all that it knows is in the cluster.
		if changed := record(t, recorder(client), step.report); changed != step.changed {
			t.Fatalf("step %d: changed %t", i, changed)
		}
		after := events(t, client)
		if !step.changed {
			if len(after) != len(before) {
				t.Errorf("step %d: an Event without a change", i)
			}
			continue
		}
		if len(after) != len(before)+1 {
			t.Fatalf("step %d: %d Events, then %d", i, len(before), len(after))
		}
		known := map[string]bool{}
		for _, e := range before {
			known[e.Name] = true
		}
		added := after[slices.IndexFunc(after, func(e eventsv1.Event) bool { return !known[e.Name] })]
		if added.Reason != step.reason || added.Type != step.kind || added.Regarding.UID != "u" || added.Regarding.Kind != "ConfigMap" {
			t.Errorf("step %d: %+v", i, added)
		}
	}
	m, err := r.ConfigMaps.Get(t.Context(), "doctor", metav1.GetOptions{})
	if err != nil || m.Data["verdict"] != "healthy" || m.Data["rootCauses"] != "" || m.Data["since"] != "2026-01-02T03:04:05Z" {
		t.Errorf("%v, %v", m, err)
	}
}

func TestNothingOfWhatWasFoundIsWrittenButCodes(t *testing.T) {
	client, r := cluster(t)
	record(t, r, report(bad("EI401"), bad("EI310")))
	for _, e := range events(t, client) {
		if strings.Contains(e.Note, "hunter2") || !strings.Contains(e.Note, "root causes EI310, EI401") {
			t.Errorf("%s", e.Note)
		}
	}
	m, err := r.ConfigMaps.Get(t.Context(), "doctor", metav1.GetOptions{})
	if err != nil || m.Data["rootCauses"] != "EI310,EI401" {
		t.Errorf("%v, %v", m.Data, err)
	}
}

func TestARunThatWasKilledBetweenIsCompletedWithoutASecondEvent(t *testing.T) {
	client, r := cluster(t)
	killed := true
	client.PrependReactor("update", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
		if killed {
			killed = false
			return true, nil, errors.New("killed")
		}
		return false, nil, nil
	})
	if _, err := r.Record(t.Context(), report(bad("EI310")), doctor.FailOnFail); err == nil {
		t.Fatal("the verdict is kept")
	}
	record(t, r, report(bad("EI310")))
	if record(t, r, report(bad("EI310"))) || len(events(t, client)) != 1 {
		t.Errorf("%d Events", len(events(t, client)))
	}
}

// overtaken are Events at which another doctor is faster.
type overtaken struct {
	Events
	other func()
}

func (o overtaken) Create(ctx context.Context, event *eventsv1.Event, options metav1.CreateOptions) (*eventsv1.Event, error) {
	o.other()
	return o.Events.Create(ctx, event, options)
}

func TestTwoDoctorsAtOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		other doctor.Report
		fails bool
		count int
	}{"of one mind": {report(bad("EI310")), false, 1}, "of two minds": {report(bad("EI401")), true, 2}} {
		t.Run(name, func(t *testing.T) {
			client, r := cluster(t)
			r.Events = overtaken{r.Events, func() { record(t, recorder(client), tt.other) }}
			if _, err := r.Record(t.Context(), report(bad("EI310")), doctor.FailOnFail); (err != nil) != tt.fails {
				t.Errorf("error %v", err)
			}
			if n := len(events(t, client)); n != tt.count {
				t.Errorf("%d Events", n)
			}
		})
	}
}

func TestWhatRecordingNeeds(t *testing.T) {
	_, err := recorder(fake.NewClientset()).Record(t.Context(), report(), doctor.FailOnFail)
	if err == nil || !strings.Contains(err.Error(), "kubectl create configmap doctor --namespace n") {
		t.Errorf("error %v", err)
	}
	client, r := cluster(t)
	client.PrependReactor("create", "events", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(eventsv1.Resource("events"), "", errors.New("no"))
	})
	if changed, err := r.Record(t.Context(), report(), doctor.FailOnFail); !apierrors.IsForbidden(err) || changed {
		t.Errorf("changed %t, error %v", changed, err)
	}
	if m, err := r.ConfigMaps.Get(t.Context(), "doctor", metav1.GetOptions{}); err != nil || len(m.Data) > 0 {
		t.Errorf("a verdict that nobody was told of is kept: %v, %v", m, err)
	}
}

func TestWhatAVerdictIsMadeOf(t *testing.T) {
	warning := doctor.Finding{Status: doctor.Warn, Cause: cause.Cause{Code: "EI903"}}
	known := bad("EI401")
	known.Acknowledged = &doctor.Acknowledgement{}
	r := report(bad("EI310"), warning, known)
	for on, want := range map[doctor.FailOn]verdict{
		doctor.FailOnFail: {doctor.Sick, "EI310"}, doctor.FailOnNever: {doctor.Sick, "EI310"}, doctor.FailOnWarn: {doctor.Sick, "EI310,EI903"}} {
		if got := judge(r, on); got != want {
			t.Errorf("%s: %v", on, got)
		}
	}
	if got := judge(report(warning), doctor.FailOnFail); got != (verdict{doctor.Healthy, ""}) {
		t.Errorf("%v", got)
	}
}

func TestANoteIsNeverTooLong(t *testing.T) {
	var findings []doctor.Finding
	for i := range 400 {
		findings = append(findings, doctor.Finding{Status: doctor.Fail, Cause: cause.Cause{Code: cause.Code("EI" + strconv.Itoa(100+i))}})
	}
	v := judge(report(findings...), doctor.FailOnFail)
	if note := v.note(verdict{}); len(note) > maxNote || !strings.HasSuffix(note, "(cut)") {
		t.Errorf("%d bytes: %s", len(note), note)
	}
}

func TestTheRoleIsForOneConfigMap(t *testing.T) {
	role := Role("r", "n", "doctor")
	if len(role.Rules) != 2 || !slices.Equal(role.Rules[0].Verbs, []string{"create"}) || !slices.Equal(role.Rules[0].APIGroups, []string{"events.k8s.io"}) ||
		!slices.Equal(role.Rules[1].Verbs, []string{"get", "update"}) || !slices.Equal(role.Rules[1].ResourceNames, []string{"doctor"}) {
		t.Errorf("%+v", role.Rules)
	}
}
