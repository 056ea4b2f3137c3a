package api_test

import (
	"encoding/json"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/api"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

const (
	kubernetesAuth  = "/api/v1/auth/kubernetes-auth/identities/{new}"
	kubernetesLogin = "/api/v1/auth/kubernetes-auth/login"
)

// clusterBody is what Kubernetes Auth is attached with; an empty reviewer is left out.
func (b *bench) clusterBody(host, ca, reviewer string) string {
	fields := map[string]any{"kubernetesHost": host, "caCert": ca, "allowedNamespaces": "eso", "allowedNames": "controller",
		"allowedAudience": "infisical", "accessTokenTTL": 86400, "accessTokenMaxTTL": 2592000}
	if reviewer != "" {
		fields["tokenReviewerJwt"] = reviewer
	}
	text, err := json.Marshal(fields)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// attachment is a new identity and the call that attaches Kubernetes Auth to it.
func (b *bench) attachment(reviewer string) call {
	b.newIdentity()
	cluster := newReviewer(b.t)
	return b.manage("POST", kubernetesAuth, b.clusterBody(cluster.url(), cluster.ca, reviewer))
}

func (b *bench) besideKubernetes() call {
	b.do(b.attachment("reviewer-jwt"))
	return b.manage("POST", universalAuth, runbookTTLs)
}

// attached is a login with a token of which the cluster says what it says itself, see reviewer.
func attached(token string) func(*bench) call {
	return func(b *bench) call {
		b.do(b.attachment("reviewer-jwt"))
		return b.kubernetesLogin(token)
	}
}

func (b *bench) kubernetesLogin(token string) call {
	return b.post(kubernetesLogin, `{"identityId":"{new}","jwt":"`+token+`"}`)
}

func kubernetesCases() map[int][]contractCase {
	const granted = "200 accessToken=~ tokenType=Bearer expiresIn=86400"
	const right = "sa:eso:controller:infisical"
	guarded := func(b *bench) call {
		b.store.Configure(func(s *store.Settings) { s.GuardsLocalAddresses = true })
		return b.attachment("reviewer-jwt")
	}
	return map[int][]contractCase{
		124: {{what: "attach", act: func(b *bench) call { return b.attachment("reviewer-jwt") },
			current: "200 identityKubernetesAuth.caCert=~ identityKubernetesAuth.tokenReviewerJwt=reviewer-jwt identityKubernetesAuth.allowedNames=controller", old: "="}},
		125: {{what: "attach without reviewer", act: func(b *bench) call { return b.attachment("") },
			current: "200 identityKubernetesAuth.allowedNamespaces=eso", old: "403 ValidationFailure: *"}},
		126: {{what: "attach, private address", act: guarded, current: "400 BadRequest: Local IPs not allowed as URL", old: "200 identityKubernetesAuth.id=~"}},
		127: {{what: "attach, reviewer without the right", act: (*bench).unboundReviewer,
			current: "400 TokenReviewerPermissionError: *", old: "200 identityKubernetesAuth.id=~"}},
		128: {{what: "login", act: attached(right), current: granted, old: "="}},
		129: {{what: "login, not attached", act: func(b *bench) call { b.newIdentity(); return b.kubernetesLogin(right) },
			current: "404 NotFound: Kubernetes auth method not found for identity, did you configure Kubernetes auth?", old: "403 UnauthorizedError: " + notAllowed}},
		130: {{what: "login, other namespace", act: attached("sa:kube-system:controller:infisical"),
			current: "401 UnauthorizedError: Access denied: K8s namespace not allowed.", old: "500 Internal Server Error: Access denied: K8s namespace not allowed."}},
		131: {
			{what: "login, other name", act: attached("sa:eso:default:infisical"),
				current: "401 UnauthorizedError: Access denied: K8s name not allowed.", old: "500 Internal Server Error: Access denied: K8s name not allowed."},
			{what: "login, other audience", act: attached("sa:eso:controller:vault"),
				current: "401 UnauthorizedError: Access denied: K8s audience not allowed.", old: "500 Internal Server Error: Access denied: K8s audience not allowed."},
		},
		132: {{what: "login, not authenticated", act: attached("not-authenticated"), current: "401 KubernetesTokenReviewError: *", old: "403 UnauthorizedError: " + notAllowed}},
		133: {
			{what: "login, API server gone", act: (*bench).clusterGone, current: "400 KubernetesConnectionRefused: *", old: "500 Internal Server Error: connect ECONNREFUSED *"},
			{what: "login, reviewer refused", act: attached("forbidden"), current: "401 KubernetesTokenReviewerForbidden: *", old: "500 Internal Server Error: Request failed with status code 403"},
		},
		134: {{what: "ten failing logins", act: func(b *bench) call {
			c := attached("not-authenticated")(b)
			for range 10 {
				b.ask(c)
			}
			return b.kubernetesLogin(right)
		}, current: granted, old: "="}},
	}
}

// unboundReviewer attaches with a reviewer whom the cluster refuses.
func (b *bench) unboundReviewer() call {
	b.newIdentity()
	cluster := newReviewer(b.t)
	cluster.refusing = true
	return b.manage("POST", kubernetesAuth, b.clusterBody(cluster.url(), cluster.ca, "reviewer-jwt"))
}

// clusterGone logs in when the API server is not there any more.
func (b *bench) clusterGone() call {
	b.newIdentity()
	cluster := newReviewer(b.t)
	b.do(b.manage("POST", kubernetesAuth, b.clusterBody(cluster.url(), cluster.ca, "reviewer-jwt")))
	cluster.stop()
	return b.kubernetesLogin("sa:eso:controller:infisical")
}

func bootstrapCases() map[int][]contractCase {
	const path = "/api/v1/admin/bootstrap"
	const body = `{"email":"root@example.com","password":"a-long-password","organization":"First"}`
	noRoute := "404 Not Found: Route POST:" + path + " not found"
	fresh := func(b *bench) { b.renew() }
	return map[int][]contractCase{
		135: {{what: "set up", act: func(b *bench) call { fresh(b); return b.post(path, body) },
			current: "200 identity.credentials.token=~ user.superAdmin=true organization.slug=first", old: noRoute}},
		136: {{what: "set up again", act: func(b *bench) call { return b.post(path, body) }, current: "400 BadRequest: Instance has already been set up"}},
		137: {{what: "its token where one that never ends is refused", act: func(b *bench) call {
			fresh(b)
			made := b.do(b.post(path, body))
			b.store.Configure(func(s *store.Settings) { s.NeedsTokenExpiry = true })
			token := dig(made, strings.Split("identity.credentials.token", "."))
			return call{method: "GET", path: "/api/v1/identities/details", token: "Bearer " + token}
		}, current: "401 *"}},
	}
}

// renew puts a server in the place of this one that nobody has set up yet.
func (b *bench) renew() {
	st, err := api.NewStore(b.era, b.now)
	if err != nil {
		b.t.Fatal(err)
	}
	b.store = st
	b.serve(b.t)
}
