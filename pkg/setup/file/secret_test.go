package file

import (
	"strings"
	"testing"
)

// canary stands for a secret; it has the form of one.
const canary = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee99"

func TestNoFieldTakesASecret(t *testing.T) {
	tests := map[string]string{
		"  clientSecret: " + canary + "\n":           "give the path of a file as clientSecretFile, or leave it out and use --client-secret-stdin or the variable INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET",
		"  client_secret: short\n":                   "clientSecretFile",
		"  credentials: {clientId: a}\n":             "clientSecretFile",
		"  password: x\n":                            "clientSecretFile",
		"  apiKey: x\n":                              "clientSecretFile",
		"infisical2: " + canary + "\n":               "looks like a client secret or a token; remove it",
		"token: x\n":                                 "INFISICAL_TOKEN",
		"accessToken: eyJhbGciOi.eyJzdWIi.x\n":       "INFISICAL_TOKEN",
		"operator:\n  values: {a: " + canary + "}\n": "operator.valuesFiles",
		"operator:\n  set: [a=b]\n":                  "operator.valuesFiles",
		"  caPassword: x\n":                          "infisical.caPasswordFile",
		"  ca: x\n":                                  "infisical.caFile",
		"  clientSecretFile: " + canary + "\n":       "looks like a client secret",
		"  clientID: " + canary + "\n":               "looks like a client secret",
		"  secret: " + canary + "\n":                 "looks like a client secret",
		"  key: st.abc.def.ghi\n":                    "looks like a client secret or a token",
		"  " + canary + ": x\n":                      "unknown field stores[0].…",
		"  'a " + canary + "': x\n":                  "unknown field stores[0].…",
		"operator: {chart: {repository: 'https://u:" + canary + "@charts.example.com'}}\n": "must hold neither a user nor a query",
		"operator: {chart: {name: 'oci://u:" + canary + "@charts.example.com/x'}}\n":       "must hold no user",
	}
	for line, want := range tests {
		got := problemsOf(t, sound+line)
		all := strings.Join(got, "\n")
		if len(got) != 1 || !strings.Contains(all, want) || !strings.HasPrefix(all, "line ") {
			t.Errorf("%q\n got %q\nwant %q", line, got, want)
		}
	}
}

func TestNoProblemRepeatsAValue(t *testing.T) {
	const value = "Sup3r!Value"
	for name := range fieldsOf(storeType()) {
		for _, written := range []string{value, "'" + value + "\t'", "[" + value + "]", "{" + value + ": " + value + "}", "!!int " + value, "!x " + value, "|\n    " + value + "\n    " + value} {
			if all := strings.Join(problemsOf(t, head+"infisical: {host: https://a.example}\nstores:\n- "+name+": "+written+"\n"), "\n"); strings.Contains(all, value) {
				t.Errorf("%s: %s: %s", name, written, all)
			}
		}
	}
}
