package doctor

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/render"
)

// The formats that this command has beside the usual ones.
const (
	junit    output.Format = "junit"
	sarif    output.Format = "sarif"
	markdown output.Format = "markdown"
	html     output.Format = "html"
)

// document is the report with the header that all documents have.
type document struct {
	output.Header
	render.Document
}

// listDocument is the report of several clusters with its header.
type listDocument struct {
	output.Header
	render.Fleet
	Items []document `json:"items"`
}

// report is what there is in every format.
type report interface {
	Text(io.Writer, render.TextOptions) error
	JUnit(io.Writer, doctor.FailOn) error
	SARIF(io.Writer) error
	Markdown(io.Writer) error
	HTML(io.Writer) error
}

// write writes the reports to standard output. The verdict was made before, so that no format can change it.
func (o *Options) write(e examination) error {
	for _, note := range e.notes {
		fmt.Fprintln(o.Factory.Streams.ErrOut, "note:", note)
	}
	if o.several() {
		fleet := render.NewFleet(e.documents, e.took)
		fleet.Notes = e.notes
		doc := &listDocument{Header: output.NewHeader(render.FleetKind), Fleet: fleet}
		for _, d := range e.documents {
			doc.Items = append(doc.Items, document{output.NewHeader(render.Kind), d})
		}
		return o.writeReport(fleet, doc, verdictError(fleet.Summary.Verdict))
	}
	d := e.documents[0]
	d.Notes = e.notes
	ended := verdictError(d.Summary.Verdict)
	if ended == nil {
		ended = e.unrecorded
	}
	return o.writeReport(d, &document{output.NewHeader(render.Kind), d}, ended)
}

func (o *Options) writeReport(r report, doc output.Headed, verdict error) error {
	w := o.Factory.Streams.Out
	if o.Format.Document() {
		return output.Write(w, o.Format, "", doc, verdict, nil)
	}
	if err := o.render(w, r); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return verdict
}

func (o *Options) render(w io.Writer, r report) error {
	switch o.Format {
	case junit:
		return r.JUnit(w, o.FailOn)
	case sarif:
		return r.SARIF(w)
	case markdown:
		return r.Markdown(w)
	case html:
		return r.HTML(w)
	}
	return r.Text(w, render.TextOptions{All: o.Format == output.Wide, Evidence: o.Verbose, Style: o.Factory.Style()})
}

func verdictError(v doctor.Verdict) error {
	switch v {
	case doctor.Sick:
		return output.ErrFindings
	case doctor.Undecided:
		return output.ErrUnknown
	}
	return nil
}

// watchInterval is the pause between two examinations.
const watchInterval = 10 * time.Second

// watch writes the whole report once, and then what has changed, until ctx ends.
func (o *Options) watch(ctx context.Context, clusters []doctor.Cluster) error {
	last := o.examine(ctx, clusters)
	if err := o.write(last); err != nil && !output.IsVerdict(err) {
		return err
	}
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		now := o.examine(ctx, clusters)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		o.writeChanges(last, now)
		last = now
	}
}

// writeChanges writes a line for each, with the context where there are several clusters.
func (o *Options) writeChanges(last, now examination) {
	for i, d := range now.documents {
		where := ""
		if d.Context != "" {
			where = d.Context + "  "
		}
		for _, change := range d.Since(last.documents[i]) {
			fmt.Fprintf(o.Factory.Streams.Out, "%s  %s%s\n", d.Time.Local().Format(time.TimeOnly), where, change)
		}
	}
}
