package api_test

import (
	"bytes"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/api"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// peer is a server of 2024 that holds what the recorded one held, and the values that the names in the recordings have
// on it.
type peer struct {
	*rig
	t             *testing.T
	values        map[string]string
	otherID       string // of the second project
	cluster       *reviewer
	etag          string // of an earlier answer
	countsCalls   bool   // the number of calls before is that of the recording
	universalAuth store.UniversalAuth
}

// Where the recorded server's Kubernetes API was.
const recordedCluster = "127.0.0.1:8446"

func newPeer(t *testing.T) *peer {
	t.Helper()
	r := &rig{era: api.Era2024, clock: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), log: &bytes.Buffer{}}
	var err error
	if r.store, err = api.NewStore(r.era, r.now); err != nil {
		t.Fatal(err)
	}
	r.store.Configure(func(s *store.Settings) { s.NoFrontend = true })
	p := &peer{rig: r, t: t, values: map[string]string{}}
	p.orgID = r.store.AddOrganization("", "Peer", "peer").ID
	p.values["orgId"] = p.orgID
	p.addProjects()
	p.addIdentities()
	p.addKubernetesAuth()
	p.serve(t)
	return p
}

func (p *peer) addProjects() {
	project := p.store.AddProject(p.orgID, "Peer Project", "peer-project")
	p.projectID, p.values["projectId"] = project.ID, project.ID
	for _, env := range project.Environments {
		p.values["envId:"+env.Slug] = env.ID
	}
	for _, secret := range [][3]string{
		{"dev", "/", "OPENAI_API_KEY"}, {"dev", "/", "DASHSCOPE_API_KEY"}, {"prod", "/", "OPENAI_API_KEY"},
		{"prod", "/", "DASHSCOPE_API_KEY"}, {"prod", "/llm", "DASHSCOPE_API_KEY"},
	} {
		name := "value:" + secret[2] + ":" + secret[0]
		if secret[1] != "/" {
			name += ":" + secret[1]
		}
		p.values[name] = "value-of-" + strings.Join(secret[:], "-")
		p.store.PutSecret(project.ID, secret[0], secret[1], secret[2], p.values[name])
	}
	put := func(path, key, value string) { p.store.PutSecret(project.ID, "prod", path, key, value) }
	put("/", "REFERENCE", "prefix-${OPENAI_API_KEY}-suffix")
	put("/", "EMPTY", "")
	put("/", "MULTILINE", "line1\nline2\n")
	put("/", "UNICODE", "päss→wörd-密钥")
	put("/llm/qwen", "QWEN_ONLY", "nested-value")
	p.store.PutCommentedSecret(project.ID, "prod", "/", "WITH_COMMENT", "value with spaces", "a comment")
	p.store.PutFolder(project.ID, "prod", "/empty-folder")

	p.otherID = p.store.AddProject(p.orgID, "Other Project", "other-project").ID
	p.values["otherProjectId"] = p.otherID
	p.store.PutSecret(p.otherID, "prod", "/", "IMPORTED_140326", "imported-value")
	p.store.AddImport(p.otherID, "staging", "/", store.Import{Environment: "prod", Path: "/"})
}

func (p *peer) addIdentities() {
	user := p.store.AddUser("", p.orgID, "peer@example.com", "password", store.RoleAdmin)
	p.store.AddMember(p.projectID, user.ID, store.RoleAdmin)
	p.values["userJwt"] = strings.TrimPrefix(p.userToken(p.t, user.ID), "Bearer ")

	p.identity("admin", "peer-admin", store.RoleAdmin, store.RoleAdmin, store.TokenTerms{})
	p.store.AddMember(p.otherID, p.values["adminIdentityId"], store.RoleAdmin)
	p.identity("reader", "peer-reader", store.RoleNoAccess, store.RoleViewer, store.TokenTerms{})
	p.identity("outsider", "outsider-140326", store.RoleNoAccess, "", store.TokenTerms{})
	p.identity("noaccess", "noaccess-140326", store.RoleNoAccess, store.RoleNoAccess, store.TokenTerms{})
	p.identity("shortttl", "shortttl-140326", store.RoleNoAccess, store.RoleViewer, store.TokenTerms{TTL: 2 * time.Second, MaxTTL: 100 * time.Second})
	p.identity("maxttl", "maxttl-140326", store.RoleNoAccess, store.RoleViewer, store.TokenTerms{TTL: time.Second, MaxTTL: 2 * time.Second})
	p.identity("uselimit", "uselimit-140326", store.RoleNoAccess, store.RoleViewer, store.TokenTerms{UsesLimit: 1})
	p.identity("tmp", "tmp-140326", store.RoleNoAccess, "", store.TokenTerms{})
	for _, name := range []string{"new", "roles", "norole", "nobody", "k8s"} {
		full := map[string]string{"new": "contract-140326"}[name]
		if full == "" {
			full = name + "-140326"
		}
		p.values[name+"IdentityId"] = p.store.AddIdentity(p.orgID, full, store.RoleNoAccess).ID
	}
}

// identity adds an identity that can log in, and its values under names that begin with a word.
func (p *peer) identity(word, name, orgRole, projectRole string, terms store.TokenTerms) {
	identity := p.store.AddIdentity(p.orgID, name, orgRole)
	if projectRole != "" {
		p.store.AddMember(p.projectID, identity.ID, projectRole)
	}
	auth := store.NewUniversalAuth()
	if terms.TTL > 0 {
		auth.TTL, auth.MaxTTL = terms.TTL, terms.MaxTTL
	}
	auth.UsesLimit = terms.UsesLimit
	attached := p.store.AttachUniversalAuth(identity.ID, auth)
	p.values[word+"IdentityId"], p.values[word+"ClientId"] = identity.ID, attached.ClientID
	p.values[word+"ClientSecret"] = word + "-client-secret"
	p.store.AddClientSecret(identity.ID, word+"-client-secret", store.ClientSecretTerms{})
	p.values[word+"AccessToken"] = p.logIn(word)
}

func (p *peer) logIn(word string) string {
	p.t.Helper()
	grant, failure := p.store.LogIn(store.Login{ClientID: p.values[word+"ClientId"], ClientSecret: p.values[word+"ClientSecret"]})
	if failure != nil {
		p.t.Fatalf("log in as %s: %+v", word, failure)
	}
	return grant.AccessToken
}

// addKubernetesAuth makes the API server that reviews tokens; the identity for it has the method only in some cases.
func (p *peer) addKubernetesAuth() {
	p.cluster = newReviewer(p.t)
	p.values["caCertPem"] = strings.TrimSpace(p.cluster.ca) // the server trims it
}

// fill puts values in the place of names. In JSON a line break is written as two characters.
func (p *peer) fill(text string) string {
	for name, value := range p.values {
		text = strings.ReplaceAll(text, "<"+name+">", strings.ReplaceAll(value, "\n", `\n`))
	}
	return strings.ReplaceAll(text, recordedCluster, p.cluster.address)
}

// comparable fills in what is known in a recorded body.
func (p *peer) comparable(body any) any {
	switch value := body.(type) {
	case map[string]any:
		filled := map[string]any{}
		for name, member := range value {
			filled[name] = p.comparable(member)
		}
		return filled
	case []any:
		filled := []any{}
		for _, item := range value {
			filled = append(filled, p.comparable(item))
		}
		return filled
	case string:
		if filled := p.fill(value); filled != value {
			return strings.ReplaceAll(filled, `\n`, "\n")
		}
		return value
	default:
		return body
	}
}

func (p *peer) unescape(text string) string {
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(text)
}

// do makes a call and expects it to go well.
func (p *peer) do(method, path, token, body string) map[string]any {
	p.t.Helper()
	response, answer := p.send(p.t, call{method: method, path: p.fill(path), token: "Bearer " + p.values[token], body: p.fill(body)})
	if response.StatusCode != http.StatusOK {
		p.t.Fatalf("prepare by %s %s: %s %v", method, path, response.Status, answer)
	}
	p.etag = response.Header.Get("ETag")
	return answer
}

func pemOf(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
