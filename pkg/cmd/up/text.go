package up

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/runbook"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// writePlans shows people what is right and what will change; whole shows also what objects that do not exist yet will be.
func writePlans(w io.Writer, style prose.Style, clusters []*cluster, whole bool) error {
	var b strings.Builder
	for _, c := range clusters {
		fmt.Fprintln(&b, style.Say(prose.Strong, "Plan for "+c.place()+":"))
		for _, item := range c.plan.Items() {
			writeItem(&b, style, item, whole)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// The columns of a plan.
const (
	stepColumn   = 12
	actionColumn = 12
	textColumn   = 2 + stepColumn + 1 + actionColumn + 1
)

// tones are how the actions look.
var tones = map[runbook.Action]prose.Tone{runbook.Right: prose.Good, runbook.Create: prose.Strong, runbook.Prove: prose.Strong,
	runbook.Change: prose.Warning, runbook.CheckAgain: prose.Warning, runbook.Remove: prose.Warning}

// writeItem shows one step and, where fields change, which.
func writeItem(b *strings.Builder, style prose.Style, item runbook.Item, whole bool) {
	text := item.Object
	if item.Detail != "" {
		text += ": " + item.Detail
	}
	fmt.Fprintf(b, "  %-*s %s %s\n", stepColumn, item.Step, style.Pad(tones[item.Action], string(item.Action), actionColumn), style.Wrap(textColumn, text))
	if item.Action == runbook.Create && !whole {
		return
	}
	for line := range strings.Lines(item.Diff) {
		b.WriteString("      " + style.Say(diffTone(line), strings.TrimRight(line, "\n")) + "\n")
	}
}

// diffTone is how a line of a diff looks.
func diffTone(line string) prose.Tone {
	switch {
	case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "@@"):
		return prose.Faint
	case strings.HasPrefix(line, "+"):
		return prose.Good
	case strings.HasPrefix(line, "-"):
		return prose.Bad
	}
	return prose.Plain
}

// place names the cluster and the namespace in it.
func (c *cluster) place() string {
	runner := c.book.Stores[0].Runner
	return fmt.Sprintf("cluster %s, namespace %s", runner.ClusterName, runner.Desired.Namespace)
}

// summarize says on standard output what the run has come to.
func (o *Options) summarize(w io.Writer, clusters []*cluster, took time.Duration) error {
	switch {
	case o.DryRun.Only():
		err := writePlans(w, o.Factory.Style(), clusters, true)
		_, last := fmt.Fprintf(w, "nothing has been changed%s\n", o.DryRun.Note())
		return errors.Join(err, last)
	case !alters(clusters):
		right := "everything is as it should be"
		if !slices.Equal(o.taken(), runbook.Steps()) {
			right = strings.Join(o.taken(), ", ") + " would change nothing"
		}
		_, err := fmt.Fprintf(w, "nothing to do: %s (%.1f s)\n", right, took.Seconds())
		return err
	}
	writeReached(w, clusters, took)
	return nil
}

// taken are the steps that were chosen.
func (o *Options) taken() []string {
	return slices.DeleteFunc(runbook.Steps(), func(step string) bool { return !o.Choice.Takes(step) })
}

// writeReached says what was proved, and for each cluster where nothing has failed what it has come to.
func writeReached(w io.Writer, clusters []*cluster, took time.Duration) {
	for _, c := range clusters {
		prefix := ""
		if c.context != "" {
			prefix = c.context + ": "
		}
		for _, d := range c.done {
			if d.Proof != "" {
				fmt.Fprintln(w, prefix+d.Proof)
			}
		}
		switch {
		case c.err != nil || c.plan == nil || len(c.done) == 0:
		case !c.plan.Alters():
			fmt.Fprintln(w, prefix+"nothing to do")
		default:
			fmt.Fprintf(w, "%sdone in %.1f s: %s\n", prefix, took.Seconds(), c.reached())
		}
	}
}

// reached says what can be relied on now.
func (c *cluster) reached() string {
	proved := false
	for _, d := range c.done {
		proved = proved || d.Outcome == string(setup.Proved)
	}
	if !proved {
		return c.changes() + "; nothing was proved, which kubectl eso-infisical test does"
	}
	var ways []string
	for _, s := range c.book.Stores {
		d := s.Runner.Desired
		kind := "ClusterSecretStore " + d.Store
		if d.StoreNamespace != "" {
			kind = "SecretStore " + d.StoreNamespace + "/" + d.Store
		}
		ways = append(ways, fmt.Sprintf("secrets of project %s arrive through %s", d.Project, kind))
	}
	return strings.Join(ways, ", ")
}

func (c *cluster) changes() string {
	n := 0
	for _, d := range c.done {
		switch kube.Outcome(d.Outcome) {
		case kube.Created, kube.Changed, kube.Applied, kube.Deleted:
			n++
		}
	}
	if n == 1 {
		return "1 thing has changed"
	}
	return fmt.Sprintf("%d things have changed", n)
}
