package infisical

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestIdentitiesOf2026(t *testing.T) {
	session, p := meet(t, map[string]reply{"GET /api/v1/identities": ok(`{"totalCount":1,"identities":[{"id":"m","orgId":"o",
		"metadata":[{"key":"k","value":"v"}],"identity":{"id":"i","name":"n","authMethods":["universal-auth","kubernetes-auth"],
		"activeLockoutAuthMethods":["universal-auth"],"hasDeleteProtection":true}}]}`)})
	got, err := session.Identities(t.Context(), "o")
	same(t, []Identity{{ID: "i", Name: "n", OrganizationID: "o", AuthMethods: []string{"universal-auth", "kubernetes-auth"},
		Locked: []string{"universal-auth"}, Metadata: map[string]string{"k": "v"}, DeleteProtection: true}}, got, err)
	p.expect(t, "GET /api/v1/identities?orgId=o")
}

func TestThe2024WayToLogIn(t *testing.T) {
	session, _ := meet(t, map[string]reply{"GET /api/v1/identities/i": ok(`{"identity":{"orgId":"o","identity":{"id":"i","name":"n","authMethod":"universal-auth"}}}`)})
	got, err := session.Identity(t.Context(), "i")
	same(t, Identity{ID: "i", Name: "n", OrganizationID: "o", AuthMethods: []string{"universal-auth"}, Metadata: map[string]string{}}, got, err)
}

func TestProjectIdentitiesComeInPages(t *testing.T) {
	page := func(from, to int) reply {
		var all []string
		for i := from; i < to; i++ {
			all = append(all, fmt.Sprintf(`{"id":"i%d","projectId":"p"}`, i))
		}
		return ok(`{"totalCount":200,"identities":[` + strings.Join(all, ",") + `]}`)
	}
	session, p := meet(t, nil)
	const route = "GET /api/v1/projects/p/identities"
	p.replies[route] = []reply{page(0, 100), page(100, 200), refuse(500, "x", "one page too many")}
	got, err := session.ProjectIdentities(t.Context(), "p")
	if err != nil || len(got) != 200 || got[199].ID != "i199" || got[0].ProjectID != "p" {
		t.Errorf("got %d, %v", len(got), err)
	}
	p.expect(t, route+"?limit=100&offset=0", route+"?limit=100&offset=100")
}

func TestProjectIdentitiesOfAnOldServer(t *testing.T) {
	session, _ := meet(t, nil)
	if _, err := session.ProjectIdentities(t.Context(), "p"); !errors.Is(err, ErrUnsupported) {
		t.Errorf("list: %v", err)
	}
	if _, err := session.CreateIdentity(t.Context(), NewIdentity{Name: "n", ProjectID: "p"}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("create: %v", err)
	}
}

func TestCreateIdentity(t *testing.T) {
	session, p := meet(t, map[string]reply{
		"POST /api/v1/identities":            ok(`{"identity":{"id":"i","name":"n","orgId":"o"}}`),
		"POST /api/v1/projects/p/identities": ok(`{"identity":{"id":"j","name":"n","orgId":"o","projectId":"p"}}`),
	})
	got, err := session.CreateIdentity(t.Context(), NewIdentity{Name: "n", OrganizationID: "o", Metadata: map[string]string{"k": "v"}})
	same(t, Identity{ID: "i", Name: "n", OrganizationID: "o", Metadata: map[string]string{}}, got, err)
	got, err = session.CreateIdentity(t.Context(), NewIdentity{Name: "n", ProjectID: "p", Roles: []string{"no-access"}})
	same(t, Identity{ID: "j", Name: "n", OrganizationID: "o", ProjectID: "p", Metadata: map[string]string{}}, got, err)
	p.expect(t, `POST /api/v1/identities {"metadata":[{"key":"k","value":"v"}],"name":"n","organizationId":"o","role":"no-access"}`,
		`POST /api/v1/projects/p/identities {"metadata":[],"name":"n","roles":[{"isTemporary":false,"role":"no-access"}]}`)
}

func TestALostAnswerToACreationIsNotAskedForAgain(t *testing.T) {
	session, p := meet(t, map[string]reply{"POST /api/v1/identities": {504, "{}"}})
	patient(session.client)
	if _, err := session.CreateIdentity(t.Context(), NewIdentity{Name: "n"}); !hasStatus(err, 504) || len(p.asked) != 1 {
		t.Errorf("asked %d times, %v", len(p.asked), err)
	}
}

func TestDeleteIdentityWhereItLives(t *testing.T) {
	session, p := meet(t, map[string]reply{"DELETE /api/v1/identities/i": ok("{}"), "DELETE /api/v1/projects/p/identities/j": ok("{}")})
	for _, i := range []Identity{{ID: "i"}, {ID: "j", ProjectID: "p"}} {
		if err := session.DeleteIdentity(t.Context(), i); err != nil {
			t.Error(err)
		}
	}
	p.expect(t, "DELETE /api/v1/identities/i", "DELETE /api/v1/projects/p/identities/j")
}
