package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
)

// Text writes for people how each cluster is, a matrix of what is wrong where, and each cause once with the clusters that have it.
func (f Fleet) Text(w io.Writer, o TextOptions) error {
	t := &fleetText{text: text{TextOptions: o}, Fleet: f}
	rows := f.matrix(o.All)
	t.measure(rows)
	t.clusters()
	t.matrix(rows)
	for _, g := range f.groups() {
		t.group(g)
	}
	t.changes()
	t.sum(rows)
	_, err := io.WriteString(w, t.String())
	return err
}

type fleetText struct {
	text
	Fleet
	// labels stand above the columns: the contexts, or numbers where these take too much room.
	labels   []string
	numbered bool
	// title is how wide the column of the titles is, 0 where there is no room for one.
	title int
	// abreast is how many columns of clusters fit beside each other.
	abreast int
}

// Widths of the matrix.
const (
	codeWidth  = 7
	cellWidth  = 5
	cellGap    = 2
	leastTitle = 24
	// pipeWidth is what a matrix may take where nobody knows how much room there is.
	pipeWidth = 160
)

// measure finds out what fits.
func (t *fleetText) measure(rows []row) {
	room := t.Style.Width
	if room == 0 {
		room = pipeWidth
	}
	for _, r := range rows {
		t.title = max(t.title, prose.Width(r.Title))
	}
	for _, d := range t.Clusters {
		t.labels = append(t.labels, d.Context)
	}
	if t.numbered = t.columns()+codeWidth+t.title > room; t.numbered {
		for i := range t.labels {
			t.labels[i] = strconv.Itoa(i + 1)
		}
	}
	if t.title = min(t.title, room-codeWidth-t.columns()); t.title < leastTitle {
		t.title = 0
	}
	t.abreast = len(t.labels)
	if t.title == 0 {
		t.abreast = max(1, (room-codeWidth)/(cellGap+cellWidth))
	}
}

// columns is how wide those of the clusters are together.
func (t *fleetText) columns() int {
	sum := 0
	for _, label := range t.labels {
		sum += cellGap + max(cellWidth, prose.Width(label))
	}
	return sum
}

// clusters writes a line for each.
func (t *fleetText) clusters() {
	longest := 0
	for _, d := range t.Clusters {
		longest = max(longest, prose.Width(d.Context))
	}
	for i, d := range t.Clusters {
		number := ""
		if t.numbered {
			number = fmt.Sprintf("%*d  ", len(strconv.Itoa(len(t.Clusters))), i+1)
		}
		tone, verdict := verdictOf(d)
		t.WriteString(number + t.Style.Pad(prose.Strong, d.Context, longest+2))
		t.WriteString(t.Style.Say(tone, t.Style.Wrap(len(number)+longest+2, verdict)) + "\n")
	}
}

// verdictOf says in a few words how a cluster is.
func verdictOf(d Document) (prose.Tone, string) {
	said := headline(d)
	switch c, known := d.unreachable(); {
	case known:
		said = fmt.Sprintf("%s (%s)", c.Cause.Summary, c.Cause.Code)
	case len(d.RootCauses) > 0:
		said += ": " + list(d.RootCauses)
	}
	switch {
	case d.Summary.Failed > 0:
		return prose.Bad, said
	case d.Summary.Unknown > 0:
		return prose.Doubt, said
	case d.Summary.Warnings > 0:
		return prose.Warning, said
	}
	return prose.Good, said
}

// unreachable is why nothing of the cluster could be looked at, where that has a cause.
func (d Document) unreachable() (Check, bool) {
	unknown := d.Problems(doctor.Unknown)
	if d.Summary.Failed > 0 || len(unknown) != 1 || unknown[0].Cause == nil {
		return Check{}, false
	}
	return unknown[0], true
}

func list(codes []cause.Code) string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = string(code)
	}
	return strings.Join(names, ", ")
}

func (t *fleetText) matrix(rows []row) {
	if len(rows) == 0 {
		return
	}
	for from := 0; from < len(t.labels); from += t.abreast {
		to := min(from+t.abreast, len(t.labels))
		t.WriteString("\n")
		t.row("", "", from, to, func(i int) (prose.Tone, string) { return prose.Strong, t.labels[i] })
		for _, r := range rows {
			t.row(string(r.Code), r.Title, from, to, func(i int) (prose.Tone, string) { return r.Spots[i].tone(), r.Spots[i].Word() })
		}
	}
	t.WriteString("\n")
}

// row writes one line of the matrix, for the clusters from one to before another.
func (t *fleetText) row(code, title string, from, to int, at func(int) (prose.Tone, string)) {
	line := fmt.Sprintf("%-*s%-*s", codeWidth, code, t.title, cut(title, t.title))
	for i := from; i < to; i++ {
		tone, word := at(i)
		line += strings.Repeat(" ", cellGap) + t.Style.Pad(tone, word, max(cellWidth, prose.Width(t.labels[i])))
	}
	t.WriteString(strings.TrimRight(line, " ") + "\n")
}

func cut(text string, width int) string {
	if runes := []rune(text); len(runes) > width {
		return string(runes[:max(0, width-2)]) + strings.Repeat(".", min(2, width))
	}
	return text
}

func (c spot) tone() prose.Tone {
	if c.Known {
		return prose.Faint
	}
	return tones[c.Status]
}

// group tells one cause, and where it is.
func (t *fleetText) group(g group) {
	c := g.first
	t.word(tones[c.Status], strings.ToUpper(string(c.Status)))
	if c.Cause != nil {
		t.WriteString(string(c.Cause.Code) + "  " + t.Style.Wrap(t.margin()+codeWidth, c.Cause.Summary) + "\n")
	} else {
		t.WriteString(t.Style.Wrap(t.margin(), c.Detail) + "\n")
		t.line("checks:", list(g.codes))
	}
	t.line("in:", strings.Join(g.contexts, ", "))
	t.line("object:", few(g.objects))
	if c.Fix != nil {
		t.line("fix:", c.Fix.Text)
		t.line(commandLabel, c.Fix.extra())
	}
	if c.Cause != nil && (t.Evidence || c.Status == doctor.Unknown) {
		for _, detail := range g.details {
			t.line("detail:", detail)
		}
	}
	t.evidence(c)
}

// few names the first of many.
func few(names []string) string {
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

func (t *fleetText) changes() {
	for _, d := range t.Clusters {
		if d.Changes == nil {
			continue
		}
		fmt.Fprintf(t, "\nSince the earlier report, in %s:\n", d.Context)
		t.listChanges(*d.Changes)
	}
}

func (t *fleetText) sum(rows []row) {
	s := t.Summary
	t.WriteString("\n")
	if causes := t.rootCodes(); causes != "" {
		t.say(prose.Bad, "Root causes:", strings.ReplaceAll(causes, " ", ", ")+". More: kubectl eso-infisical explain "+causes)
	}
	if s.Verdict != doctor.Healthy {
		t.say(prose.Plain, "", "One cluster in full: kubectl eso-infisical doctor --context NAME. What mends one goes with --context NAME as well.")
	}
	if t.title == 0 && len(rows) > 0 {
		t.say(prose.Plain, "", "There is no room for what the checks expect; kubectl eso-infisical explain CODE says it.")
	}
	t.say(prose.Plain, "", fmt.Sprintf("%s: %d healthy, %d with findings, %d unknown (%d ms)", plural(s.Clusters, "cluster"), s.Healthy, s.Findings, s.Unknown, t.DurationMs))
}

// rootCodes are the codes of all root causes, each once.
func (f Fleet) rootCodes() string {
	var codes []string
	for _, shared := range f.RootCauses {
		codes = append(codes, string(shared.Code))
	}
	return strings.Join(unique(codes), " ")
}
