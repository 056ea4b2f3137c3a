package eso

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func withReady(obj *unstructured.Unstructured, status string) *unstructured.Unstructured {
	if status != "" {
		obj.Object["status"] = map[string]any{"conditions": []any{
			map[string]any{"type": "Deleted", "status": "True"},
			map[string]any{"type": "Ready", "status": status, "reason": "R", "message": "m", "lastTransitionTime": "2026-01-01T00:00:00Z"},
		}}
	}
	return obj
}

func store(ready string) *unstructured.Unstructured {
	return withReady(Store{Name: "s"}.Object(), ready)
}

func event(reason, message string, second int) kube.Event {
	return kube.Event{Reason: reason, Message: message, Last: time.Date(2026, 1, 1, 0, 0, second, 0, time.UTC)}
}

func code(err error) string {
	var named *cause.Error
	if errors.As(err, &named) {
		return string(named.Cause.Code)
	}
	return ""
}

func TestReady(t *testing.T) {
	c, ok := Ready(store("False"))
	if !ok || c.Status != "False" || c.Message != "m" {
		t.Errorf("got %+v, %t", c, ok)
	}
	if _, ok := Ready(store("")); ok {
		t.Error("a store that was never judged has a condition")
	}
}

func seen(events ...kube.Event) kube.Seen {
	var s kube.Seen
	for i, e := range events {
		s.Objects = append(s.Objects, &unstructured.Unstructured{Object: map[string]any{
			"metadata": map[string]any{"resourceVersion": fmt.Sprint(i + 1)},
			"reason":   e.Reason, "message": e.Message, "lastTimestamp": e.Last.Format(time.RFC3339),
		}})
	}
	return s
}

func TestMarkJudges(t *testing.T) {
	refused := `failed to authenticate via universal auth APIError: … [status-code=401] [message="Invalid credentials"]`
	tests := []struct {
		name   string
		ready  string
		events kube.Seen
		done   bool
		code   string
	}{
		{"nothing new", "True", seen(), false, ""},
		{"valid", "True", seen(event(reasonValid, "store validated", 1)), true, ""},
		{"valid, but the condition lags", "False", seen(event(reasonValid, "store validated", 1)), false, ""},
		{"refused", "False", seen(event(reasonInvalid, refused, 1)), true, "EI310"},
		{"the event comes before the condition", "True", seen(event(reasonInvalid, refused, 1)), true, "EI310"},
		{"mended", "True", seen(event(reasonInvalid, refused, 1), event(reasonValid, "", 2)), true, ""},
		{"broken again", "False", seen(event(reasonInvalid, refused, 3), event(reasonValid, "", 2)), true, "EI310"},
		{"unknown text", "False", seen(event(reasonInvalid, "the moon", 1)), true, "EI702"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := Mark{versions: map[string]bool{}, existed: true}
			done, verdict := m.judge(store(tt.ready), tt.events)
			if done != tt.done || code(verdict) != tt.code {
				t.Errorf("done %t, %v; want %t, %s", done, verdict, tt.done, tt.code)
			}
			if again, _ := m.judge(store(tt.ready), tt.events); done && again {
				t.Error("the same events count twice")
			}
		})
	}
}

func TestMarkIgnoresOldEvents(t *testing.T) {
	m := Mark{versions: map[string]bool{"1": true}, existed: true}
	if done, _ := m.judge(store("True"), seen(event(reasonValid, "", 1))); done {
		t.Error("an event from before the mark is a verdict")
	}
}

func TestJudgingWithoutTheRightToReadEvents(t *testing.T) {
	denied := kube.Seen{Denied: errors.New("forbidden")}
	old := Mark{existed: true}
	for _, ready := range []string{"", "True", "False"} {
		if done, _ := old.judge(store(ready), denied); done {
			t.Errorf("the condition %q of a store that was there before is taken for a verdict", ready)
		}
	}
	fresh := Mark{}
	for ready, want := range map[string]string{"True": "", "False": "EI703"} {
		if done, verdict := fresh.judge(store(ready), denied); !done || code(verdict) != want {
			t.Errorf("new store, %q: done %t, %v", ready, done, verdict)
		}
	}
	if done, _ := fresh.judge(store(""), denied); done {
		t.Error("a store that was never looked at is judged")
	}
}

func TestJudgeByCondition(t *testing.T) {
	old := seen(event(reasonInvalid, `[message="Invalid credentials"]`, 1))
	tests := []struct {
		ready string
		done  bool
		code  string
	}{{"", false, ""}, {"True", true, ""}, {"False", true, "EI310"}}
	for _, tt := range tests {
		done, verdict := judgeByCondition(store(tt.ready), old)
		if done != tt.done || code(verdict) != tt.code {
			t.Errorf("%q: done %t, %v", tt.ready, done, verdict)
		}
	}
	if _, verdict := judgeByCondition(store("False"), seen()); code(verdict) != "EI703" {
		t.Errorf("without events: %v", verdict)
	}
}

func TestJudgeExternalSecret(t *testing.T) {
	es := func(ready string) *unstructured.Unstructured {
		return withReady(ExternalSecret{Namespace: "n", Name: "e"}.Object(), ready)
	}
	failed := seen(event("UpdateFailed", "error processing spec.data[0] (key: K), err: Secret does not exist", 1))
	tests := []struct {
		name   string
		ready  string
		events kube.Seen
		done   bool
		code   string
	}{
		{"not judged yet", "", seen(), false, ""},
		{"synced", "True", seen(), true, ""},
		{"failed, event on its way", "False", seen(), false, ""},
		{"failed, events forbidden", "False", kube.Seen{Denied: errors.New("forbidden")}, false, "EI807"},
		{"failed", "False", failed, false, "EI606"},
		{"failed without known cause", "False", seen(event("UpdateFailed", "the moon", 1)), false, "EI807"},
		{"mended", "True", failed, true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			done, err := judgeExternalSecret(es(tt.ready), tt.events)
			if done != tt.done || code(err) != tt.code {
				t.Errorf("done %t, %v", done, err)
			}
		})
	}
}
