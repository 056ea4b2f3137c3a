package infisical

import (
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

const latestPrivileges, oldPrivileges = "/api/v2/identity-project-additional-privilege", "/api/v1/additional-privilege/identity"

var (
	someProject = Project{ID: "p", Slug: "s"}
	wanted      = Privilege{Slug: "eso", Environment: "prod", PathGlob: "/app/**"}
)

// wantedBody is the newer request with these actions on secrets.
func wantedBody(actions string) string {
	const where = `"conditions":{"environment":"prod","secretPath":{"$glob":"/app/**"}}`
	return `{"identityId":"i","permissions":[{"action":[` + actions + `],` + where + `,"subject":"secrets"},{"action":["read"],` + where +
		`,"subject":"secret-imports"}],"projectId":"p","slug":"eso","type":{"isTemporary":false}}`
}

func TestAddPrivilege(t *testing.T) {
	const read = `"describeSecret","readValue"`
	session, p := meet(t, map[string]reply{"POST " + latestPrivileges: ok("{}")})
	if err := session.AddPrivilege(t.Context(), someProject, "i", wanted); err != nil {
		t.Error(err)
	}
	p.expect(t, "POST "+latestPrivileges+" "+wantedBody(read))

	session, p = meet(t, nil)
	p.replies["POST "+latestPrivileges] = []reply{refuse(422, "ValidationFailure", "no such action"), ok("{}")}
	if err := session.AddPrivilege(t.Context(), someProject, "i", wanted); err != nil {
		t.Errorf("before reading was two actions: %v", err)
	}
	p.expect(t, "POST "+latestPrivileges+" "+wantedBody(read), "POST "+latestPrivileges+" "+wantedBody(`"read"`))

	session, p = meet(t, map[string]reply{"POST " + oldPrivileges + "/permanent": ok("{}")})
	if err := session.AddPrivilege(t.Context(), someProject, "i", wanted); err != nil {
		t.Errorf("2024: %v", err)
	}
	p.expect(t, "POST "+latestPrivileges+" "+wantedBody(read), "POST "+oldPrivileges+`/permanent {"identityId":"i","privilegePermission":{"actions":["read"],`+
		`"conditions":{"environment":"prod","secretPath":{"$glob":"/app/**"}},"subject":"secrets"},"projectSlug":"s","slug":"eso"}`)
}

func TestPrivilegesOf2024ComeWhole(t *testing.T) {
	session, p := meet(t, map[string]reply{"GET " + oldPrivileges: ok(`{"privileges":[{"id":"1","slug":"eso","isTemporary":true,"permissions":[
		{"action":"read","subject":"secret-folders"},{"action":"read","subject":"secrets","conditions":{"environment":"prod","secretPath":{"$glob":"/app/**"}}},
		{"action":"edit","subject":["secrets"],"conditions":{"environment":"dev"}}]}]}`)})
	got, err := session.Privileges(t.Context(), someProject, "i")
	same(t, []Privilege{{ID: "1", Slug: "eso", Environment: "prod", PathGlob: "/app/**", Temporary: true, Actions: []string{"read", "edit"}}}, got, err)
	p.expect(t, "GET "+latestPrivileges+"?identityId=i&projectId=p", "GET "+oldPrivileges+"?identityId=i&projectSlug=s")
}

func TestPrivilegesOf2026AreReadOneByOne(t *testing.T) {
	session, p := meet(t, map[string]reply{
		"GET " + latestPrivileges: ok(`{"privileges":[{"id":"1","slug":"eso"}]}`),
		"GET " + latestPrivileges + "/1": ok(`{"privilege":{"id":"1","slug":"eso","permissions":[{"subject":"secrets","action":["describeSecret","readValue"],
			"conditions":{"environment":{"$eq":"prod"},"secretPath":"/app"}}]}}`),
	})
	got, err := session.Privileges(t.Context(), someProject, "i")
	same(t, []Privilege{{ID: "1", Slug: "eso", Environment: "prod", PathGlob: "/app", Actions: []string{"describeSecret", "readValue"}}}, got, err)
	p.expect(t, "GET "+latestPrivileges+"?identityId=i&projectId=p", "GET "+latestPrivileges+"/1")
}

func TestPrivilegesInUnknownForms(t *testing.T) {
	for _, permissions := range []string{`"text"`, `{}`, `[1]`, `[{"subject":1}]`, `[{"subject":"secrets","action":1,"conditions":{"environment":{"$in":["a"]},"secretPath":7}}]`} {
		session, _ := meet(t, map[string]reply{"GET " + latestPrivileges: ok(`{"privileges":[{"id":"1","slug":"x","permissions":` + permissions + `}]}`)})
		got, err := session.Privileges(t.Context(), someProject, "i")
		if err != nil || len(got) != 1 || got[0].Slug != "x" || got[0].Environment+got[0].PathGlob != "" || len(got[0].Actions) != 0 {
			t.Errorf("%s: got %+v, %v", permissions, got, err)
		}
	}
}

func TestRemovePrivilege(t *testing.T) {
	const bySlug = `DELETE ` + oldPrivileges + ` {"identityId":"i","privilegeSlug":"eso","projectSlug":"s"}`
	routes := map[string]reply{"DELETE " + oldPrivileges: ok("{}")}
	session, p := meet(t, routes)
	if err := session.RemovePrivilege(t.Context(), someProject, "i", Privilege{ID: "1", Slug: "eso"}); err != nil {
		t.Errorf("2024: %v", err)
	}
	p.expect(t, "DELETE "+latestPrivileges+"/1", bySlug)

	session, p = meet(t, routes)
	if err := session.RemovePrivilege(t.Context(), someProject, "i", wanted); err != nil {
		t.Errorf("without ID: %v", err)
	}
	p.expect(t, bySlug)

	session, p = meet(t, map[string]reply{"DELETE " + latestPrivileges + "/1": refuse(403, "PermissionDenied", "You are not allowed to edit on identity")})
	err := session.RemovePrivilege(t.Context(), someProject, "i", Privilege{ID: "1", Slug: "eso"})
	if c, _ := cause.Of(err); c.Code != cause.ManagementDenied || !strings.Contains(c.Summary, "edit on identity") || len(p.asked) != 1 {
		t.Errorf("asked %v: %v (%s)", p.asked, err, c.Summary)
	}
}
