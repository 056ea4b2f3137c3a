package checks

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// rolloutChecks are about what a Deployment says of its pods, and what its template says before there is any.
var rolloutChecks = []doctor.Check{
	{Code: "EI264", Needs: codes("EI201"), Inputs: sources(deployments), Run: eachDeployment(podsMayBeCreated)},
	{Code: "EI270", Needs: codes("EI201"), Inputs: sources(deployments), Run: eachDeployment(rolloutEnds)},
	{Code: "EI216", Needs: codes("EI201"), Inputs: sources(deployments), Run: partsAreOfOneVersion},
	{Code: "EI219", Needs: codes("EI201"), Inputs: sources(deployments), Run: oneControllerLeads},
}

// eachDeployment applies a judgement to every Deployment of the release.
func eachDeployment(judge func(*unstructured.Unstructured) (doctor.Finding, bool)) func(context.Context, *doctor.Snapshot) doctor.Result {
	return func(ctx context.Context, s *doctor.Snapshot) doctor.Result {
		found, err := deployments.Of(ctx, s)
		if err != nil {
			return one(doctor.Found(err))
		}
		var result doctor.Result
		for i := range found {
			if f, wrong := judge(&found[i]); wrong {
				result = append(result, f)
			}
		}
		if len(result) == 0 {
			return one(doctor.Holds(fmt.Sprintf("%d Deployments", len(found))))
		}
		return result
	}
}

// conditionOf is a condition of an object, as its status has it, or nil.
func conditionOf(obj *unstructured.Unstructured, kind string) map[string]any {
	list, _, _ := unstructured.NestedSlice(obj.Object, "status", "conditions")
	for _, c := range list {
		if c, is := c.(map[string]any); is && c["type"] == kind {
			return c
		}
	}
	return nil
}

// said is a text of a condition.
func said(condition map[string]any, field string) string {
	value, _ := condition[field].(string)
	return value
}

func podsMayBeCreated(d *unstructured.Unstructured) (doctor.Finding, bool) {
	c := conditionOf(d, "ReplicaFailure")
	message := said(c, "message")
	command := "kubectl -n " + d.GetNamespace() + " describe replicasets"
	f := doctor.Problem(cause.WorkloadStuck(string(kube.PodsRefused), "Deployment "+d.GetName(), d.GetNamespace()), doctor.ObjectOf(d)).
		Saying(message).MendedBy(command).From(doctor.Seen(d, "status.conditions[ReplicaFailure]", message))
	return f, said(c, "status") == "True" && !strings.Contains(message, "serviceaccount") // that one is for EI206
}

// rolloutEnds is about Deployments that have a pod: without any, EI202 says so.
func rolloutEnds(d *unstructured.Unstructured) (doctor.Finding, bool) {
	c := conditionOf(d, "Progressing")
	available, _, _ := unstructured.NestedInt64(d.Object, "status", "availableReplicas")
	command := fmt.Sprintf("kubectl -n %s rollout status deployment %s", d.GetNamespace(), d.GetName())
	return problem("EI270", "its newest settings are not in use: pods that have them do not become ready, and pods of before go on without them", "look at the newest pods: "+command, doctor.ObjectOf(d)).
		Saying(said(c, "message")).MendedBy(command).From(doctor.Seen(d, "status.conditions[Progressing]", said(c, "reason"))), said(c, "reason") == "ProgressDeadlineExceeded" && available > 0
}

// tagVersion is the version in an image's tag, whatever flavour follows it.
var tagVersion = regexp.MustCompile(`:(v?\d+\.\d+\.\d+)(-[a-z-]+)?(@|$)`)

// partsAreOfOneVersion leaves out images whose tag tells no version.
func partsAreOfOneVersion(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	found, err := deployments.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	var versions []string
	var evidence []doctor.Evidence
	var objects []doctor.Object
	for i := range found {
		image, _ := container(&found[i])["image"].(string)
		tag := tagVersion.FindStringSubmatch(image)
		if tag == nil {
			continue
		}
		if v := "v" + strings.TrimPrefix(tag[1], "v"); !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
		objects = append(objects, doctor.ObjectOf(&found[i]))
		evidence = append(evidence, doctor.Seen(&found[i], "spec.template.spec.containers[0].image", image))
	}
	if len(versions) < 2 {
		return one(doctor.Holds(strings.Join(versions, "")))
	}
	return one(problem("EI216", "ESO's Deployments run the versions "+strings.Join(versions, " and "),
		"set one version for all in the chart's values (image.tag, webhook.image.tag, certController.image.tag): "+upgrade, objects...).MendedBy(upgrade).From(evidence...))
}

// oneControllerLeads looks at controllers that are several and were not told to elect one.
func oneControllerLeads(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	controller, err := theController(ctx, s)
	if err != nil || controller == nil {
		return failedOrNothing(err)
	}
	replicas, _, _ := unstructured.NestedInt64(controller.Object, "spec", "replicas")
	elects := flagOf(controller, "enable-leader-election", "false") != "false"
	if replicas < 2 || elects {
		return one(doctor.Holds("", doctor.ObjectOf(controller)))
	}
	command := upgrade + " --set leaderElect=true"
	return one(problem("EI219", fmt.Sprintf("%d controllers work at the same time, and none leads", replicas), "let them elect one: "+command, doctor.ObjectOf(controller)).
		MendedBy(command).From(doctor.Seen(controller, "spec.replicas", fmt.Sprint(replicas))))
}

// flagOf is the value of an argument of a Deployment's container, as --flag=value or --flag value, "true" for one that has none, or otherwise where
// it is not given. As ESO reads them, the last of several counts.
func flagOf(deployment *unstructured.Unstructured, flag, otherwise string) string {
	args := arguments(deployment)
	for i, argument := range args {
		name, value, given := strings.Cut(strings.TrimLeft(argument, "-"), "=")
		switch {
		case name != flag || !strings.HasPrefix(argument, "-"):
		case given:
			otherwise = value
		case i+1 < len(args) && !strings.HasPrefix(args[i+1], "-"):
			otherwise = args[i+1]
		default:
			otherwise = "true"
		}
	}
	return otherwise
}
