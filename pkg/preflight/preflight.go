// Package preflight looks at a cluster before ESO is installed into it, changes nothing, and says all that stands in the way at once: rights,
// versions, what others have made, and what is about to go.
package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Severity says what a finding means for the install.
type Severity string

// A Blocker makes the install fail or harm something; a Warning is for people to weigh; Unknown stands for what could not be looked at.
const (
	Blocker Severity = "blocker"
	Warning Severity = "warning"
	Unknown Severity = "unknown"
)

// Finding is one thing that was found.
type Finding struct {
	Severity Severity   `json:"severity"`
	Code     cause.Code `json:"code"`
	// Object is what it is about, as kubectl writes it; empty for the cluster as a whole.
	Object  string `json:"object,omitempty"`
	Summary string `json:"summary"`
	Fix     string `json:"fix,omitempty"`
}

// OfRights reports whether the finding is that something is not allowed.
func (f Finding) OfRights() bool { return f.Code == missingRight || f.Code == cannotGrant }

func (f Finding) String() string {
	text := fmt.Sprintf("%s (%s)", f.Summary, f.Code)
	if f.Object != "" {
		text = f.Object + ": " + text
	}
	return text
}

// Subject is what is to be installed.
type Subject struct {
	Release, Namespace string
	// AppVersion is ESO's, Kubernetes the cluster's.
	AppVersion, Kubernetes string
	// Objects are the chart's as rendered; of definitions the metadata is enough.
	Objects []*unstructured.Unstructured
	// Existing is the release as it is, and Unread why it could not be read. Resumable is set if what there is can be completed.
	Existing  helm.Release
	Unread    error
	Resumable bool
	// TakeOwnership lets objects that people have made be adopted.
	TakeOwnership bool
	// Upgrading is set where the release is there: nothing is taken over then, since a rollback would delete it.
	Upgrading bool
	// Watched is set if the install is waited for, which needs rights of its own.
	Watched bool
}

// Cluster is looked at through these.
type Cluster struct {
	Typed    kubernetes.Interface
	Metadata func(resource schema.GroupVersionResource, namespace string) kube.Reader
}

// Report is all that was found.
type Report struct {
	Findings []Finding
	// Adoptable are objects of the chart that people have made and that the release can take over.
	Adoptable []string
}

// Of are the findings of a severity.
func (r Report) Of(s Severity) []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return f.Severity != s })
}

// Err is a *BlockedError if something stands in the way, or might.
func (r Report) Err() error {
	if len(r.Of(Blocker))+len(r.Of(Unknown)) == 0 {
		return nil
	}
	return &BlockedError{Report: r}
}

// BlockedError says all that stands in the way. Nothing has been changed.
type BlockedError struct{ Report Report }

func (e *BlockedError) Error() string {
	var lines []string
	for _, f := range append(e.Report.Of(Blocker), e.Report.Of(Unknown)...) {
		lines = append(lines, f.String())
	}
	return "External Secrets Operator cannot be installed: " + strings.Join(lines, "; ")
}

// OnlyRights reports whether nothing stands in the way but that something is not allowed.
func (e *BlockedError) OnlyRights() bool {
	return !slices.ContainsFunc(e.Report.Of(Blocker), func(f Finding) bool { return !f.OfRights() })
}

// Examine looks at everything. An error means that the cluster could not be asked at all.
func Examine(ctx context.Context, c Cluster, s Subject) (Report, error) {
	report := Report{Findings: append(Versions(s), judgeRelease(s)...)}
	space, err := c.namespace(ctx, s.Namespace)
	if err != nil {
		return report, err
	}
	report.Findings = append(report.Findings, space.findings...)
	var objects, others, rights Report
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		found, there, err := c.objects(ctx, s, space)
		if err == nil {
			objects = found
			rights, err = c.rights(ctx, s, space, there)
		}
		return err
	})
	group.Go(func() (err error) { others, err = c.others(ctx, s); return err })
	err = group.Wait()
	for _, part := range []Report{objects, others, rights} {
		report.Findings = append(report.Findings, part.Findings...)
		report.Adoptable = append(report.Adoptable, part.Adoptable...)
	}
	return report, err
}

// judgeRelease finds a release that only its owner can bring to an end.
func judgeRelease(s Subject) []Finding {
	r := s.Existing
	if s.Unread != nil || r.Status == helm.Absent || r.Status == helm.Deployed || s.Resumable {
		return nil
	}
	return []Finding{{Blocker, "EI203", "release/" + r.Name, fmt.Sprintf("Helm release %s is %s, and not by this program with this chart", r.Name, r.RawStatus),
		fmt.Sprintf("look at helm -n %s history %s, and bring it to an end with helm rollback or helm upgrade; kubectl eso-infisical install --repair does it, too",
			s.Namespace, r.Name)}}
}
