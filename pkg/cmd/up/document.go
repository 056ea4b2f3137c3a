package up

import (
	"math"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/runbook"
)

const kind = "SetupReport"

// document is what the command prints for programs.
type document struct {
	output.Header
	// Altered says whether anything was done, or would be by a run that is not dry.
	Altered  bool            `json:"altered"`
	Seconds  float64         `json:"seconds"`
	Clusters []clusterReport `json:"clusters"`
}

// clusterReport is what was planned and done in one cluster.
type clusterReport struct {
	Context   string          `json:"context,omitempty"`
	Cluster   string          `json:"cluster"`
	Namespace string          `json:"namespace"`
	Plan      []runbook.Item  `json:"plan"`
	Steps     []stepReport    `json:"steps,omitempty"`
	Error     *output.Problem `json:"error,omitempty"`
}

// stepReport is what has become of a step, and why it has failed.
type stepReport struct {
	runbook.Done
	Error *output.Problem `json:"error,omitempty"`
}

func newDocument(clusters []*cluster, took time.Duration) *document {
	d := &document{Header: output.NewHeader(kind), Seconds: math.Round(took.Seconds()*10) / 10, Clusters: []clusterReport{}}
	for _, c := range clusters {
		runner := c.book.Stores[0].Runner
		report := clusterReport{Context: c.context, Cluster: runner.ClusterName, Namespace: runner.Desired.Namespace, Plan: []runbook.Item{}}
		for _, done := range c.done {
			step := stepReport{Done: done}
			if done.Err != nil {
				step.Error = output.NewProblem(done.Err)
			}
			report.Steps = append(report.Steps, step)
		}
		if c.plan != nil {
			report.Plan = append(report.Plan, c.plan.Items()...)
			d.Altered = d.Altered || c.plan.Alters()
		}
		if c.err != nil {
			report.Error = output.NewProblem(c.err)
		}
		d.Clusters = append(d.Clusters, report)
	}
	return d
}
