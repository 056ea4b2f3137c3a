package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for want, times := range map[float64][]time.Duration{
		2:   {3 * time.Second, time.Second, 2 * time.Second},
		2.5: {4 * time.Second, time.Second, 2 * time.Second, 3 * time.Second},
		7:   {7 * time.Second},
	} {
		if got := median(times); got != want {
			t.Errorf("median of %v is %v, want %v", times, got, want)
		}
	}
}

func TestEachIsFirstInTurn(t *testing.T) {
	log := t.TempDir() + "/log"
	write := func(name string) rival {
		return rival{name: name, command: []string{"sh", "-c", "echo $WHO >>" + log + "; test -d \"$KUBECACHEDIR\""}, env: []string{"WHO=" + name}}
	}
	var out strings.Builder
	m := match{cluster: cluster(t), rivals: [2]rival{write("theirs"), write("ours")}, pairs: 3, out: &out}
	if err := m.play(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(strings.Fields(content(t, log)), " "), "theirs ours ours theirs theirs ours"; got != want {
		t.Errorf("they ran %s, want %s", got, want)
	}
	for _, want := range []string{"pair 3: theirs ", "median: theirs "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
}

func TestMissedGoalFails(t *testing.T) {
	fast, slow := rival{name: "fast", command: []string{"true"}}, rival{name: "slow", command: []string{"sleep", "0.3"}}
	m := match{cluster: cluster(t), rivals: [2]rival{fast, slow}, pairs: 1, goal: 0.4, out: io.Discard}
	if err := m.play(t.Context()); err == nil || !strings.Contains(err.Error(), "0.40 or less") {
		t.Errorf("a missed goal ends with %v", err)
	}
	m.rivals = [2]rival{slow, fast}
	if err := m.play(t.Context()); err != nil {
		t.Errorf("a goal that is reached ends with %v", err)
	}
}

func TestFailureShowsWhatWasWritten(t *testing.T) {
	broken := rival{name: "broken", command: []string{"sh", "-c", "echo the reason >&2; exit 3"}}
	err := match{cluster: cluster(t), rivals: [2]rival{broken, broken}, pairs: 1, out: io.Discard}.play(t.Context())
	if err == nil || !strings.Contains(err.Error(), "broken: exit status 3\nthe reason") {
		t.Errorf("a failure ends with %v", err)
	}
}

func TestCommandLine(t *testing.T) {
	sandbox := map[string]string{"INFISICAL_URL": "https://i.test", "INFISICAL_PROJECT_SLUG": "p", "INFISICAL_CLIENT_ID_FILE": "id", "INFISICAL_CLIENT_SECRET_FILE": "secret"}
	for args, want := range map[string]string{
		"install":                             "-context",
		"-context c":                          "say install or up",
		"-context c other":                    "say install or up",
		"-context c -clean up":                "say install or up",
		"-context c -yes up":                  "-yes goes with -clean",
		"-context c -pairs 0 install":         "-pairs",
		"-context c up":                       "up needs",
		"-context c -nope":                    "not defined",
		"-context c -double 127.0.0.1:0 up":   "",
		"-context c install --no-such-option": "",
		"-context c -clean":                   "",
	} {
		_, err := parse(strings.Fields(args), func(string) string { return "" }, io.Discard)
		if want == "" && err != nil || want != "" && (!errors.Is(err, errUsage) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
	o, err := parse([]string{"-context", "c", "up", "--via", "service/infisical"}, func(name string) string { return sandbox[name] }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := pluginUp(o, o.place), runbook(o, o.place)
	if line := strings.Join(ours.command, " "); !strings.Contains(line, " --host https://i.test --project p ") || !strings.HasSuffix(line, " --via service/infisical") {
		t.Errorf("the plugin runs as %s", line)
	}
	if env := strings.Join(theirs.env, "\n"); !strings.Contains(env, "\nSTORE=infisical-p\n") || !strings.Contains(env, "\nCONTEXT=c\n") {
		t.Errorf("the runbook has %s", env)
	}
}
