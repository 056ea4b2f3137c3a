package api_test

import (
	"maps"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/api"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// preparations are what happened before the requests that were recorded, as far as it matters for their answers.
func preparations() map[string]func(*peer) {
	all := map[string]func(*peer){}
	for _, some := range []map[string]func(*peer){
		universalAuthPreparations(), clientSecretPreparations(), membershipPreparations(), kubernetesPreparations(),
		loginPreparations(), tokenPreparations(), secretPreparations(), limitPreparations(),
	} {
		maps.Copy(all, some)
	}
	return all
}

func attach(p *peer) {
	p.universalAuth = p.store.AttachUniversalAuth(p.values["newIdentityId"], store.NewUniversalAuth())
	p.values["newUniversalAuthId"], p.values["newClientId"] = p.universalAuth.ID, p.universalAuth.ClientID
}

func universalAuthPreparations() map[string]func(*peer) {
	return map[string]func(*peer){
		"ua-attach-duplicate":     attach,
		"ua-get-ok":               attach,
		"ua-update-ok":            attach,
		"ua-update-ttl-above-max": attach,
		"ua-delete-ok": func(p *peer) {
			attach(p)
			p.store.EditUniversalAuth(p.values["newIdentityId"], func(a *store.UniversalAuth) { a.TTL, a.MaxTTL = time.Hour, 24*time.Hour })
		},
		"ua-reattach-after-delete": func(p *peer) {
			attach(p)
			p.do("DELETE", "/api/v1/auth/universal-auth/identities/<newIdentityId>", "adminAccessToken", "")
		},
	}
}

const newSecrets = "/api/v1/auth/universal-auth/identities/<newIdentityId>/client-secrets"

// bounded adds the client secret that the recordings call by its id.
func bounded(p *peer) {
	attach(p)
	p.values["clientSecretId"] = p.store.AddClientSecret(p.values["newIdentityId"], "eb7e-is-how-it-begins",
		store.ClientSecretTerms{Description: "contract", TTL: time.Hour, UsesLimit: 5})
}

func revokedByCall(p *peer) {
	both(p)
	p.do("POST", newSecrets+"/<clientSecretId>/revoke", "adminAccessToken", "")
}

func both(p *peer) {
	bounded(p)
	p.store.AddClientSecret(p.values["newIdentityId"], "a814-is-how-it-begins", store.ClientSecretTerms{})
}

func clientSecretPreparations() map[string]func(*peer) {
	return map[string]func(*peer){
		"ua-client-secret-create-ok":         attach,
		"ua-client-secret-create-defaults":   attach,
		"ua-client-secret-create-forbidden":  attach,
		"ua-client-secret-get":               bounded,
		"ua-client-secret-list":              both,
		"ua-client-secret-list-after-revoke": revokedByCall,
		"ua-client-secret-revoke-ok":         bounded,
		"ua-client-secret-revoke-again":      revokedByCall,
		"ua-client-secret-revoke-not-found":  bounded,
	}
}

// joined makes the new identity a member, under the name that it was given meanwhile.
func joined(role string) func(*peer) {
	return func(p *peer) {
		attach(p)
		p.do("PATCH", "/api/v1/identities/<newIdentityId>", "adminAccessToken", `{"name":"contract-renamed-140326"}`)
		p.store.AddMember(p.projectID, p.values["newIdentityId"], role)
	}
}

func membershipPreparations() map[string]func(*peer) {
	return map[string]func(*peer){
		"membership-add-duplicate": joined(store.RoleViewer),
		"membership-get-ok":        joined(store.RoleViewer),
		"membership-update-ok":     joined(store.RoleViewer),
		"membership-by-identity":   joined(store.RoleMember),
		"membership-list-viewer": func(p *peer) {
			joined(store.RoleViewer)(p)
			p.store.AddMember(p.projectID, p.values["rolesIdentityId"], store.RoleViewer)
			p.store.AddMember(p.projectID, p.values["noroleIdentityId"], store.RoleNoAccess)
		},
		"membership-get-after-remove": func(p *peer) {
			joined(store.RoleViewer)(p)
			p.do("DELETE", "/api/v2/workspace/<projectId>/identity-memberships/<newIdentityId>", "adminAccessToken", "")
		},
	}
}

// kubernetes attaches the method; host and audience are those that the recorded server had at the time.
func kubernetes(host, audience string) func(*peer) {
	return func(p *peer) {
		answer := p.do("POST", "/api/v1/auth/kubernetes-auth/identities/<k8sIdentityId>", "adminAccessToken",
			`{"kubernetesHost":"https://`+host+`","caCert":"<caCertPem>","tokenReviewerJwt":"reviewer-jwt",`+
				`"allowedNamespaces":"default,traefik","allowedNames":"traefik","allowedAudience":"`+audience+`"}`)
		p.values["kubernetesAuthId"] = answer["identityKubernetesAuth"].(map[string]any)["id"].(string)
	}
}

func kubernetesPreparations() map[string]func(*peer) {
	attached := kubernetes(recordedCluster, "")
	return map[string]func(*peer){
		"k8s-attach-duplicate":            attached,
		"k8s-get-ok":                      attached,
		"k8s-update-audience":             attached,
		"k8s-delete-ok":                   kubernetes("127.0.0.1:9", ""),
		"k8s-login-ok":                    attached,
		"k8s-login-not-authenticated":     attached,
		"k8s-login-not-a-service-account": attached,
		"k8s-login-reviewer-forbidden":    attached,
		"k8s-login-right-audience":        kubernetes(recordedCluster, "infisical"),
		"k8s-login-wrong-audience":        kubernetes(recordedCluster, "infisical"),
		"k8s-login-api-unreachable":       kubernetes("127.0.0.1:9", ""),
	}
}

// temporary adds a client secret with limits, and uses it.
func temporary(terms store.ClientSecretTerms, uses int) func(*peer) {
	return func(p *peer) {
		p.values["tmpClientSecret"] = "limited-client-secret"
		p.store.AddClientSecret(p.values["tmpIdentityId"], "limited-client-secret", terms)
		p.values["clientSecret"] = "limited-client-secret"
		for range uses {
			_, _ = p.store.LogIn(store.Login{ClientID: p.values["tmpClientId"], ClientSecret: "limited-client-secret"}) // refused at the end
		}
	}
}

func loginPreparations() map[string]func(*peer) {
	return map[string]func(*peer){
		"ua-login-revoked-secret": func(p *peer) {
			p.values["clientSecret"] = "revoked-client-secret"
			id := p.store.AddClientSecret(p.values["tmpIdentityId"], "revoked-client-secret", store.ClientSecretTerms{})
			p.store.EditClientSecret(id, func(c *store.ClientSecret) { c.Revoked = true })
		},
		"ua-login-secret-expired": func(p *peer) {
			temporary(store.ClientSecretTerms{TTL: time.Second}, 0)(p)
			p.wait(2 * time.Second)
		},
		"ua-login-uses-exhausted":       temporary(store.ClientSecretTerms{UsesLimit: 1}, 1),
		"ua-login-uses-exhausted-again": temporary(store.ClientSecretTerms{UsesLimit: 1}, 2),
	}
}

// token makes the recording's <accessToken> the one of an identity, and lets time pass.
func token(word string, age time.Duration) func(*peer) {
	return func(p *peer) {
		p.values["accessToken"] = p.values[word+"AccessToken"]
		p.wait(age)
	}
}

// foreign makes it one of another server.
func foreign(p *peer) {
	other := newRigOf(p.t, api.Era2024)
	grant, failure := other.store.LogIn(store.Login{ClientID: clientID, ClientSecret: clientSecret})
	if failure != nil {
		p.t.Fatalf("log in at another server: %+v", failure)
	}
	p.values["accessToken"] = grant.AccessToken
}

// used uses the token of an identity so many times.
func used(word string, times int) func(*peer) {
	return func(p *peer) {
		token(word, 0)(p)
		for range times {
			_, _ = p.store.Authenticate(p.values["accessToken"], "") // refused at the end
		}
	}
}

func tokenPreparations() map[string]func(*peer) {
	return map[string]func(*peer){
		"token-after-client-secret-revoked": func(p *peer) {
			token("reader", 0)(p)
			_, list, _ := p.store.ClientSecrets(store.Actor{ID: p.values["adminIdentityId"], OrgID: p.orgID}, p.values["readerIdentityId"])
			p.values["clientSecretId"] = list[0].ID
			p.do("POST", "/api/v1/auth/universal-auth/identities/<readerIdentityId>/client-secrets/<clientSecretId>/revoke", "adminAccessToken", "")
		},
		"token-after-identity-deleted": func(p *peer) {
			token("reader", 0)(p)
			p.do("DELETE", "/api/v1/identities/<readerIdentityId>", "adminAccessToken", "")
		},
		"token-expired-ttl":           token("shortttl", 3*time.Second),
		"token-jwt-expired":           token("maxttl", 3*time.Second),
		"token-renew-ok":              token("shortttl", time.Second),
		"token-renew-default-ttls":    token("reader", time.Second),
		"token-renew-expired-ttl":     token("shortttl", 3*time.Second),
		"token-renew-jwt-expired":     token("maxttl", 3*time.Second),
		"token-renew-wrong-signature": foreign,
		"token-revoke-ok":             token("reader", 0),
		"token-revoked-use": func(p *peer) {
			token("reader", 0)(p)
			p.do("POST", "/api/v1/auth/token/revoke", "adminAccessToken", `{"accessToken":"<accessToken>"}`)
		},
		"token-uses-limit-first":    used("uselimit", 0),
		"token-uses-limit-exceeded": used("uselimit", 1),
		"token-uses-limit-after":    used("uselimit", 2),
	}
}

func secretPreparations() map[string]func(*peer) {
	write := func(values ...string) func(*peer) {
		return func(p *peer) {
			for _, value := range values {
				p.store.PutSecret(p.projectID, "dev", "/", "TMP_140326", value)
			}
		}
	}
	return map[string]func(*peer){
		"secrets-create-duplicate":     write("x"),
		"secrets-delete-ok":            write("x", "y"),
		"secrets-get-old-version":      write("x", "y"),
		"secrets-get-member-no-access": token("noaccess", 0),
		"secrets-list-wrong-signature": foreign,
		"secrets-list-etag-304": func(p *peer) {
			p.do("GET", "/api/v3/secrets/raw?workspaceSlug=peer-project&environment=prod&secretPath=/", "readerAccessToken", "")
		},
	}
}

// limited makes as many calls as a minute has room for, and one more.
func limited(p *peer) {
	p.countsCalls = true
	for range 61 {
		p.send(p.t, call{
			method: "GET", path: "/api/v3/secrets/raw?workspaceSlug=peer-project&environment=prod&secretPath=/",
			token: "Bearer " + p.values["readerAccessToken"], from: "10.99.99.77",
		})
	}
	p.wait(8 * time.Second)
}

func limitPreparations() map[string]func(*peer) {
	return map[string]func(*peer){
		"ratelimit-exceeded": limited, "ratelimit-garbage-token": limited, "ratelimit-login": limited,
		"ratelimit-no-token": limited, "ratelimit-other-route": limited,
	}
}
