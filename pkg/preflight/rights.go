package preflight

import (
	"context"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// everything is what a cluster administrator may do. One question spares a hundred.
var everything = kube.Right{Verb: "*", Group: "*", Resource: "*"}

// rights asks for all that the install does, and all that the chart's roles grant: the API server lets nobody grant what he does not hold.
func (c Cluster) rights(ctx context.Context, s Subject, in space) (Report, error) {
	var report Report
	missing, err := kube.MissingRights(ctx, c.Typed, []kube.Right{everything})
	if err != nil || len(missing) == 0 {
		return report, err
	}
	missing, err = kube.MissingRights(ctx, c.Typed, needed(s, in))
	if err != nil {
		return report, err
	}
	for _, text := range merged(missing) {
		report.Findings = append(report.Findings, Finding{Blocker, missingRight, "", "the right is missing to " + text, askFix})
	}
	ungrantable, err := c.Ungrantable(ctx, s)
	if err != nil {
		return report, err
	}
	for _, text := range condensed(ungrantable) {
		report.Findings = append(report.Findings, Finding{Blocker, cannotGrant, "", "ESO's roles grant what you do not hold and so cannot grant: " + text, askFix})
	}
	return report, nil
}

const askFix = "ask a cluster administrator, or use another context or --as"

// needed are the rights that Helm uses, and those for waiting.
func needed(s Subject, in space) []kube.Right {
	ns := s.Namespace
	rights := kube.On(kube.Right{Resource: "secrets", Namespace: ns}, "list", "get", "create", "update")
	if in.absent {
		rights = append(rights, kube.Right{Verb: "create", Resource: "namespaces"})
	}
	verbs := []string{"get", "create"}
	if s.TakeOwnership || s.Existing.Status != helm.Absent && s.Existing.Status != "" {
		verbs = append(verbs, "patch", "delete")
	}
	for _, obj := range s.Objects {
		p := placeOf(obj, ns)
		rights = append(rights, kube.On(kube.Right{Group: p.resource.Group, Resource: p.resource.Resource, Namespace: p.namespace}, verbs...)...)
	}
	if s.Watched {
		rights = append(rights, kube.On(kube.Right{Group: "apps", Resource: "deployments", Namespace: ns}, "list", "watch")...)
		rights = append(rights, kube.Right{Verb: "create", Group: "external-secrets.io", Resource: "clustersecretstores"})
	}
	return unique(rights)
}

func unique(rights []kube.Right) []kube.Right {
	seen := map[kube.Right]bool{}
	return slices.DeleteFunc(rights, func(r kube.Right) bool {
		known := seen[r]
		seen[r] = true
		return known
	})
}

// merged writes the rights with all verbs on the same resource in one line.
func merged(rights []kube.Right) []string {
	var order []kube.Right
	verbs := map[kube.Right][]string{}
	for _, r := range rights {
		on := r
		on.Verb = ""
		if verbs[on] == nil {
			order = append(order, on)
		}
		verbs[on] = append(verbs[on], r.Verb)
	}
	texts := make([]string, len(order))
	for i, on := range order {
		on.Verb = strings.Join(verbs[on], ", ")
		texts[i] = on.String()
	}
	return texts
}

// condensed writes rights with the same verbs on resources of the same group in one line; ESO's roles have dozens of them.
func condensed(rights []kube.Right) []string {
	type alike struct{ verbs, group, namespace string }
	verbs := map[kube.Right][]string{}
	for _, r := range rights {
		on := r
		on.Verb = ""
		verbs[on] = append(verbs[on], r.Verb)
	}
	resources := map[alike][]string{}
	for on, list := range verbs {
		key := alike{strings.Join(slices.Sorted(slices.Values(list)), ", "), on.Group, on.Namespace}
		on.Group, on.Namespace = "", ""
		resources[key] = append(resources[key], strings.TrimSpace(on.String()))
	}
	texts := make([]string, 0, len(resources))
	for key, list := range resources {
		slices.Sort(list)
		text := key.verbs + " on " + strings.Join(list, ", ")
		if key.group != "" {
			text += " of " + key.group
		}
		if key.namespace != "" {
			text += " in namespace " + key.namespace
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return texts
}
