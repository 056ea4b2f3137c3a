package kube

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestTheClockOfTheAPIServerIsSeenInItsAnswers(t *testing.T) {
	t.Setenv("KUBECONFIG", t.TempDir()+"/absent")
	for name, ahead := range map[string]time.Duration{"agrees": 0, "is ahead": time.Hour, "is behind": -10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(`{"gitVersion":"v1.34.4"}`))
			}))
			t.Cleanup(server.Close)
			connection := NewConnection("test", nil)
			*connection.Flags.APIServer = server.URL
			if seen := connection.Clock(); seen.Known {
				t.Errorf("before any answer: %+v", seen)
			}
			typed, err := connection.Typed()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := typed.Discovery().ServerVersion(); err != nil {
				t.Fatal(err)
			}
			seen := connection.Clock()
			if off := (seen.Ahead - ahead).Abs(); !seen.Known || off > seen.Within {
				t.Errorf("%+v, and the server's clock is ahead by %s", seen, ahead)
			}
		})
	}
}

func TestTheQuickestAnswerTellsTheTime(t *testing.T) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	var c clock
	c.seen("no date", at, at)
	if c.best.Known {
		t.Error("no date is taken for one")
	}
	c.seen(at.Format(http.TimeFormat), at, at.Add(10*time.Second))
	c.seen(at.Add(time.Hour).Format(http.TimeFormat), at, at.Add(20*time.Second))
	if c.best.Within != 11*time.Second {
		t.Errorf("the slower answer counts: %+v", c.best)
	}
	c.seen(at.Add(time.Minute).Format(http.TimeFormat), at, at.Add(time.Second))
	if want := time.Minute; c.best.Ahead != want || c.best.Within != 2*time.Second {
		t.Errorf("got %+v, want %s ahead", c.best, want)
	}
}
