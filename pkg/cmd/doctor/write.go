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

// write writes the report to standard output. The verdict was made before, so that no format can change it.
func (o *Options) write(d render.Document) error {
	w := o.Factory.Streams.Out
	for _, note := range d.Notes {
		fmt.Fprintln(o.Factory.Streams.ErrOut, "note:", note)
	}
	verdict := verdictError(d.Summary.Verdict)
	if o.Format.Document() {
		doc := &document{output.NewHeader(render.Kind), d}
		return output.Write(w, o.Format, render.Kind, doc, verdict, nil)
	}
	if err := o.render(w, d); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return verdict
}

func (o *Options) render(w io.Writer, d render.Document) error {
	switch o.Format {
	case junit:
		return d.JUnit(w, o.FailOn)
	case sarif:
		return d.SARIF(w)
	case markdown:
		return d.Markdown(w)
	case html:
		return d.HTML(w)
	}
	return d.Text(w, render.TextOptions{All: o.Format == output.Wide, Evidence: o.Verbose})
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
func (o *Options) watch(ctx context.Context, cluster doctor.Cluster) error {
	last := o.examine(ctx, cluster)
	err := o.write(last)
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		now := o.examine(ctx, cluster)
		if ctx.Err() != nil {
			return err
		}
		for _, change := range now.Since(last) {
			fmt.Fprintf(o.Factory.Streams.Out, "%s  %s\n", now.Time.Local().Format(time.TimeOnly), change)
		}
		last, err = now, verdictError(now.Summary.Verdict)
	}
}
