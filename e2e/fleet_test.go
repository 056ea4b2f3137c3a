//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"
)

// doctorFormats are all that doctor -o takes.
var doctorFormats = []string{"text", "wide", "json", "yaml", "junit", "sarif", "markdown", "html"}

// TestFleet examines several clusters at once: two names of the sandbox, and one that leads nowhere.
func TestFleet(t *testing.T) {
	t.Parallel()
	s := start(t, "fleet")
	s.mustRun(t, s.up()...)
	s.Kubeconfig = s.fleet(t, map[string]string{"prod-eu": "", "prod-us": "", "old": "https://127.0.0.1:1"})
	t.Run("all is well where there is something", func(t *testing.T) {
		r := s.run(t, "doctor", "--contexts", "prod-eu,old")
		r.expect(t, 3, "prod-eu  all works", "old      the cluster cannot be reached from here (EI102)", "EI102  the cluster answers", "in:     old", "2 clusters: 1 healthy, 0 with findings, 1 unknown")
		s.run(t, "doctor", "--contexts", "prod-eu,prod-us").expect(t, 0, "2 clusters: 2 healthy")
	})
	t.Run("every format", func(t *testing.T) { s.fleetFormats(t, 3) })
	t.Run("a role that may see nothing", func(t *testing.T) {
		s.run(t, "doctor", "--contexts", "prod-eu,prod-us", "--as", "nobody").expect(t, 3, "UNKNOWN not allowed to", "in:     prod-eu, prod-us", "0 healthy, 0 with findings, 2 unknown")
	})
	t.Run("a cause is told once", func(t *testing.T) {
		s.control(t, "fault", "wrong-client-secret")
		eventually(t, s, 1, "EI31")
		r := s.run(t, "doctor", "--all-contexts")
		r.expect(t, 1, "in:     prod-eu, prod-us", "3 clusters: 0 healthy, 2 with findings, 1 unknown", "FAIL")
		if strings.Count(r.out, "in:     prod-eu, prod-us") < 1 || strings.Count(r.out, "FAIL    EI31") != 1 {
			t.Errorf("a cause is told for each cluster:\n%s", r.out)
		}
		s.fleetFormats(t, 1)
		s.control(t, "heal")
		eventually(t, s, 0, "0 failed")
	})
	t.Run("wrong usage", func(t *testing.T) {
		s.run(t, "doctor", "--contexts", "prod-eX").expect(t, 2, `no context "prod-eX"; did you mean prod-eu`)
		s.run(t, "doctor", "--contexts", "prod-eu", "--context", "old").expect(t, 2, "exclude each other")
		s.run(t, "doctor", "--all-contexts", "--live").expect(t, 2, "a login is never repeated")
	})
	t.Run("what has changed", func(t *testing.T) {
		before := filepath.Join(t.TempDir(), "before.json")
		if err := os.WriteFile(before, []byte(s.run(t, "doctor", "--all-contexts", "-o", "json").out), 0o600); err != nil {
			t.Fatal(err)
		}
		s.run(t, "doctor", "--all-contexts", "--since", before).expect(t, 3, "Since the earlier report, in prod-us:", "nothing has changed")
	})
}

// fleet writes a kubeconfig with a context for each name, that lead to the sandbox or to another address.
func (s *sandbox) fleet(t *testing.T, servers map[string]string) string {
	t.Helper()
	own, err := clientcmd.LoadFromFile(s.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	current := own.Contexts[own.CurrentContext]
	config := clientcmdapi.NewConfig()
	config.AuthInfos["admin"] = own.AuthInfos[current.AuthInfo]
	for name, server := range servers {
		cluster := own.Clusters[current.Cluster].DeepCopy()
		if server != "" {
			cluster.Server = server
		}
		config.Clusters[name] = cluster
		config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: "admin"}
		if server == "" {
			config.CurrentContext = name
		}
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// fleetFormats sees that each format can be read and comes with the same exit code.
func (s *sandbox) fleetFormats(t *testing.T, code int) {
	t.Helper()
	for _, format := range doctorFormats {
		r := s.run(t, "doctor", "--all-contexts", "-o", format)
		r.expect(t, code, "EI102", "prod-eu", "prod-us", "old")
		switch format {
		case "json":
			keepsToSchema(t, "doctor-report-list.json", []byte(r.out))
		case "yaml":
			keepsToSchema(t, "doctor-report-list.json", asJSON(t, r.out))
		case "junit":
			if suites := junitSuites(t, r.out); !slices.Equal(suites, []string{"doctor old", "doctor prod-eu", "doctor prod-us"}) {
				t.Errorf("suites %q", suites)
			}
		case "sarif":
			if runs := sarifRuns(t, r.out); runs != 3 {
				t.Errorf("%d runs", runs)
			}
		case "html":
			isPage(t, r.out)
		}
	}
}

func asJSON(t *testing.T, text string) []byte {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// keepsToSchema holds a document to one of docs/schema.
func keepsToSchema(t *testing.T, name string, document []byte) {
	t.Helper()
	const base = "https://eso-infisical.dev/schema/v1alpha1/"
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	for _, file := range []string{"doctor-report.json", "doctor-report-list.json"} {
		data, err := os.ReadFile(filepath.Join("..", "docs", "schema", file))
		if err != nil {
			t.Fatal(err)
		}
		content, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(base+file, content); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile(base + name)
	if err != nil {
		t.Fatal(err)
	}
	content, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatalf("%v in\n%s", err, document)
	}
	if err := schema.Validate(content); err != nil {
		t.Error(err)
	}
}

// junitSuites are the names of the suites of a JUnit report.
func junitSuites(t *testing.T, text string) []string {
	t.Helper()
	var report struct {
		Suites []struct {
			Name  string     `xml:"name,attr"`
			Cases []struct{} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(text), &report); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	var names []string
	for _, suite := range report.Suites {
		if len(suite.Cases) > 0 {
			names = append(names, suite.Name)
		}
	}
	return names
}

// sarifRuns is how many runs a SARIF log has.
func sarifRuns(t *testing.T, text string) int {
	t.Helper()
	var log struct {
		Version string
		Runs    []struct {
			Tool struct{ Driver struct{ Name string } }
		}
	}
	if err := json.Unmarshal([]byte(text), &log); err != nil || log.Version != "2.1.0" {
		t.Fatalf("%v in\n%s", err, text)
	}
	return len(log.Runs)
}

func isPage(t *testing.T, text string) {
	t.Helper()
	if !strings.HasPrefix(text, "<!DOCTYPE html>") || !strings.HasSuffix(text, "</html>\n") || strings.Contains(text, "<script") {
		t.Error("it is no page of its own")
	}
}

// TestAFleetIsExaminedAtOnce compares five clusters with one of them, all of them far away: one after the other would take five times as long.
func TestAFleetIsExaminedAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, "far")
	s.mustRun(t, s.up()...)
	servers := map[string]string{}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		servers[name] = s.farAway(t, 60*time.Millisecond)
	}
	s.Kubeconfig = s.fleet(t, servers)
	timed := func(contexts string) time.Duration {
		started := time.Now()
		s.mustRun(t, "doctor", "--contexts", contexts)
		return time.Since(started)
	}
	var one, five []time.Duration
	for range 5 {
		one, five = append(one, timed("a")), append(five, timed("a,b,c,d,e"))
	}
	slices.Sort(one)
	slices.Sort(five)
	ratio := five[2].Seconds() / one[2].Seconds()
	t.Logf("one cluster %s, five clusters %s, ratio %.2f", one[2], five[2], ratio)
	// The goal is 1.5, which make bench-doctor measures; a machine that does other things as well is allowed for here.
	if ratio > 2.5 {
		t.Errorf("five clusters take %.2f times as long as one", ratio)
	}
}

// TestAClusterThatDoesNotAnswerHoldsNobodyUp has one that takes connections and says nothing.
func TestAClusterThatDoesNotAnswerHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s := start(t, "hole")
	s.Kubeconfig = s.fleet(t, map[string]string{"here": "", "hole": "https://" + silent(t)})
	started := time.Now()
	r := s.run(t, "doctor", "--all-contexts", "--timeout", "4s")
	r.expect(t, 1, "hole  the cluster cannot be reached from here (EI102)", "EI201", "in:     here")
	if took := time.Since(started); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}
