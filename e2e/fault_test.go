//go:build e2e

package e2e

import (
	"context"
	"strings"
	"testing"
	"time"
)

// faults breaks the sandbox in each way. The doctor names the cause, and is content again when it is mended.
func faults(t *testing.T, s *sandbox) {
	tests := []struct {
		fault string
		want  []string
		// up is what up says, where that is something else: it looks at the pods first.
		up []string
	}{
		{"wrong-ca", []string{"EI40", "CA"}, nil},
		{"wrong-client-secret", []string{"EI31", "client secret"}, nil},
		{"unknown-project", []string{"EI601", "no project with the slug 'archon-platform'"}, nil},
		{"environment-production", []string{"EI604", "'production'", "'prod'"}, nil},
		{"infisical-down", []string{"EI502", "the connection is refused"}, nil},
		{"webhook-down", []string{"EI221", "external-secrets-webhook"}, []string{"EI202", "external-secrets-webhook"}},
	}
	for _, tt := range tests {
		t.Run(tt.fault, func(t *testing.T) {
			s.control(t, "fault", tt.fault)
			eventually(t, s, 1, tt.want...)
			// The commands that need the store name the same cause.
			s.run(t, "apply-store").expect(t, 1, tt.want...)
			if tt.up == nil {
				tt.up = tt.want
			}
			s.run(t, "up", "--key", s.Infisical.Key).expect(t, 1, tt.up...)
			s.control(t, "heal", tt.fault)
			eventually(t, s, 0, "0 failed")
			s.run(t, "apply-store").expect(t, 0, "ready, https://")
		})
	}
}

// eventually runs the doctor until it says what is expected: ESO needs up to half a minute to notice.
func eventually(t *testing.T, s *sandbox, code int, texts ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		r := s.run(t, "doctor")
		if r.code == code && containsAll(r.out, texts) {
			return
		}
		select {
		case <-ctx.Done():
			r.expect(t, code, texts...)
			t.Fatalf("the doctor never said %q with exit code %d", texts, code)
		case <-ticker.C:
		}
	}
}

func containsAll(s string, texts []string) bool {
	for _, text := range texts {
		if !strings.Contains(s, text) {
			return false
		}
	}
	return true
}
