package infisical

import (
	"net/http"
	"testing"
)

// The three that report whether something is there, and whether they found it.
func lookups(t *testing.T, s *Session) map[string]func() (bool, error) {
	return map[string]func() (bool, error){
		"universal auth":  func() (bool, error) { _, found, err := s.UniversalAuthConfig(t.Context(), "i"); return found, err },
		"Kubernetes Auth": func() (bool, error) { _, found, err := s.KubernetesAuthConfig(t.Context(), "i"); return found, err },
		"membership":      func() (bool, error) { _, found, err := s.Membership(t.Context(), "p", "i"); return found, err },
	}
}

func TestWhatIsNotThere(t *testing.T) {
	tests := map[string]reply{
		"2024 without universal auth": {400, `{"statusCode":400,"message":"The identity does not have universal auth","error":"BadRequest"}`},
		"2026 without universal auth": refuse(404, "NotFound", "Failed to find universal auth for identity with ID 5f"),
		"without Kubernetes Auth":     refuse(400, "BadRequest", "The identity does not have Kubernetes Auth"),
		"2024 without membership":     {400, `{"statusCode":400,"message":"Membership not found for identity 5f","error":"BadRequest"}`},
		"2026 without membership":     refuse(404, "NotFound", "Identity membership not found"),
		"in words of tomorrow":        refuse(404, "NotFound", "There is nothing of that kind"),
	}
	for name, r := range tests {
		session := answering(t, r)
		for what, look := range lookups(t, session) {
			if found, err := look(); found || err != nil {
				t.Errorf("%s, %s: found %t, %v", name, what, found, err)
			}
		}
	}
}

func TestWhatSaysNothingAboutIt(t *testing.T) {
	tests := map[string]reply{
		"unknown identity":      refuse(404, "NotFound", "Failed to find identity with id 5f"),
		"2024 unknown identity": {400, `{"statusCode":400,"message":"Failed to find identity with id 5f","error":"BadRequest"}`},
		"unknown project":       refuse(404, "NotFound", "Project with ID '5f' not found"),
		"refused":               refuse(403, "PermissionDenied", "You are not allowed to read on identity"),
		"token expired":         refuse(403, "TokenError", "Your token has expired. Please re-authenticate."),
		"no such route":         {404, `{"message":"Route GET:/x not found","error":"Not Found","statusCode":404}`},
		"internal error":        refuse(500, "InternalServerError", "Something went wrong"),
		"another program":       {404, `{}`},
	}
	for name, r := range tests {
		session := answering(t, r)
		for what, look := range lookups(t, session) {
			if found, err := look(); found || err == nil {
				t.Errorf("%s, %s: found %t without an error", name, what, found)
			}
		}
	}
}

func TestAPageIsNoAnswer(t *testing.T) {
	session := serve(t, map[string]http.HandlerFunc{"/": answer(404, "text/html", "<html>")}).WithToken(canary)
	for what, look := range lookups(t, session) {
		if found, err := look(); found || err == nil {
			t.Errorf("%s: found %t without an error", what, found)
		}
	}
}

// answering is a session whose server gives one answer to everything.
func answering(t *testing.T, r reply) *Session {
	t.Helper()
	return serve(t, map[string]http.HandlerFunc{"/": answer(r.status, "application/json", r.body)}).WithToken(canary)
}
