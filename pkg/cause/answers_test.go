package cause

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestManagementTexts(t *testing.T) {
	tests := []struct {
		text    string
		code    Code
		summary string
	}{
		{"You are not allowed to create on identity", ManagementDenied, "create on identity"},
		{"You are not allowed to create on workspace", ManagementDenied, "create on workspace"},
		{"You are not a member of this organization with ID 5f. Please", ManagementDenied, "organisation"},
		{`[message="You are not allowed to access this resource"] [error="Identity not in org"]`, ManagementDenied, "organisation"},
		{"Your token is scoped to organization with ID a, but this resource belongs to a different organization.", ManagementDenied, "organisation"},
		{"Failed to create client secret for identity. Missing permission create-token on identity", PrivilegeBoundary, "create-token on identity"},
		{`[error="PermissionBoundaryError"] [missing: edit on secrets]`, PrivilegeBoundary, "edit on secrets"},
		{"Failed to add identity to project with more privileged role", PrivilegeBoundary, "own rights"},
		{"Failed to create identity due to identity limit reached. Upgrade plan to create more identities.", PlanLimit, "plan"},
		{"Failed to create custom role due to plan RBAC restriction. Upgrade to Infisical Enterprise plan to create custom roles.", PlanLimit, "plan"},
		{"Failed to add IP access range to service token due to plan restriction. Upgrade plan to add IP access range.", PlanLimit, "plan"},
		{"Failed to find identity with id 5f", IdentityUnknown, "no machine identity"},
		{"Failed to add universal auth to already configured identity", AuthMethodTaken, "way to log in"},
		{"Identity with id 1 already exists in project with id 2", ExistsAlready, "exists already"},
		{"Additional privilege with name x exists", ExistsAlready, "exists already"},
		{"Membership not found for identity 1", NotMember, "not a member"},
		{"Project not found during bot lookup.", ProjectUnknown, "no project"},
		{"You are not allowed to access this resource", TokenInvalid, "access token"},
		{`POST https://h/api/v1/auth/kubernetes-auth/login answered status-code=403 [message="You are not allowed to access this resource"]`, KubernetesLogin, "ServiceAccount"},
		{`POST https://h/api/v1/auth/kubernetes-auth/login answered status-code=500 [message="connect ECONNREFUSED 127.0.0.1:9"]`, KubernetesReview, "API server"},
		{"Access token TTL cannot be greater than max TTL", InvalidRequest, "form"},
		{"Route DELETE:/api/x not found", NotInfisical, "API"},
		{"Infisical is in maintenance mode. Please try again later.", Maintenance, "maintenance"},
		{"Failed to acquire lock: rate limit exceeded", RateLimited, "rate"},
	}
	for _, tt := range tests {
		if c, ok := FromText(tt.text); !ok || c.Code != tt.code || !strings.Contains(c.Summary, tt.summary) {
			t.Errorf("%s: got %s %q, want %s %q", tt.text, c.Code, c.Summary, tt.code, tt.summary)
		}
	}
}

func TestALockSaysWhenItEnds(t *testing.T) {
	end := time.Date(2026, 3, 1, 13, 59, 30, 0, time.FixedZone("", 3600)).Add(DefaultLockout)
	c := LockedUntil(end)
	if c.Code != LockedOut || !strings.Contains(c.Fix, "13:04:30 UTC") {
		t.Errorf("got %+v", c)
	}
	if untold, _ := FromText("temporarily locked"); untold.Summary != c.Summary || untold.Fix == c.Fix {
		t.Errorf("the time has changed the rule itself: %+v", untold)
	}
}

// own is an error that knows its cause.
type own struct{ known bool }

func (own) Error() string          { return "Invalid credentials" }
func (o own) Cause() (Cause, bool) { return Cause{Code: LockedOut}, o.known }

func TestOfPrefersWhatTheErrorKnows(t *testing.T) {
	if c, ok := Of(errors.Join(errors.New("x"), own{true})); !ok || c.Code != LockedOut {
		t.Errorf("got %s (%t)", c.Code, ok)
	}
	if c, ok := Of(own{false}); ok {
		t.Errorf("an error that does not know its cause got %s", c.Code)
	}
	if c, _ := Of(&Error{Cause: Cause{Code: PlanLimit}, Err: own{true}}); c.Code != PlanLimit {
		t.Errorf("a named failure lost its name: %s", c.Code)
	}
	if c, ok := Of(errors.New("Invalid credentials")); !ok || c.Code != WrongCredentials {
		t.Errorf("text: got %s (%t)", c.Code, ok)
	}
	if _, ok := Of(nil); ok {
		t.Error("nil has a cause")
	}
}

func FuzzClassify(f *testing.F) {
	for _, r := range rules {
		for _, text := range r.any {
			f.Add(text + " " + strings.Join(r.also, " "))
		}
	}
	for _, seed := range []string{"", "%NAME%", "Project with slug '' not found", "You are not allowed to %NAME% on secrets", "\xff'\x00' environment not found in project"} {
		f.Add(seed)
	}
	// Slugs, keys and webhooks are named from quotes; a value outside of quotes never is.
	const value = "canary5d2f"
	f.Fuzz(func(t *testing.T, text string) {
		first, known := FromText(text)
		again, knownAgain := FromText(text)
		if first != again || known != knownAgain {
			t.Fatalf("%q is judged in two ways", text)
		}
		if known && (len(first.Code) != 5 || first.Summary == "" || first.Fix == "") {
			t.Fatalf("%q: incomplete %+v", text, first)
		}
		if c, _ := FromText(text + " [clientSecret=" + value + "]"); strings.Contains(c.Summary+c.Fix, value) {
			t.Fatalf("%q: the cause quotes a value: %+v", text, c)
		}
	})
}
