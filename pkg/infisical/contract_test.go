package infisical

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// pair is a request and the answer of a server of some age.
type pair struct {
	Case    string `json:"case"`
	Request struct {
		Method string `json:"method"`
		Path   string `json:"path"`
	} `json:"request"`
	Response struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
	} `json:"response"`
}

func contract(t testing.TB, era string) []pair {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "contract", era, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no contract for %s: %v", era, err)
	}
	all := make([]pair, len(files))
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &all[i]); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return all
}

// replay answers whatever is asked with the pair's answer.
func (p pair) replay(w http.ResponseWriter, _ *http.Request) {
	for name, value := range p.Response.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(p.Response.Status)
	_, _ = w.Write(p.Response.Body)
}

func TestEveryRefusalOfTheContractHasItsCause(t *testing.T) {
	for era, causes := range map[string]map[cause.Code]string{"2024": causes2024, "2026": causes2026} {
		t.Run(era, func(t *testing.T) {
			want := map[string]cause.Code{}
			for code, names := range causes {
				for name := range strings.FieldsSeq(names) {
					want[name] = code
				}
			}
			refusals, passed := 0, 0
			for _, p := range contract(t, era) {
				if p.Response.Status == http.StatusOK {
					continue
				}
				refusals++
				code, told := want[p.Case]
				if !told {
					t.Errorf("nothing says what %s means", p.Case)
				} else if t.Run(p.Case, func(t *testing.T) { checkCause(t, p, code) }) {
					passed++
				}
				delete(want, p.Case)
			}
			for name := range want {
				t.Errorf("the contract has no case %s", name)
			}
			t.Logf("contract cases passed: era %s: %d of %d", era, passed, refusals)
		})
	}
}

func checkCause(t *testing.T, p pair, want cause.Code) {
	client := serve(t, map[string]http.HandlerFunc{"/": p.replay})
	err := client.do(t.Context(), call{op: "try", method: p.Request.Method, path: p.Request.Path, token: canary, repeat: never})
	var answer *APIError
	if !errors.As(err, &answer) || answer.Status != p.Response.Status {
		t.Fatalf("error = %v, want status %d", err, p.Response.Status)
	}
	got, _ := cause.Of(err)
	if got.Code != want {
		t.Errorf("%v: cause %q, want %q", err, got.Code, want)
	}
	if strings.Contains(err.Error()+got.Summary+got.Fix, canary) {
		t.Error("the token is shown")
	}
	if modern := answer.RequestID != ""; modern != strings.Contains(string(p.Response.Body), `"reqId"`) {
		t.Errorf("request ID %q", answer.RequestID)
	}
}

func TestAMissingPermissionIsNamed(t *testing.T) {
	want := map[string]string{
		"identity-create-denied": "create on identity", "client-secret-boundary": "create-token on identity", "secrets-no-read-value": "readValue on secrets",
		"ua-attach-forbidden": "create on identity", "secrets-get-member-no-access": "read on secrets", "project-create-forbidden": "create on workspace",
	}
	for _, p := range append(contract(t, "2024"), contract(t, "2026")...) {
		permission, asked := want[p.Case]
		if !asked {
			continue
		}
		delete(want, p.Case)
		client := serve(t, map[string]http.HandlerFunc{"/": p.replay})
		err := client.do(t.Context(), call{op: "try", method: p.Request.Method, path: p.Request.Path})
		if c, _ := cause.Of(err); !strings.HasSuffix(c.Summary, ": "+permission) {
			t.Errorf("%s: %q does not name %s", p.Case, c.Summary, permission)
		}
		if n := strings.Count(err.Error(), permission); n != 1 {
			t.Errorf("%s: %q names it %d times", p.Case, err, n)
		}
	}
	if len(want) > 0 {
		t.Errorf("cases not met: %v", want)
	}
}
