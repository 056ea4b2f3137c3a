package proof

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// canary is a value that must never show up in a report.
const canary = "canary-7b1e"

func TestName(t *testing.T) {
	tests := []struct{ key, want string }{
		{"", "test-all-keys"},
		{"DASHSCOPE_API_KEY", "test-dashscope-api-key"},
		{"/app/db.PASSWORD", "test--app-db-password"},
		{"Ümlaut", "test--mlaut"},
		{"TRAILING__", "test-trailing"},
		{"___", "test"},
		{strings.Repeat("A", 200), "test-" + strings.Repeat("a", 58)},
		{strings.Repeat("A", 57) + "_B", "test-" + strings.Repeat("a", 57)},
	}
	for _, tt := range tests {
		got := Name(tt.key)
		if got != tt.want {
			t.Errorf("Name(%q) = %q, want %q", tt.key, got, tt.want)
		}
		if problems := validation.IsDNS1123Label(got); len(problems) > 0 {
			t.Errorf("Name(%q) = %q: %v", tt.key, got, problems)
		}
	}
}

func TestKeysOfOneNameAreNotTestedTogether(t *testing.T) {
	if _, err := (Request{Keys: []string{"A_B", "A-B"}}).names(); err == nil || !strings.Contains(err.Error(), "A_B and A-B") {
		t.Errorf("error = %v", err)
	}
	all, err := Request{Keys: []string{"A", "B"}}.names()
	if err != nil || len(all) != 2 || all[1].name != "test-b" {
		t.Errorf("got %+v, %v", all, err)
	}
}

func TestSplitKey(t *testing.T) {
	tests := []struct{ path, key, folder, name string }{
		{"/app", "KEY", "/app", "KEY"},
		{"/", "KEY", "/", "KEY"},
		{"/app", "/KEY", "/", "KEY"},
		{"/app", "/other/KEY", "/other", "KEY"},
		{"/app", "/a/b/KEY", "/a/b", "KEY"},
		{"/app", "sub/KEY", "/app/sub", "KEY"},
		{"/", "sub/KEY", "/sub", "KEY"},
	}
	for _, tt := range tests {
		if folder, name := splitKey(tt.path, tt.key); folder != tt.folder || name != tt.name {
			t.Errorf("splitKey(%q, %q) = %q, %q", tt.path, tt.key, folder, name)
		}
	}
}

// held are the originals in the folder /.
func held(secrets map[string]infisical.Secret) originals {
	return originals{path: "/", all: map[string]map[string]infisical.Secret{"/": secrets}}
}

func TestOneKey(t *testing.T) {
	value := func(text string) infisical.Secret { return infisical.Secret{Value: []byte(text)} }
	tests := []struct {
		name      string
		inCluster map[string][]byte
		original  infisical.Secret
		want      Outcome
		code      cause.Code
	}{
		{"equal", map[string][]byte{targetKey: []byte(canary)}, value(canary), Equal, ""},
		{"no Secret at all", nil, value(canary), Missing, "EI804"},
		{"empty in the cluster", map[string][]byte{targetKey: {}}, value(canary), Empty, "EI804"},
		{"empty on both sides proves nothing", map[string][]byte{targetKey: {}}, value(""), Empty, "EI804"},
		{"hidden by the server", map[string][]byte{targetKey: []byte(canary)}, infisical.Secret{Hidden: true}, Masked, "EI805"},
		{"masked, and ESO has synced the mask", map[string][]byte{targetKey: []byte(masked)}, value(masked), Masked, "EI805"},
		{"different by a line break", map[string][]byte{targetKey: []byte(canary)}, value(canary + "\n"), Different, "EI808"},
		{"empty in Infisical", map[string][]byte{targetKey: []byte(canary)}, value(""), Different, "EI808"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := newComparison()
			if err != nil {
				t.Fatal(err)
			}
			got := c.arrival(arrival{key: "KEY", data: tt.inCluster}, held(map[string]infisical.Secret{"KEY": tt.original}))
			if len(got) != 1 || got[0].Outcome != tt.want || (got[0].Failure == nil) != (tt.code == "") {
				t.Fatalf("got %+v", got)
			}
			if k := got[0]; k.Failure != nil && k.Failure.Cause.Code != tt.code {
				t.Errorf("code %s", k.Failure.Cause.Code)
			}
			if text := got[0].Sentence(); strings.Contains(text, canary) || !strings.Contains(text, "KEY") {
				t.Errorf("sentence: %s", text)
			}
		})
	}
}

func TestWhatCannotBeReadIsStillLookedAt(t *testing.T) {
	c, err := newComparison()
	if err != nil {
		t.Fatal(err)
	}
	away := originals{path: "/", unread: errors.New("away")}
	for value, want := range map[string]Outcome{canary: Uncompared, "": Empty, masked: Masked} {
		got := c.arrival(arrival{key: "KEY", data: map[string][]byte{targetKey: []byte(value)}}, away)
		if len(got) != 1 || got[0].Outcome != want || got[0].InInfisical != "" {
			t.Errorf("%q: got %+v", value, got)
		}
	}
}

func TestADigestSaysNothingOfTheValue(t *testing.T) {
	var digests []string
	for range 2 {
		c, err := newComparison()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, c.digest([]byte(canary)))
		if c.digest([]byte(canary)) != digests[len(digests)-1] {
			t.Error("in one run the same value has two digests")
		}
	}
	if digests[0] == digests[1] {
		t.Error("the digest is the same in two runs, so it says something of the value")
	}
}

func TestAllKeys(t *testing.T) {
	c, err := newComparison()
	if err != nil {
		t.Fatal(err)
	}
	value := func(text string) infisical.Secret { return infisical.Secret{Value: []byte(text)} }
	originals := held(map[string]infisical.Secret{"A": value("a"), "B": value("b"), "C": value(""), "D": value("d"), "with space": value("w"), "M": {Hidden: true}})
	got := c.arrival(arrival{name: "test-all-keys", data: map[string][]byte{"A": []byte("a"), "B": []byte("other"), "C": {}, "with_space": []byte("w"),
		"M": []byte(masked), "EXTRA": []byte("x")}}, originals)
	outcomes := map[string]Outcome{}
	for _, k := range got {
		outcomes[k.Key] = k.Outcome
	}
	want := map[string]Outcome{"A": Equal, "B": Different, "C": EmptyThere, "D": Missing, "with_space": Equal, "M": Masked, "EXTRA": Unknown}
	if diff := cmp.Diff(want, outcomes); diff != "" {
		t.Error(diff)
	}
	summed := Report{Keys: got}.failure(Request{Namespace: "n"})
	if summed == nil || !strings.Contains(summed.Error(), "B different (EI808); D missing (EI804)") || !strings.Contains(summed.Error(), "4 have not") {
		t.Errorf("error = %v", summed)
	}
}

func TestNothingToProve(t *testing.T) {
	c, err := newComparison()
	if err != nil {
		t.Fatal(err)
	}
	none := c.arrival(arrival{name: "test-all-keys"}, held(nil))
	if failure := (Report{Keys: none}).failure(Request{}); codeOf(failure) != "EI812" {
		t.Errorf("an empty place: %v", failure)
	}
	empty := c.arrival(arrival{name: "test-all-keys", data: map[string][]byte{"A": {}}}, held(map[string]infisical.Secret{"A": {}}))
	if failure := (Report{Keys: empty}).failure(Request{}); codeOf(failure) != "EI804" {
		t.Errorf("nothing but empty secrets: %v", failure)
	}
}

func codeOf(err error) string {
	var named *cause.Error
	if errors.As(err, &named) {
		return string(named.Cause.Code)
	}
	return ""
}
