package status

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
)

// Style is how a report is written for people.
type Style struct {
	// Wide adds columns, and leaves no store out.
	Wide bool
	// FailingOnly leaves out what is well, and names each ExternalSecret that fails.
	FailingOnly bool
	// Prose is how its text looks.
	Prose prose.Style
}

// storeRows is how many stores are shown where not all are asked for: one screen.
const storeRows = 20

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer, style Style) error {
	var b strings.Builder
	if !style.FailingOnly || len(r.Operator.Problems) > 0 {
		r.Operator.write(&b, style)
	}
	r.writeStores(&b, style)
	r.writeProblems(&b, style)
	r.writeGaps(&b, style)
	fmt.Fprintf(&b, "\n%s\n", style.Prose.Wrap(0, style.Prose.Marked(tones[r.Verdict], r.Summary())))
	_, err := io.WriteString(w, b.String())
	return err
}

func (o *Operator) write(b *strings.Builder, style Style) {
	fmt.Fprintf(b, "External Secrets Operator%s in namespace %s\n", when(o.Version != "", " %s", o.Version), o.Namespace)
	if r := o.Release; r == nil {
		fmt.Fprintln(b, "  release      unknown")
	} else {
		fmt.Fprintf(b, "  release      %s: %s%s%s\n", r.Name, r.Status, when(r.Revision > 0, ", revision %d", r.Revision), when(o.Chart != "", ", chart %s", o.Chart))
	}
	var pods []string
	for _, d := range o.Deployments {
		pods = append(pods, fmt.Sprintf("%s %d/%d", d.Name, d.Ready, d.Wanted))
	}
	switch {
	case o.Deployments == nil:
		pods = []string{"unknown"}
	case len(pods) == 0:
		pods = []string{"none"}
	}
	fmt.Fprintf(b, "  deployments  %s\n", style.Prose.Wrap(15, strings.Join(pods, ", ")))
	switch {
	case o.Webhook == nil:
		fmt.Fprintln(b, "  webhook      unknown")
	case o.hasWebhook() || o.Webhook.ReadyEndpoints > 0:
		fmt.Fprintf(b, "  webhook      %s\n", plural(o.Webhook.ReadyEndpoints, "endpoint")+" ready")
	default:
		fmt.Fprintln(b, "  webhook      none")
	}
}

func when(condition bool, format string, args ...any) string {
	if !condition {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// writeStores writes a table of the stores, and one of their ExternalSecrets.
func (r *Report) writeStores(b *strings.Builder, style Style) {
	var shown []*Store
	for _, s := range r.Stores {
		if !style.FailingOnly || s.rank() < 2 {
			shown = append(shown, s)
		}
	}
	if len(shown) == 0 {
		return
	}
	shown, left := style.cut(shown)
	table(b, style, storeHeader(style), shown, (*Store).tone, func(s *Store) []string { return s.row(r.At, style) })
	table(b, style, []string{"EXTERNALSECRETS OF", "TOTAL", "READY", "FAILING", "WAITING", "OVERDUE", "OLDEST REFRESH"}, shown, (*Store).tone,
		func(s *Store) []string { return append([]string{s.path()}, s.ExternalSecrets.row(r.At)...) })
	if left > 0 {
		fmt.Fprintf(b, "and %d more stores; those that need eyes come first, and -o wide shows all\n", left)
	}
}

// cut leaves as many stores as fit on one screen, and says how many are left out.
func (s Style) cut(stores []*Store) (shown []*Store, left int) {
	if s.Wide || s.FailingOnly || len(stores) <= storeRows {
		return stores, 0
	}
	return stores[:storeRows], len(stores) - storeRows
}

// table paints a row as a whole, since the columns are measured before.
func table[T any](b *strings.Builder, style Style, header []string, things []T, tone func(T) prose.Tone, row func(T) []string) {
	cells := [][]string{slices.Clone(header)}
	for _, thing := range things {
		cells = append(cells, row(thing))
	}
	rows := aligned(cells)
	for _, name := range dispensable {
		if column := slices.Index(cells[0], name); column >= 0 && !style.Wide && style.tooNarrow(rows) {
			for i := range cells {
				cells[i] = slices.Delete(cells[i], column, column+1)
			}
			rows = aligned(cells)
		}
	}
	fmt.Fprintln(b)
	fmt.Fprintln(b, style.Prose.Say(prose.Strong, strings.TrimRight(rows[0], " ")))
	for i, line := range rows[1:] {
		fmt.Fprintln(b, style.Prose.Say(tone(things[i]), strings.TrimRight(line, " ")))
	}
}

// dispensable are the columns that a terminal goes without which is too narrow for all, the first of them first. -o wide has them all.
var dispensable = []string{"AUTH", "PATH", "SINCE", "HOST", "OLDEST REFRESH", "CA UNTIL", "PROJECT"}

// aligned brings cells into columns.
func aligned(cells [][]string) []string {
	var lines strings.Builder
	t := tabwriter.NewWriter(&lines, 0, 0, 3, ' ', 0)
	for _, row := range cells {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	_ = t.Flush() // into memory
	return strings.Split(strings.TrimRight(lines.String(), "\n"), "\n")
}

func (s Style) tooNarrow(rows []string) bool {
	return s.Prose.Width > 0 && slices.ContainsFunc(rows, func(row string) bool { return prose.Width(strings.TrimRight(row, " ")) > s.Prose.Width })
}

// tones are those of the verdicts.
var tones = map[Verdict]prose.Tone{Well: prose.Good, Failing: prose.Bad, Unknown: prose.Doubt}

// tone is plain for a store that needs no eyes.
func (s *Store) tone() prose.Tone {
	switch {
	case s.rank() < 2:
		return prose.Bad
	case s.Stale, s.Ready == "":
		return prose.Doubt
	}
	return prose.Plain
}

func storeHeader(style Style) []string {
	header := []string{"STORE", "READY", "SINCE", "CHECKED", "HOST", "PROJECT", "ENVIRONMENT", "PATH", "AUTH", "CA UNTIL"}
	if style.Wide {
		header = append(header, "CA FROM", "KIND")
	}
	return header
}

// path is the store's name, with its namespace where it has one.
func (s *Store) path() string {
	if s.Namespace == "" {
		return s.Name
	}
	return s.Namespace + "/" + s.Name
}

func (s *Store) row(now time.Time, style Style) []string {
	ready := s.Ready
	switch {
	case s.Missing:
		ready = "missing"
	case ready == "" && s.Host == "":
		ready = "unknown"
	case ready == "":
		ready = "no verdict"
	}
	checked := age(s.LastChecked, now)
	if s.Stale {
		checked += " (old)"
	}
	row := []string{s.path(), ready, age(s.Since, now), checked, dash(s.Host), dash(s.Project), dash(s.Environment), dash(s.Path), dash(s.Auth), s.CA.text(now)}
	if style.Wide {
		from := ""
		if s.CA != nil {
			from = s.CA.From
		}
		row = append(row, dash(from), s.Kind)
	}
	return row
}

func (ca *CA) text(now time.Time) string {
	switch {
	case ca == nil:
		return "-"
	case ca.From == "":
		return "system's"
	case ca.Until == nil:
		return "?"
	case ca.Soon:
		return fmt.Sprintf("%s (%s)", ca.Until.Format(time.DateOnly), duration.HumanDuration(ca.Until.Sub(now)))
	}
	return ca.Until.Format(time.DateOnly)
}

func (t *Tally) row(now time.Time) []string {
	if t == nil {
		return []string{"?", "?", "?", "?", "?", "-"}
	}
	var row []string
	for _, n := range []int{t.Total, t.Ready, t.Failing, t.Waiting, t.Overdue} {
		row = append(row, fmt.Sprint(n)+when(t.Incomplete, "+"))
	}
	return append(row, age(t.OldestRefresh, now))
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// age is how long ago something was, as kubectl writes it.
func age(at *time.Time, now time.Time) string {
	if at == nil || at.IsZero() {
		return "-"
	}
	return duration.HumanDuration(max(0, now.Sub(*at)))
}
