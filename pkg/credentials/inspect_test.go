package credentials

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

const (
	goodID = "3e5d1c7a-0b1f-4c22-9d6f-2f0c5a7e9b10"
	// goodSecret has the form of Infisical's own.
	goodSecret = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestInspect(t *testing.T) {
	tests := []struct {
		name, id, secret string
		field, text      string
	}{
		{"good", goodID, goodSecret, "", ""},
		{"white space around", " " + goodID + "\n", "\t" + goodSecret + "\r\n", "", ""},
		{"upper-case ID", strings.ToUpper(goodID), goodSecret, "", ""},
		{"unusual secret", goodID, "a-secret-of-another-form", "", ""},
		{"empty ID", " ", goodSecret, clientID, "is empty"},
		{"empty secret", goodID, "\n", clientSecret, "is empty"},
		{"runbook's placeholder", "<CLIENT_ID_FROM_STEP_2>", goodSecret, clientID, "placeholder"},
		{"redacted", goodID, "REDACTED", clientSecret, "placeholder"},
		{"bracketed", goodID, "[REDACTED]", clientSecret, "placeholder"},
		{"changeme", goodID, "change-me", clientSecret, "placeholder"},
		{"your", "your-client-id", goodSecret, clientID, "placeholder"},
		{"stars", goodID, "************", clientSecret, "placeholder"},
		{"crosses", goodID, "xxx", clientSecret, "placeholder"},
		{"cut off", "3e5d…", goodSecret, clientID, "placeholder"},
		{"cut off with dots", goodID, "9f86...", clientSecret, "placeholder"},
		{"shell variable", goodID, "$CLIENT_SECRET", clientSecret, "placeholder"},
		{"shell variable in braces", goodID, "${CLIENT_SECRET}", clientSecret, "placeholder"},
		{"template", goodID, "{{.Secret}}", clientSecret, "placeholder"},
		{"batch variable", goodID, "%SECRET%", clientSecret, "placeholder"},
		{"masked by Infisical", goodID, "<hidden-by-infisical>", clientSecret, "placeholder"},
		{"our own example", exampleID, goodSecret, clientID, "placeholder"},
		{"an example of others", "12345678-1234-1234-1234-123456789abc", goodSecret, clientID, "placeholder"},
		{"digits counted up", goodID, strings.Repeat("0123456789abcdef", 4), clientSecret, "placeholder"},
		{"README's word", "ID", goodSecret, clientID, "placeholder"},
		{"quoted", goodID, `"` + goodSecret + `"`, clientSecret, "quotes"},
		{"quoted at one end", goodID, goodSecret + "'", clientSecret, "quotes"},
		{"quoted ID", "'" + goodID + "'", goodSecret, clientID, "quotes"},
		{"nought", "00000000-0000-0000-0000-000000000000", goodSecret, clientID, "placeholder"},
		{"crosses with hyphens", goodID, "xxxxxxxx-xxxx-xxxx", clientSecret, "placeholder"},
		{"white space inside", goodID, goodSecret[:32] + " " + goodSecret[32:], clientSecret, "white space"},
		{"line break inside", goodID, goodSecret[:32] + "\n" + goodSecret[32:], clientSecret, "white space"},
		{"byte order mark", "\ufeff" + goodID, goodSecret, clientID, "invisible"},
		{"zero width space", goodID, goodSecret + "\u200b", clientSecret, "invisible"},
		{"name before it", goodID, "clientSecret=" + goodSecret, clientSecret, "its name before it"},
		{"yaml", goodID, "clientSecret:" + goodSecret, clientSecret, "its name before it"},
		{"access token", goodID, "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2ln", clientSecret, "a token"},
		{"service token", goodID, "st.abc.def.ghi", clientSecret, "a token"},
		{"URL-encoded", goodID, "a%2Fb", clientSecret, "URL-encoded"},
		{"base64 secret", goodID, encode(goodSecret), clientSecret, "base64"},
		{"base64 of a line", goodID, encode(goodSecret + "\n"), clientSecret, "base64"},
		{"base64 twice", goodID, encode(encode(goodSecret)), clientSecret, "base64"},
		{"base64 ID", encode(goodID), goodSecret, clientID, "base64"},
		{"swapped", goodSecret, goodID, clientID, "swapped"},
		{"secret for ID", goodSecret, goodSecret[:63] + "0", clientID, "is a client secret"},
		{"the same", goodID, goodID, clientSecret, "the same"},
		{"ID for secret", goodID, "11111111-2222-4333-8444-555555555555", clientSecret, "is an ID"},
		{"not a UUID", "machine-1", goodSecret, clientID, "not a UUID"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Inspect(infisical.UniversalAuth{ClientID: tt.id, ClientSecret: tt.secret})
			var problem *Problem
			switch {
			case tt.text == "" && err != nil:
				t.Fatalf("refused: %v", err)
			case tt.text == "":
				if got.Pair.ClientID != strings.TrimSpace(tt.id) || got.Pair.ClientSecret != strings.TrimSpace(tt.secret) {
					t.Error("the pair is not what was given, trimmed")
				}
				if unusual := tt.name == "unusual secret"; unusual != (len(got.Notes) == 1) {
					t.Errorf("notes %v", got.Notes)
				}
			case !errors.As(err, &problem) || problem.Field != tt.field || !strings.Contains(problem.Text, tt.text):
				t.Errorf("error = %v, want the %s and %q", err, tt.field, tt.text)
			}
		})
	}
}

func FuzzInspect(f *testing.F) {
	for _, seed := range []string{"", " ", goodID, goodSecret, "<X>", encode(goodSecret), "$", "%", "a=b", "eyJ.", "\ufeff", "'", "'\""} {
		f.Add(seed, goodSecret)
		f.Add(goodID, seed)
	}
	f.Fuzz(func(t *testing.T, id, secret string) {
		got, err := Inspect(infisical.UniversalAuth{ClientID: id, ClientSecret: secret})
		if err != nil {
			// The sentences are a handful; what is as long as a value and foreign to them would be the value.
			if len(secret) > 11 && strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), secret) && !strings.Contains("swapped is the same as the client ID client secret", secret) {
				t.Fatal("the error holds the client secret")
			}
			return
		}
		again, err := Inspect(got.Pair)
		if err != nil || again.Pair != got.Pair {
			t.Fatalf("what was accepted is refused the second time: %v", err)
		}
	})
}
