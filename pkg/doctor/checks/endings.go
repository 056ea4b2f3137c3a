package checks

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// ending is what a container of ESO's wrote that explains why it has ended, or why it is not ready: the meaning of the line, never the line, which
// may hold anything.
type ending struct {
	Pod, Container string
	Code           cause.Code
	// Word is the one word of the line that is shown, which is of a form that no secret has, or empty.
	Word string
}

// How much is read of each log.
const (
	endingLines int64 = 60
	endingBytes int64 = 64 << 10
	// endedRecently is how long ago a container may have ended so that its last lines are still read.
	endedRecently = time.Hour
)

// meaning is a line that is known. Group 1 of the pattern, if it has one, is the word to show.
type meaning struct {
	code    cause.Code
	pattern *regexp.Regexp
}

// meanings are in the order in which they are tried; a line has the first that fits.
var meanings = []meaning{
	{"EI276", regexp.MustCompile(`unknown flag: (--[a-z0-9-]{1,60})(?:[^a-z0-9-]|$)`)},
	{"EI276", regexp.MustCompile(`unknown shorthand flag: |flag needs an argument: |invalid argument .{1,200} for \\?"--`)},
	{"EI278", regexp.MustCompile(`leader election lost`)},
	{"EI279", regexp.MustCompile(`listen tcp [^ ]*:([0-9]{1,5}): bind: address already in use`)},
	{"EI275", regexp.MustCompile(`is forbidden: User \\?"system:serviceaccount:[^ ]+ cannot (?:[a-z]{1,20}) resource \\?"([a-z/]{1,60})\\?"`)},
	{"EI277", regexp.MustCompile(`(?:Get|Post|Put|Patch) \\?"https://[^ ]+/apis?(?:[/?][^ ]*)?\\?": (?:dial tcp|net/http|context deadline|x509|tls)`)},
}

// ofInfisical keeps patterns about the API server away from lines that tell of Infisical, whose addresses look alike.
var ofInfisical = regexp.MustCompile(`/api/v[0-9]+/(?:auth|secrets|workspace|projects)|CallUniversalAuthLogin|RESTY`)

// endings are read of pods alone that are not ready or have ended a moment ago.
var endings = doctor.NewInput("last lines of ESO's pods", func(ctx context.Context, s *doctor.Snapshot) ([]ending, error) {
	all, err := pods.Of(ctx, s)
	if err != nil {
		return nil, err
	}
	var found []ending
	for i := range all {
		for _, c := range troubledContainers(&all[i], s.Now) {
			more, err := readEnding(ctx, s, &all[i], c)
			if err != nil {
				return nil, err
			}
			found = append(found, more...)
		}
	}
	return found, nil
}).Late().Asking(func(c doctor.Cluster) []kube.Right {
	return []kube.Right{{Verb: "get", Resource: "pods", Subresource: "log", Namespace: c.Namespace}}
}).Keeping(whole)

// troubledContainer is one whose log is worth a look: what it wrote before it ended, or what it writes while it is not ready.
type troubledContainer struct {
	name            string
	previous, ready bool
}

func troubledContainers(pod *unstructured.Unstructured, now time.Time) []troubledContainer {
	list, _, _ := unstructured.NestedSlice(pod.Object, "status", "containerStatuses")
	var all []troubledContainer
	for _, item := range list {
		c, _ := item.(map[string]any)
		name, _ := c["name"].(string)
		ready, _ := c["ready"].(bool)
		at, _, _ := unstructured.NestedString(c, "lastState", "terminated", "finishedAt")
		_, running, _ := unstructured.NestedMap(c, "state", "running")
		if ended := when(at); !ended.IsZero() && now.Sub(ended) < endedRecently {
			all = append(all, troubledContainer{name, true, ready})
		}
		if running && !ready {
			all = append(all, troubledContainer{name, false, false})
		}
	}
	return all
}

func readEnding(ctx context.Context, s *doctor.Snapshot, pod *unstructured.Unstructured, c troubledContainer) ([]ending, error) {
	tail, limit := endingLines, endingBytes
	options := &corev1.PodLogOptions{Container: c.name, Previous: c.previous, TailLines: &tail, LimitBytes: &limit}
	log, err := s.Cluster.Typed.CoreV1().Pods(pod.GetNamespace()).GetLogs(pod.GetName(), options).Stream(ctx)
	if isRefusal(err) {
		return nil, err
	}
	if err != nil {
		return nil, nil // it has written nothing, or is gone by now
	}
	defer log.Close()
	var found []ending
	for _, e := range meaningsOf(log) {
		if c.ready && e.Code != "EI278" {
			continue // it has got over it; a lease that was lost once may be lost again
		}
		found = append(found, ending{pod.GetName(), c.name, e.Code, e.Word})
	}
	return found, nil
}

// meaningsOf reads a log for what is known, each code once, with the newest line's word.
func meaningsOf(log io.Reader) []ending {
	var found []ending
	lines := bufio.NewScanner(io.LimitReader(log, endingBytes))
	lines.Buffer(nil, int(endingBytes))
	for lines.Scan() {
		line := lines.Text()
		if ofInfisical.MatchString(line) {
			continue
		}
		for _, m := range meanings {
			match := m.pattern.FindStringSubmatch(line)
			if match == nil {
				continue
			}
			e := ending{Code: m.code, Word: strings.Join(match[1:], "")}
			if i := slices.IndexFunc(found, func(have ending) bool { return have.Code == e.Code }); i >= 0 {
				found[i] = e
			} else {
				found = append(found, e)
			}
			break
		}
	}
	return found
}

// endingChecks are each about one kind of line.
var endingChecks = []doctor.Check{
	{Code: "EI276", Needs: codes("EI201"), Inputs: sources(endings, pods), Run: nothingTells("EI276", "a container of ESO ends since it does not know an argument that it is started with", "the argument is",
		"take it out of the chart's values (extraArgs), or correct it; the arguments differ between versions")},
	{Code: "EI277", Needs: codes("EI201"), Inputs: sources(endings, pods), Run: nothingTells("EI277", "a pod of ESO cannot reach the API server of its own cluster", "",
		"look at the network of its node (kube-proxy, CNI) and at NetworkPolicies: ESO needs a way out to the API server")},
	{Code: "EI278", Needs: codes("EI201"), Inputs: sources(endings, pods), Run: nothingTells("EI278", "the controller has ended since it could not renew its lease in time", "",
		"find out why the API server answers slowly, or give the controller more CPU")},
	{Code: "EI279", Needs: codes("EI201"), Inputs: sources(endings, pods), Run: nothingTells("EI279", "a container of ESO finds a port taken that it needs", "the port is",
		"with hostNetwork, give it other ports in the chart's values, such as webhook.port=9443 and metrics.service.port")},
	{Code: "EI275", Needs: codes("EI201"), Inputs: sources(endings, pods), Run: nothingTells("EI275", "the API server refuses a pod of ESO what it works with", "the resource is",
		"bring back the roles and bindings of the release: "+install+" --repair")},
}

// nothingTells makes a check that no line of that meaning was written.
func nothingTells(code cause.Code, summary, word, fix string) func(context.Context, *doctor.Snapshot) doctor.Result {
	return func(ctx context.Context, s *doctor.Snapshot) doctor.Result {
		found, err := endings.Of(ctx, s)
		if err != nil {
			return one(doctor.Found(err))
		}
		var result doctor.Result
		for _, e := range found {
			if e.Code != code || slices.ContainsFunc(result, func(f doctor.Finding) bool { return f.Objects[0].Name == e.Pod }) {
				continue
			}
			pod := doctor.Object{Kind: "Pod", Namespace: s.Cluster.Namespace, Name: e.Pod}
			f := problem(code, summary, fix, pod).MendedBy(fmt.Sprintf("kubectl -n %s logs %s -c %s --previous", pod.Namespace, pod.Name, e.Container)).
				From(doctor.Evidence{Object: pod, Field: "log of " + e.Container, Value: "a line that means this"})
			if e.Word != "" {
				f = f.Saying(word + " " + e.Word)
			}
			result = append(result, f)
		}
		if len(result) == 0 {
			return one(doctor.Holds(""))
		}
		return result
	}
}
