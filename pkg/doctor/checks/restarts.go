package checks

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// restartChecks are about pods that run now and have ended before.
var restartChecks = []doctor.Check{
	{Code: "EI217", Needs: codes("EI201"), Inputs: sources(pods), Run: eachContainer(memorySuffices)},
	{Code: "EI218", Needs: codes("EI201"), Inputs: sources(pods), Run: eachContainer(podsKeepRunning)},
}

const (
	// memoryRecently is how long ago a container may have run out of memory so that it still counts.
	memoryRecently = 24 * time.Hour
	// oftenRestarts within restartsRecently are more than a bad start.
	oftenRestarts    = 4
	restartsRecently = time.Hour
)

// ended is how a container that runs again has ended before.
type ended struct {
	pod          *unstructured.Unstructured
	name, reason string
	exit         int64
	restarts     int64
	at           time.Time
	runs         bool
}

// eachContainer applies a judgement to each container of ESO's pods that has ended before.
func eachContainer(judge func(ended, time.Time) (doctor.Finding, bool)) func(context.Context, *doctor.Snapshot) doctor.Result {
	return func(ctx context.Context, s *doctor.Snapshot) doctor.Result {
		found, err := pods.Of(ctx, s)
		if err != nil {
			return one(doctor.Found(err))
		}
		var result doctor.Result
		for i := range found {
			for _, e := range endedContainers(&found[i]) {
				if f, wrong := judge(e, s.Now); wrong {
					result = append(result, f)
				}
			}
		}
		if len(result) == 0 {
			return one(doctor.Holds(""))
		}
		return result
	}
}

func endedContainers(pod *unstructured.Unstructured) []ended {
	list, _, _ := unstructured.NestedSlice(pod.Object, "status", "containerStatuses")
	var all []ended
	for _, item := range list {
		c, _ := item.(map[string]any)
		last, found, _ := unstructured.NestedMap(c, "lastState", "terminated")
		if !found {
			continue
		}
		e := ended{pod: pod}
		e.name, _ = c["name"].(string)
		e.restarts, _ = c["restartCount"].(int64)
		_, e.runs, _ = unstructured.NestedMap(c, "state", "running")
		e.reason, _ = last["reason"].(string)
		e.exit, _ = last["exitCode"].(int64)
		at, _ := last["finishedAt"].(string)
		e.at = when(at)
		all = append(all, e)
	}
	return all
}

func (e ended) String() string {
	return fmt.Sprintf("container %s has been started again %d times, and has ended with exit code %d (%s)", e.name, e.restarts, e.exit, e.reason)
}

func (e ended) seen() doctor.Evidence {
	seen := doctor.Seen(e.pod, "status.containerStatuses["+e.name+"].lastState", e.String())
	seen.Time = e.at
	return seen
}

func memorySuffices(e ended, now time.Time) (doctor.Finding, bool) {
	command := upgrade + " --set " + valuesOf(e.pod.GetLabels()["app.kubernetes.io/name"]) + "resources.limits.memory=512Mi"
	return problem("EI217", "a container of ESO was ended since it had used up its memory", "give it more in the chart's values, such as: "+command, doctor.ObjectOf(e.pod)).
		Saying(e.String()).MendedBy(command).From(e.seen()), e.reason == "OOMKilled" && now.Sub(e.at) < memoryRecently
}

// podsKeepRunning leaves those that wait for another start to EI253, and those without memory to EI217.
func podsKeepRunning(e ended, now time.Time) (doctor.Finding, bool) {
	command := fmt.Sprintf("kubectl -n %s logs %s -c %s --previous", e.pod.GetNamespace(), e.pod.GetName(), e.name)
	return problem("EI218", fmt.Sprintf("a container of ESO runs, but was started again %d times, the last time within the hour", e.restarts), "read its last lines before the end: "+command, doctor.ObjectOf(e.pod)).
		Saying(e.String()).MendedBy(command).From(e.seen()), e.runs && e.reason != "OOMKilled" && e.restarts >= oftenRestarts && now.Sub(e.at) < restartsRecently
}

// valuesOf begins the chart's values for one part of ESO.
func valuesOf(part string) string {
	switch part {
	case webhookService:
		return "webhook."
	case certController:
		return "certController."
	}
	return ""
}
