package doctor

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

// golden compares with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if that is meant, run the test with -update: %s", path, diff)
	}
}

func TestText(t *testing.T) {
	tests := map[string]func(*snapshot){
		"healthy": func(*snapshot) {},
		"empty": func(s *snapshot) {
			s.release.value.Status, s.deployments = helm.Absent, list()
			s.stores.err = clustertest.NoSuchResource("clustersecretstores")
			s.webhook.err = cause.Wrap("ask ESO's webhook", errors.New("the server could not find the requested resource"))
		},
		"refused": func(s *snapshot) {
			clustertest.Ready(s.stores.value[0].object, "False")
			s.stores.value[0].events.value = invalid(`unable to log in: [status-code=401] [message="Invalid credentials"]`)
			s.stores.value[0].secret.err = clustertest.Forbidden("secrets")
		},
		"unreachable": func(s *snapshot) { s.version.err = errors.New("dial tcp 127.0.0.1:6443: connect: connection refused") },
	}
	for name, harm := range tests {
		t.Run(name, func(t *testing.T) {
			s := healthy(t)
			harm(s)
			var text strings.Builder
			if err := judge(s).WriteText(&text); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", text.String())
			if strings.Contains(text.String(), canary) {
				t.Error("the report shows a Secret's value")
			}
		})
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestTextReportsAFailedWrite(t *testing.T) {
	if err := (Report{}).WriteText(brokenPipe{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error = %v", err)
	}
}
