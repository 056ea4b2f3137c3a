package helm

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSatisfies(t *testing.T) {
	tests := []struct {
		asked, version string
		want           bool
	}{{"2.4.1", "2.4.1", true}, {"v2.4.1", "2.4.1", true}, {"2.4.0", "2.4.1", false}, {"2.x", "2.4.1", true}, {">=1.0.0 <2.0.0", "2.4.1", false}, {"odd", "2.4.1", false}, {"main", "main", true}}
	for _, tt := range tests {
		if got := Satisfies(tt.asked, tt.version); got != tt.want {
			t.Errorf("%s for %s: %t", tt.version, tt.asked, got)
		}
	}
}

func TestDiffering(t *testing.T) {
	held := map[string]any{"replicaCount": float64(2), "webhook": map[string]any{"port": 1, "create": true}, "list": []any{"a"}}
	tests := []struct {
		wanted map[string]any
		want   []string
	}{
		{nil, nil},
		{map[string]any{"replicaCount": int64(2), "list": []any{"a"}}, nil},
		{map[string]any{"webhook": map[string]any{"port": int64(1)}}, nil},
		{map[string]any{"webhook": map[string]any{"port": int64(2)}, "new": "x"}, []string{"new", "webhook.port"}},
		{map[string]any{"webhook": false, "list": []any{"b"}}, []string{"list", "webhook"}},
		{map[string]any{"absent": nil}, nil},
		{map[string]any{"deep": map[string]any{"er": 1}}, []string{"deep"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, Differing(held, tt.wanted)); diff != "" {
			t.Errorf("%v: %s", tt.wanted, diff)
		}
	}
}
