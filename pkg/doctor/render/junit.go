package render

import (
	"encoding/xml"
	"fmt"
	"io"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Time      string      `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitMessage `xml:"failure,omitempty"`
	Error   *junitMessage `xml:"error,omitempty"`
	Skipped *junitMessage `xml:"skipped,omitempty"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Type    string `xml:"type,attr,omitempty"`
	Message string `xml:"message,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit writes each finding as a test case. A warning is a failed one only if the report fails on warnings; what could not be found out is an
// error.
func (d Document) JUnit(w io.Writer, on doctor.FailOn) error {
	return writeJUnit(w, d.suite(on))
}

// JUnit writes a suite for each cluster.
func (f Fleet) JUnit(w io.Writer, on doctor.FailOn) error {
	suites := make([]junitSuite, len(f.Clusters))
	for i, d := range f.Clusters {
		suites[i] = d.suite(on)
	}
	return writeJUnit(w, suites...)
}

func writeJUnit(w io.Writer, suites ...junitSuite) error {
	data, err := xml.MarshalIndent(junitSuites{Suites: suites}, "", "  ")
	if err != nil {
		return fmt.Errorf("write the JUnit report: %w", err)
	}
	_, err = io.WriteString(w, xml.Header+string(data)+"\n")
	return err
}

func (d Document) suite(on doctor.FailOn) junitSuite {
	suite := junitSuite{Name: "doctor " + d.name(), Tests: len(d.Checks), Time: seconds(d.DurationMs), Timestamp: d.Time.Format("2006-01-02T15:04:05")}
	for _, c := range d.Checks {
		item := junitCase{Class: c.Layer, Name: fmt.Sprintf("%s %s%s", c.Code, c.Title, about(c)), Time: seconds(c.DurationMs)}
		fails := c.Status == doctor.Fail && on != doctor.FailOnNever || c.Status == doctor.Warn && on == doctor.FailOnWarn
		switch {
		case c.Acknowledged != nil:
			item.Skipped = &junitMessage{Message: "acknowledged until " + c.Acknowledged.Expires + ": " + c.Acknowledged.Reason}
			suite.Skipped++
		case fails:
			item.Failure = message(c)
			suite.Failures++
		case c.Status == doctor.Unknown:
			item.Error = message(c)
			suite.Errors++
		case c.Status == doctor.Skip:
			item.Skipped = &junitMessage{Message: "blocked by " + string(c.BlockedBy)}
			suite.Skipped++
		case c.Cause != nil:
			item.Out = message(c).Message + "\n" + message(c).Text
		}
		suite.Cases = append(suite.Cases, item)
	}
	return suite
}

func seconds(ms int64) string { return fmt.Sprintf("%.3f", float64(ms)/1000) }

func message(c Check) *junitMessage {
	if c.Cause == nil {
		return &junitMessage{Type: string(c.Code), Message: c.Detail}
	}
	m := &junitMessage{Type: string(c.Cause.Code), Message: fmt.Sprintf("%s (%s)", c.Cause.Summary, c.Cause.Code)}
	if c.Fix != nil {
		m.Text = "fix: " + c.Fix.Text + "\n"
		if extra := c.Fix.extra(); extra != "" {
			m.Text += "run: " + extra + "\n"
		}
	}
	if c.Detail != "" {
		m.Text += "detail: " + c.Detail + "\n"
	}
	return m
}
