package helm

import (
	"testing"
	"time"
)

func TestMayLive(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name string
		r    Release
		want time.Duration
	}{
		{"deployed", Release{Status: Deployed, Updated: now}, 0},
		{"ours, young", Release{Status: Pending, Ours: true, Updated: now.Add(-20 * time.Second)}, 40 * time.Second},
		{"ours, old", Release{Status: Pending, Ours: true, Updated: now.Add(-2 * time.Minute)}, 0},
		{"another's, young", Release{Status: Pending, Updated: now.Add(-2 * time.Minute)}, 3 * time.Minute},
		{"another's, old", Release{Status: Pending, Updated: now.Add(-time.Hour)}, 0},
	}
	for _, tt := range tests {
		if got := tt.r.MayLive(now); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
