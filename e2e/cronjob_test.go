//go:build e2e

package e2e

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// doctorOf is the name of all that "export doctor-cronjob" writes.
const doctorOf = "eso-infisical-doctor"

// TestTheExportedDoctorTellsOfEachChangeOfItsVerdict applies what the export has written, runs what its pod would as its ServiceAccount, with
// nothing but its rights, and looks at the Events.
func TestTheExportedDoctorTellsOfEachChangeOfItsVerdict(t *testing.T) {
	t.Parallel()
	s := start(t, "cronjob")
	s.mustRun(t, s.up()...)
	dir := t.TempDir()
	s.mustRun(t, "export", "doctor-cronjob", "--dir", dir)
	apply := func() string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "../bin/kubectl", "--kubeconfig", s.Kubeconfig, "apply", "--server-side", "-f", filepath.Join(dir, "doctor-cronjob.yaml")).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	apply()
	job, err := s.typed(t).BatchV1().CronJobs("external-secrets").Get(t.Context(), doctorOf, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	args := job.Spec.JobTemplate.Spec.Template.Spec.Containers[0].Args
	// The sandbox's audit log has nothing of ServiceAccounts, but whatever a person does, also as one of them.
	asPod := append(slices.Clone(args), "--as", "system:serviceaccount:external-secrets:"+doctorOf)
	pod := *s
	pod.Kubeconfig = tokenKubeconfig(t, s, "external-secrets", doctorOf)

	pod.run(t, args...).expect(t, 0, "The verdict is another than before")
	s.told(t, "Normal DoctorHealthy")
	s.control(t, "fault", "wrong-client-secret")
	eventually(t, s, 1, "EI31")
	from := len(s.audited(t, ownAgent, 0))
	s.run(t, asPod...).expect(t, 1, "The verdict is another than before")
	s.told(t, "Normal DoctorHealthy", "Warning DoctorFoundFailures")
	s.recordedOnly(t, from, 2)
	apply() // as Argo CD or Flux do again and again
	from = len(s.audited(t, ownAgent, 0))
	if r := s.run(t, asPod...); r.code != 1 || strings.Contains(r.errOut, "verdict") {
		t.Errorf("the same verdict again: %v", r)
	}
	s.told(t, "Normal DoctorHealthy", "Warning DoctorFoundFailures")
	s.recordedOnly(t, from, 0)
	s.control(t, "heal")
	eventually(t, s, 0, "0 failed")
	pod.run(t, args...).expect(t, 0, "The verdict is another than before")
	s.told(t, "Normal DoctorHealthy", "Warning DoctorFoundFailures", "Normal DoctorHealthy")

	t.Run("without the right to it", func(t *testing.T) {
		if err := s.typed(t).RbacV1().Roles("external-secrets").Delete(t.Context(), doctorOf+"-verdict", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		r := pod.run(t, args...)
		r.expect(t, 3, "The verdict is not recorded", `"error"`)
		keepsToSchema(t, "doctor-report.json", []byte(r.out))
	})
}

// told are the Events of the doctor, each as its type and reason, in their order. Those about failures name a code.
func (s *sandbox) told(t *testing.T, want ...string) {
	t.Helper()
	list, err := s.typed(t).EventsV1().Events("external-secrets").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ours := slices.DeleteFunc(list.Items, func(e eventsv1.Event) bool { return e.ReportingController != "eso-infisical.dev/doctor" })
	slices.SortFunc(ours, func(a, b eventsv1.Event) int { return a.EventTime.Compare(b.EventTime.Time) })
	var got []string
	for _, e := range ours {
		got = append(got, e.Type+" "+e.Reason)
		if e.Type == "Warning" && !strings.Contains(e.Note, "EI31") {
			t.Errorf("the note names no cause: %s", e.Note)
		}
		s.searched(t, result{out: e.Note}, "the note of an Event")
	}
	if !slices.Equal(got, want) {
		t.Errorf("the Events are %q, not %q", got, want)
	}
}

// recordedOnly sees that the plugin has changed that many things since then, and nothing but what recording takes.
func (s *sandbox) recordedOnly(t *testing.T, from, count int) {
	t.Helper()
	var changes []request
	for _, r := range s.audited(t, ownAgent, from) {
		if r.changes() {
			changes = append(changes, r)
		}
		if r.changes() && r.ObjectRef.Resource != "events" && !strings.HasSuffix(strings.Split(r.RequestURI, "?")[0], "/configmaps/"+doctorOf) {
			t.Errorf("sent %s", r)
		}
	}
	if len(changes) != count {
		t.Errorf("%d changes: %v", len(changes), changes)
	}
}
