package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/api"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// contractCase is one thing that a server of each era does.
type contractCase struct {
	what string
	// act prepares the server and returns the call whose answer counts.
	act func(b *bench) call
	// current and old are the answers of the two eras: "STATUS ERROR: MESSAGE", where * at the end stands for any rest, or "200" and what
	// the body holds, as in "200 project.slug=demo". A path ends in # for the number of items, a value of ~ stands for any. Empty means that
	// there is no such case in the era, and "=" the same as in current.
	current, old string
	// also looks at what the answer does not tell, where it is set.
	also func(b *bench, response *http.Response, body map[string]any)
}

// bench is a server on which one case is tried.
type bench struct {
	*rig
	t *testing.T
	// ids are put in the place of {name} in paths, bodies and answers.
	ids map[string]string
	// reader is the Authorization header of an identity that may view the project.
	reader string
}

func newBench(t *testing.T, era string) *bench {
	t.Helper()
	b := &bench{rig: newRigOf(t, era), t: t}
	b.ids = map[string]string{"org": b.orgID, "project": b.projectID, "identity": b.identityID, "secret": b.secretID}
	grant, failure := b.store.LogIn(store.Login{ClientID: clientID, ClientSecret: clientSecret})
	if failure != nil {
		t.Fatalf("log in: %+v", failure)
	}
	b.reader = "Bearer " + grant.AccessToken
	return b
}

func (b *bench) fill(text string) string {
	for name, id := range b.ids {
		text = strings.ReplaceAll(text, "{"+name+"}", id)
	}
	return text
}

func (b *bench) get(path string) call { return call{method: "GET", path: path, token: b.reader} }

func (b *bench) post(path, body string) call { return call{method: "POST", path: path, body: body} }

// manage is a call of an administrator.
func (b *bench) manage(method, path, body string) call {
	return call{method: method, path: path, body: body, token: b.admin}
}

// login is an attempt to log in as the reader.
func (b *bench) login(secret string) call { return b.post(loginPath, credentials(clientID, secret)) }

// ask makes a call and returns whatever comes.
func (b *bench) ask(c call) (*http.Response, map[string]any) {
	b.t.Helper()
	c.path, c.body = b.fill(c.path), b.fill(c.body)
	return b.send(b.t, c)
}

// do makes a call that must go well.
func (b *bench) do(c call) map[string]any {
	b.t.Helper()
	response, body := b.ask(c)
	if response.StatusCode != http.StatusOK {
		b.t.Fatalf("prepare by %s %s: %s %v", c.method, c.path, response.Status, body)
	}
	return body
}

// wrong logs in with a wrong secret n times.
func (b *bench) wrong(n int) {
	for range n {
		b.ask(b.login("wrong-client-secret"))
	}
}

// tokenOf logs in with any pair.
func (b *bench) tokenOf(client, secret string) string {
	b.t.Helper()
	return "Bearer " + b.do(b.post(loginPath, credentials(client, secret)))["accessToken"].(string)
}

// member adds an identity with a role in the project and returns its Authorization header.
func (b *bench) member(role string) string {
	id, _ := b.addIdentity("another", role, "another-client", "another-secret")
	b.ids["another"] = id
	return b.tokenOf("another-client", "another-secret")
}

// newIdentity makes one through the API.
func (b *bench) newIdentity() {
	made := b.do(b.manage("POST", "/api/v1/identities", `{"name":"new","organizationId":"{org}"}`))
	b.ids["new"] = made["identity"].(map[string]any)["id"].(string)
}

// modern says whether the server is of today.
func (b *bench) modern() bool { return b.era == api.Era2026 }

// tryCase tries a case in an era and reports whether there is one.
func tryCase(t *testing.T, era string, c contractCase) {
	t.Helper()
	b := newBench(t, era)
	response, body := b.ask(c.act(b))
	want := c.current
	if era == api.Era2024 && c.old != "=" {
		want = c.old
	}
	want = b.fill(want)
	if got := b.compare(want, response, body); got != "" {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if c.also != nil {
		c.also(b, response, body)
	}
}

// compare returns what was answered if that is not what is wanted, and nothing otherwise.
func (b *bench) compare(want string, response *http.Response, body map[string]any) string {
	if response.StatusCode != http.StatusOK {
		message, is := body["message"].(string)
		if !is {
			message, _ = first(body["message"])["message"].(string)
		}
		got := fmt.Sprintf("%d %v: %s", response.StatusCode, body["error"], message)
		prefix, open := strings.CutSuffix(want, "*")
		if got == want || open && strings.HasPrefix(got, prefix) {
			return ""
		}
		return got
	}
	parts := strings.Fields(want)
	got, differs := []string{strconv.Itoa(response.StatusCode)}, parts[0] != "200"
	for _, part := range parts[1:] {
		path, value, _ := strings.Cut(part, "=")
		is := dig(body, strings.Split(path, "."))
		got = append(got, path+"="+is)
		differs = differs || is != value && (value != "~" || is == "<nil>")
	}
	if !differs {
		return ""
	}
	return strings.Join(got, " ")
}

func first(list any) map[string]any {
	items, _ := list.([]any)
	if len(items) == 0 {
		return nil
	}
	item, _ := items[0].(map[string]any)
	return item
}

// dig returns what is at a path of names and numbers in a body.
func dig(value any, path []string) string {
	for _, step := range path {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			n, err := strconv.Atoi(step)
			switch {
			case step == "#":
				value = float64(len(v))
			case err != nil || n >= len(v):
				return "<nil>"
			default:
				value = v[n]
			}
		default:
			return "<nil>"
		}
	}
	if text, is := value.(string); is {
		return text
	}
	text, _ := json.Marshal(value)
	return strings.ReplaceAll(string(text), "null", "<nil>")
}

// contractGroups are all cases by their number.
func contractGroups() []map[int][]contractCase {
	return []map[int][]contractCase{
		plumbingCases(), loginCases(), tokenCases(), secretCases(), scopeCases(), projectCases(),
		identityCases(), clientSecretCases(), membershipCases(), kubernetesCases(), bootstrapCases(),
	}
}

// TestContractCases tries what servers of both eras do, case by case, and prints how many passed.
func TestContractCases(t *testing.T) {
	t.Parallel()
	counts := map[string]tally{}
	groups := contractGroups()
	for _, era := range []string{api.Era2024, api.Era2026} {
		for _, group := range groups {
			for _, n := range sortedNumbers(group) {
				counts[era] = tryAll(t, era, n, group[n], counts[era])
			}
		}
	}
	report(t, "what the servers do", counts)
}

// tryAll tries the cases of a number that there are in the era, and adds them to the tally.
func tryAll(t *testing.T, era string, n int, cases []contractCase, count tally) tally {
	t.Helper()
	for _, c := range cases {
		if era == api.Era2024 && c.old == "" || era == api.Era2026 && c.current == "" {
			continue
		}
		count.all++
		if t.Run(fmt.Sprintf("%s/%d %s", era, n, c.what), func(t *testing.T) { tryCase(t, era, c) }) {
			count.passed++
		}
	}
	return count
}

func sortedNumbers(group map[int][]contractCase) []int {
	numbers := make([]int, 0, len(group))
	for n := range group {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers
}

// TestNoContractCaseIsLeftOut holds that every number from 1 to the last has a case.
func TestNoContractCaseIsLeftOut(t *testing.T) {
	t.Parallel()
	const last = 137
	found := map[int]bool{}
	for _, group := range contractGroups() {
		for n := range group {
			found[n] = true
		}
	}
	for n := 1; n <= last; n++ {
		if !found[n] {
			t.Errorf("case %d is missing", n)
		}
	}
}

// raw sends a request whose answer is needed byte by byte.
func (b *bench) raw(c call, header map[string]string) (*http.Response, string) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), c.method, b.url+b.fill(c.path), strings.NewReader(c.body))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Authorization", c.token)
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return response, string(content)
}

// terms are what the reader's tokens are granted from now on.
func (b *bench) terms(ttl, maxTTL time.Duration) {
	b.store.EditUniversalAuth(b.identityID, func(a *store.UniversalAuth) { a.TTL, a.MaxTTL = ttl, maxTTL })
}
