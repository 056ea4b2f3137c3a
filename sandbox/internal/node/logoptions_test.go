package node

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

func TestLogOptions(t *testing.T) {
	since := metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	for query, want := range map[string]*corev1.PodLogOptions{
		"": {},
		"follow=true&previous=true&timestamps=true": {Follow: true, Previous: true, Timestamps: true},
		"tailLines=0&limitBytes=7&sinceSeconds=9":   {TailLines: ptr.To[int64](0), LimitBytes: ptr.To[int64](7), SinceSeconds: ptr.To[int64](9)},
		"sinceTime=2026-01-02T03:04:05Z":            {SinceTime: &since},
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := logOptions(values)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("options of %q (-want +got):\n%s", query, diff)
		}
	}
}

func TestLogOptionsErrors(t *testing.T) {
	for name, value := range map[string]string{"tailLines": "-1", "limitBytes": "x", "follow": "maybe", "sinceTime": "today"} {
		if _, err := logOptions(url.Values{name: {value}}); err == nil || !strings.Contains(err.Error(), "read log option "+name) {
			t.Errorf("%s=%s: error %v", name, value, err)
		}
	}
}
