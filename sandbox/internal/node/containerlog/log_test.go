package containerlog

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newLog(t *testing.T) (*Log, *clock) {
	t.Helper()
	c := &clock{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	log, err := Create(filepath.Join(t.TempDir(), "a dir", "0.log"), c.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	return log, c
}

func TestCopy(t *testing.T) {
	log, c := newLog(t)
	stdout, stderr := log.Stream("stdout"), log.Stream("stderr")
	io.WriteString(stdout, "one\ntw")
	c.at = c.at.Add(10 * time.Second)
	io.WriteString(stderr, "warn\n")
	io.WriteString(stdout, "o\n\nlast")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	second := metav1.NewTime(c.at)
	for name, tc := range map[string]struct {
		options corev1.PodLogOptions
		want    string
	}{
		"all":             {corev1.PodLogOptions{}, "one\nwarn\ntwo\n\nlast\n"},
		"tail":            {corev1.PodLogOptions{TailLines: ptr.To[int64](2)}, "\nlast\n"},
		"tail of nothing": {corev1.PodLogOptions{TailLines: ptr.To[int64](0)}, ""},
		"limit":           {corev1.PodLogOptions{LimitBytes: ptr.To[int64](6)}, "one\nwa"},
		"since seconds":   {corev1.PodLogOptions{SinceSeconds: ptr.To[int64](5)}, "warn\ntwo\n\nlast\n"},
		"since time":      {corev1.PodLogOptions{SinceTime: &second}, "warn\ntwo\n\nlast\n"},
		"timestamps":      {corev1.PodLogOptions{Timestamps: true, TailLines: ptr.To[int64](1)}, "2026-01-02T03:04:15Z last\n"},
		"follow to end":   {corev1.PodLogOptions{Follow: true, TailLines: ptr.To[int64](1)}, "last\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := log.Copy(context.Background(), &got, &tc.options); err != nil || got.String() != tc.want {
				t.Errorf("got %q, %v; want %q", got.String(), err, tc.want)
			}
		})
	}
}

func TestFollow(t *testing.T) {
	log, _ := newLog(t)
	stdout := log.Stream("stdout")
	io.WriteString(stdout, "old\n")
	reader, writer := io.Pipe()
	copied := make(chan error, 1)
	go func() {
		copied <- log.Copy(context.Background(), writer, &corev1.PodLogOptions{Follow: true})
		writer.Close()
	}()
	expect := func(want string) {
		t.Helper()
		got := make([]byte, len(want))
		if _, err := io.ReadFull(reader, got); err != nil || string(got) != want {
			t.Fatalf("read %q, %v; want %q", got, err, want)
		}
	}
	expect("old\n")
	io.WriteString(stdout, "new\n")
	expect("new\n")
	log.Close()
	if rest, _ := io.ReadAll(reader); len(rest) != 0 {
		t.Errorf("read %q after the end", rest)
	}
	if err := <-copied; err != nil {
		t.Error(err)
	}
}

func TestFollowEndsWithItsContext(t *testing.T) {
	log, _ := newLog(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := log.Copy(ctx, io.Discard, &corev1.PodLogOptions{Follow: true}); err != nil {
		t.Error(err)
	}
}

func TestLongLineIsBroken(t *testing.T) {
	log, _ := newLog(t)
	io.WriteString(log.Stream("stdout"), strings.Repeat("x", maxLine+1)+"\n")
	var got bytes.Buffer
	if err := log.Copy(context.Background(), &got, &corev1.PodLogOptions{}); err != nil {
		t.Fatal(err)
	}
	if want := strings.Repeat("x", maxLine) + "\nx\n"; got.String() != want {
		t.Errorf("got %d bytes, want %d", got.Len(), len(want))
	}
}
