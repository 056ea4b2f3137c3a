package render

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// The parts of SARIF 2.1.0 that are used.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Automation  *sarifAutomation  `json:"automationDetails,omitempty"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
	}
	// sarifAutomation tells the runs of several clusters apart.
	sarifAutomation struct {
		ID string `json:"id"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               cause.Code  `json:"id"`
		ShortDescription sarifText   `json:"shortDescription"`
		FullDescription  sarifText   `json:"fullDescription"`
		Help             sarifText   `json:"help"`
		Configuration    sarifConfig `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool   `json:"executionSuccessful"`
		StartTimeUTC        string `json:"startTimeUtc"`
	}
	sarifResult struct {
		RuleID       cause.Code         `json:"ruleId"`
		Kind         string             `json:"kind"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations,omitempty"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifLocation struct {
		Logical []sarifLogical `json:"logicalLocations"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
)

// SARIF writes what did not pass, with the rules that it is judged by.
func (d Document) SARIF(w io.Writer) error {
	return writeSARIF(w, d.run())
}

// SARIF writes a run for each cluster.
func (f Fleet) SARIF(w io.Writer) error {
	runs := make([]sarifRun, len(f.Clusters))
	for i, d := range f.Clusters {
		runs[i] = d.run()
		runs[i].Automation = &sarifAutomation{"doctor/" + d.Context + "/"}
	}
	return writeSARIF(w, runs...)
}

func writeSARIF(w io.Writer, runs ...sarifRun) error {
	data, err := json.MarshalIndent(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", runs}, "", "  ")
	if err != nil {
		return fmt.Errorf("write the SARIF report: %w", err)
	}
	_, err = w.Write(append(data, '\n'))
	return err
}

func (d Document) run() sarifRun {
	run := sarifRun{Invocations: []sarifInvocation{{ExecutionSuccessful: d.Summary.Unknown == 0, StartTimeUTC: d.Time.Format("2006-01-02T15:04:05Z")}}, Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "kubectl eso-infisical doctor", Rules: []sarifRule{}}
	var rules []cause.Code
	for _, c := range d.Checks {
		if c.Status == doctor.Pass || c.Status == doctor.Skip {
			continue
		}
		result := newResult(c)
		run.Results = append(run.Results, result)
		if !slices.Contains(rules, result.RuleID) {
			rules = append(rules, result.RuleID)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, newRule(result.RuleID))
		}
	}
	return run
}

func newResult(c Check) sarifResult {
	r := sarifResult{RuleID: c.Code, Kind: "open", Level: "none", Message: sarifText{fmt.Sprintf("%s, %s: %s", c.Code, c.Title, c.Detail)}}
	if c.Status != doctor.Unknown {
		r.Kind = "fail"
	}
	if c.Cause != nil {
		r.RuleID = c.Cause.Code
		r.Message.Text = fmt.Sprintf("%s (found by %s, %s). Fix: %s", c.Cause.Summary, c.Code, c.Title, c.Fix.Text)
	}
	switch c.Status {
	case doctor.Fail:
		r.Level = "error"
	case doctor.Warn:
		r.Level = "warning"
	}
	names := c.Objects
	if len(names) == 0 && c.Object != "" {
		names = []string{c.Object}
	}
	for _, name := range names {
		r.Locations = append(r.Locations, sarifLocation{[]sarifLogical{{name, "resource"}}})
	}
	if a := c.Acknowledged; a != nil {
		r.Suppressions = []sarifSuppression{{"external", a.Reason + " (until " + a.Expires + ")"}}
	}
	return r
}

func newRule(code cause.Code) sarifRule {
	e, _ := catalogue.Find(code)
	return sarifRule{code, sarifText{e.Title}, sarifText{e.Why}, sarifText{e.Fix}, sarifConfig{string(e.Severity)}}
}
