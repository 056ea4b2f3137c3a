package infisical

import (
	"errors"
	"testing"
)

// The probes, in order.
const (
	probeOld, probeProjects = "GET /api/v1/workspace", "GET /api/v1/projects"
	probeLockout            = "POST /api/v1/auth/universal-auth/identities/" + nobody + "/clear-lockouts"
)

var tokenMissing = refuse(401, "UnauthorizedError", "Token missing")

func TestDialect(t *testing.T) {
	tests := []struct {
		name   string
		routes map[string]reply
		want   Dialect
		era    string
		asked  []string
	}{
		{"mid-2024", map[string]reply{probeOld: {403, `{"statusCode":403,"message":"Token missing","error":"Unauthorized access"}`}},
			Dialect{}, "2024", []string{probeOld}},
		{"autumn 2024", map[string]reply{probeOld: tokenMissing},
			Dialect{Modern: true}, "between autumn 2024 and summer 2025", []string{probeOld, probeProjects}},
		{"without lockout", map[string]reply{probeOld: tokenMissing, probeProjects: tokenMissing},
			Dialect{Modern: true, ProjectRoutes: true}, "2025 or newer", []string{probeOld, probeProjects, probeLockout}},
		{"2026", map[string]reply{probeOld: tokenMissing, probeProjects: tokenMissing, probeLockout: tokenMissing},
			Dialect{Modern: true, ProjectRoutes: true, Lockout: true}, "2025 or newer", []string{probeOld, probeProjects, probeLockout}},
		{"refers to its log", map[string]reply{probeOld: refuse(403, "ForbiddenError", "no")},
			Dialect{Modern: true}, "between autumn 2024 and summer 2025", []string{probeOld, probeProjects}},
		{"looks at the body first", map[string]reply{probeOld: tokenMissing, probeProjects: tokenMissing, probeLockout: refuse(422, "ValidationFailure", "no")},
			Dialect{Modern: true, ProjectRoutes: true}, "2025 or newer", []string{probeOld, probeProjects, probeLockout}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			session, p := meet(t, tt.routes)
			for range 2 {
				got, err := session.client.Dialect(t.Context())
				same(t, tt.want, got, err)
				if got.Era() != tt.era {
					t.Errorf("era %q, want %q", got.Era(), tt.era)
				}
			}
			p.expect(t, tt.asked...)
		})
	}
}

func TestDialectOfAServerThatDoesNotAnswer(t *testing.T) {
	session, p := meet(t, map[string]reply{probeOld: {503, "{}"}})
	patient(session.client)
	if _, err := session.client.Dialect(t.Context()); !hasStatus(err, 503) {
		t.Errorf("error = %v", err)
	}
	p.replies = map[string][]reply{probeOld: {tokenMissing}}
	if d, err := session.client.Dialect(t.Context()); err != nil || !d.Modern {
		t.Errorf("the failure was kept: %+v, %v", d, err)
	}
}

func TestMaintenance(t *testing.T) {
	for body, want := range map[string]bool{`{"config":{"initialized":true,"isMigrationModeOn":true}}`: true, `{"config":{"initialized":true}}`: false} {
		session, _ := meet(t, map[string]reply{"GET /api/v1/admin/config": ok(body)})
		if got, err := session.client.Maintenance(t.Context()); got != want || err != nil {
			t.Errorf("%s: %t, %v", body, got, err)
		}
	}
	session, _ := meet(t, nil)
	var answer *APIError
	if _, err := session.client.Maintenance(t.Context()); !errors.As(err, &answer) {
		t.Errorf("error = %v", err)
	}
}
