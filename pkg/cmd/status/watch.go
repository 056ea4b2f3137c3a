package status

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/status"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/ui"
)

// restFactor bounds the load on the API server: between two looks there is a pause of so many times as long as the last one took.
const restFactor = 4

// view shows one report after another.
type view interface {
	show(*status.Report) error
	// failed tells of a look that the cluster did not answer.
	failed(error) error
}

// watch looks until ctx ends. Only the first look may fail; later on, the cluster may be away for a while.
func (o *Options) watch(ctx context.Context, look func(context.Context) (status.Report, error)) error {
	v := o.view()
	for first := true; ; first = false {
		started := time.Now()
		report, err := look(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && first:
			return err
		case err != nil:
			err = v.failed(err)
		default:
			err = v.show(&report)
		}
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(o.Interval, restFactor*time.Since(started))):
		}
	}
}

func (o *Options) view() view {
	if screen, ok := ui.NewScreen(o.Factory.Streams.Out); ok {
		return &live{screen: screen, text: o.text}
	}
	return &log{w: o.Factory.Streams.Out, text: o.text}
}

// live keeps the newest report on a terminal.
type live struct {
	screen *ui.Screen
	text   func(*status.Report) (string, error)
	last   string
}

func (l *live) show(r *status.Report) error {
	text, err := l.text(r)
	if err != nil {
		return err
	}
	l.last = text
	// What matters most comes first, since a low window cuts off the end.
	return l.screen.Show(clock(r.At) + "  " + r.Summary() + " (Ctrl-C ends)\n\n" + text)
}

func (l *live) failed(err error) error {
	return l.screen.Show(fmt.Sprintf("%s  the cluster does not answer: %v (Ctrl-C ends)\n\n%s", clock(time.Now()), err, l.last))
}

// log writes the first report, and then a line for each change.
type log struct {
	w    io.Writer
	text func(*status.Report) (string, error)
	last *status.Report
	away bool
}

func (l *log) show(r *status.Report) error {
	defer func() { l.last, l.away = r, false }()
	if l.last == nil {
		text, err := l.text(r)
		if err == nil {
			_, err = io.WriteString(l.w, text)
		}
		return err
	}
	lines := r.Changes(l.last)
	if l.away {
		lines = append([]string{"the cluster answers again"}, lines...)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintf(l.w, "%s  %s\n", clock(r.At), line); err != nil {
			return err
		}
	}
	return nil
}

func (l *log) failed(err error) error {
	if l.away {
		return nil
	}
	l.away = true
	_, err = fmt.Fprintf(l.w, "%s  the cluster does not answer: %v\n", clock(time.Now()), err)
	return err
}

func clock(at time.Time) string { return at.Local().Format(time.TimeOnly) }
