package status

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

var (
	endpointSlices = schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
	secrets        = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
)

const installFix = "run kubectl eso-infisical install"

// webhookEnding ends the names of the webhook's Deployment and Service, whatever the release is called.
const webhookEnding = "-webhook"

// operator looks at the installation of ESO.
func (l *look) operator(ctx context.Context) {
	o := &l.report.Operator
	l.deployments(ctx, o)
	l.release(ctx, o)
	l.webhook(ctx, o)
	o.judge()
}

// meta is the metadata that Kubernetes' own objects are judged by.
type meta struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
}

type deploymentFields struct {
	Metadata meta `json:"metadata"`
	Spec     struct {
		Replicas *int `json:"replicas"`
	} `json:"spec"`
	Status struct {
		ReadyReplicas int `json:"readyReplicas"`
	} `json:"status"`
}

func (l *look) deployments(ctx context.Context, o *Operator) {
	found := []Deployment{}
	err := kube.Stream(ctx, l.inRelease(kube.DeploymentsResource), func(d deploymentFields) error {
		wanted := 1
		if d.Spec.Replicas != nil {
			wanted = *d.Spec.Replicas
		}
		if version := d.Metadata.Labels["app.kubernetes.io/version"]; version != "" {
			o.Version, o.Chart = version, d.Metadata.Labels["helm.sh/chart"]
		}
		found = append(found, Deployment{Name: d.Metadata.Name, Ready: d.Status.ReadyReplicas, Wanted: wanted})
		return nil
	})
	if l.asked("the Deployments of ESO"+in(l.Namespace), err) {
		o.Deployments = found
	}
}

func (l *look) inRelease(resource schema.GroupVersionResource) kube.Collection {
	return kube.Collection{Client: l.Client, Resource: resource, Namespace: l.Namespace,
		Options: metav1.ListOptions{LabelSelector: eso.InstanceSelector(l.Release)}}
}

// release reads the labels of the Secrets in which Helm keeps the release. The Secrets themselves are large, and hold values.
func (l *look) release(ctx context.Context, o *Operator) {
	revisions := kube.Collection{Client: l.Client, Resource: secrets, Namespace: l.Namespace, MetadataOnly: true,
		Options: metav1.ListOptions{LabelSelector: "owner=helm,name=" + l.Release}}
	last := Release{Name: l.Release, Status: "absent"}
	err := kube.Stream(ctx, revisions, func(s struct {
		Metadata meta `json:"metadata"`
	}) error {
		if n, err := strconv.Atoi(s.Metadata.Labels["version"]); err == nil && n > last.Revision {
			last.Revision, last.Status = n, s.Metadata.Labels["status"]
		}
		return nil
	})
	if l.asked("the Helm release "+l.Release+in(l.Namespace), err) {
		o.Release = &last
	}
}

type endpointSliceFields struct {
	Metadata  meta `json:"metadata"`
	Endpoints []struct {
		Conditions struct {
			Ready *bool `json:"ready"`
		} `json:"conditions"`
	} `json:"endpoints"`
}

func (l *look) webhook(ctx context.Context, o *Operator) {
	var w Webhook
	err := kube.Stream(ctx, l.inRelease(endpointSlices), func(s endpointSliceFields) error {
		if !strings.HasSuffix(s.Metadata.Labels["kubernetes.io/service-name"], webhookEnding) {
			return nil
		}
		for _, e := range s.Endpoints {
			if e.Conditions.Ready == nil || *e.Conditions.Ready {
				w.ReadyEndpoints++
			}
		}
		return nil
	})
	if l.asked("the endpoints of ESO's webhook"+in(l.Namespace), err) {
		o.Webhook = &w
	}
}

// judge finds what is wrong with the installation, as far as it could be read.
func (o *Operator) judge() {
	add := func(code cause.Code, fix, format string, args ...any) {
		o.Problems = append(o.Problems, Problem{Code: code, Summary: fmt.Sprintf(format, args...), Fix: fix})
	}
	if o.Deployments != nil && len(o.Deployments) == 0 {
		add("EI202", installFix+", or name ESO's namespace with -n and its release with --release",
			"there are no Deployments of External Secrets Operator in namespace %s", o.Namespace)
		return
	}
	for _, d := range o.Deployments {
		switch {
		case d.Wanted == 0:
			add("EI202", fmt.Sprintf("scale it up: kubectl -n %s scale deployment %s --replicas=1", o.Namespace, d.Name),
				"Deployment %s is scaled to zero", d.Name)
		case d.Ready < d.Wanted:
			add("EI202", "look at its pods: kubectl -n "+o.Namespace+" get pods, or run kubectl eso-infisical doctor",
				"Deployment %s has %d of %d pods ready", d.Name, d.Ready, d.Wanted)
		}
	}
	if r := o.Release; r != nil && r.Status != "deployed" && r.Status != "absent" {
		add("EI203", "run kubectl eso-infisical doctor, which says how to bring it to an end", "the Helm release %s is %s, not deployed", r.Name, r.Status)
	}
	if o.Webhook != nil && o.Webhook.ReadyEndpoints == 0 && o.hasWebhook() {
		add("EI221", "look at the webhook's pods: kubectl -n "+o.Namespace+" get pods",
			"no pod of ESO's webhook is ready, so nothing of ESO's can be written")
	}
}

// hasWebhook is false for an installation that does without it.
func (o *Operator) hasWebhook() bool {
	return slices.ContainsFunc(o.Deployments, func(d Deployment) bool { return strings.HasSuffix(d.Name, webhookEnding) })
}

// idle reports whether ESO's controller is known not to run, so that nothing it has said is fresh.
func (o *Operator) idle() bool {
	for _, d := range o.Deployments {
		if !strings.HasSuffix(d.Name, webhookEnding) && !strings.HasSuffix(d.Name, "-cert-controller") {
			return d.Ready == 0
		}
	}
	return o.Deployments != nil
}
