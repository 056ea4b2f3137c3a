package eso_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

const controllerLog = `2026/11/28 06:59:15 WARN RESTY Post "https://h/login": x509, Attempt 3
{"level":"info","ts":1795849100,"msg":"reconciled","ClusterSecretStore":{"name":"s"}}
{"level":"error","ts":1795849164.5,"msg":"Reconciler error","controller":"clustersecretstore","ClusterSecretStore":{"name":"s"},"error":"first"}
{"level":"error","ts":1795849165,"msg":"unable to validate store","clustersecretstore":{"name":"s"},"error":"second"}
{"level":"error","ts":1795849166,"msg":"Reconciler error","SecretStore":{"name":"own","namespace":"team"},"error":"third"}
{"level":"error","ts":1795849167,"msg":"Reconciler error","ExternalSecret":{"name":"e","namespace":"team"},"error":"of no store"}
{"level":"error","ts":
`

func TestLogFailures(t *testing.T) {
	want := map[eso.StoreKey][]eso.LogFailure{
		{Name: "s"}:                      {{At: time.UnixMilli(1795849164500), Text: "first"}, {At: time.UnixMilli(1795849165000), Text: "second"}},
		{Namespace: "team", Name: "own"}: {{At: time.UnixMilli(1795849166000), Text: "third"}},
	}
	if diff := cmp.Diff(want, eso.LogFailures(strings.NewReader(controllerLog))); diff != "" {
		t.Error(diff)
	}
	after := strings.Repeat("x", 1<<20) + "\n" + controllerLog
	if diff := cmp.Diff(want, eso.LogFailures(strings.NewReader(after))); diff != "" {
		t.Errorf("after a line that is too long:\n%s", diff)
	}
	if long := eso.LogFailures(strings.NewReader(strings.Repeat("x", 1<<20))); len(long) != 0 {
		t.Errorf("a line without end gives %v", long)
	}
}
