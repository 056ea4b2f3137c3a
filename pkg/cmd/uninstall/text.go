package uninstall

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/uninstall"
)

// shortList is how many objects of a kind are named unless -o wide asks for all.
const shortList = 10

// planText writes a plan for people.
type planText struct {
	bytes.Buffer
	all bool
}

func writePlan(w io.Writer, p *uninstall.Plan, o *Options) error {
	t := &planText{all: o.Output == output.Wide}
	t.release(p.Release)
	if p.Empty() {
		t.line("There is nothing to uninstall.")
	}
	t.kinds(p)
	t.forced(p.Forced)
	t.secrets(p, o)
	t.items("Webhook configurations", p.Webhooks)
	t.definitions(p.Definitions)
	t.items("Made by this program", p.Own)
	t.items("Namespaces", p.Namespaces)
	t.trouble(p, o)
	_, err := w.Write(t.Bytes())
	return err
}

func (t *planText) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

// list names the first few, or all.
func (t *planText) list(indent string, lines []string) {
	shown := lines
	if !t.all && len(lines) > shortList {
		shown = lines[:shortList]
	}
	for _, l := range shown {
		t.line("%s%s", indent, l)
	}
	if more := len(lines) - len(shown); more > 0 {
		t.line("%sand %d more; -o wide names all", indent, more)
	}
}

func (t *planText) release(r uninstall.Release) {
	if r.Absent() {
		t.line("Helm release %s is not in namespace %s.", r.Name, r.Namespace)
		return
	}
	going := 0
	for _, o := range r.Objects {
		if o.Fate == uninstall.Deleted {
			going++
		}
	}
	t.line("Helm release %s in namespace %s (%s, %s) goes, with %s.", r.Name, r.Namespace, r.Chart, r.Status, count(going, "object"))
}

func (t *planText) kinds(p *uninstall.Plan) {
	if len(p.Kinds) == 0 {
		return
	}
	t.line("Custom resources that go first, %d in this order:", p.Count())
	for _, k := range p.Kinds {
		t.line("  %s%s", count(len(k.Objects), k.Name), perNamespace(k.Objects))
		var lines []string
		for _, c := range k.Objects {
			lines = append(lines, customLine(c))
		}
		t.list("    ", lines)
	}
}

func (t *planText) forced(objects []string) {
	if len(objects) == 0 {
		return
	}
	t.line("ESO's controller does not run, so its finalizers are taken by force from %s (what PushSecrets have pushed stays at the provider):", count(len(objects), "object"))
	t.list("  ", objects)
}

// perNamespace counts objects by namespace, or says nothing of a kind that has none.
func perNamespace(objects []uninstall.Custom) string {
	counts := map[string]int{}
	for _, c := range objects {
		if c.Namespace != "" {
			counts[c.Namespace]++
		}
	}
	if len(counts) < 2 {
		return ""
	}
	var parts []string
	for namespace, n := range counts {
		parts = append(parts, fmt.Sprintf("%s %d", namespace, n))
	}
	slices.Sort(parts)
	if len(parts) > shortList {
		parts = append(parts[:shortList], "…")
	}
	return fmt.Sprintf(" in %d namespaces (%s)", len(counts), strings.Join(parts, ", "))
}

func customLine(c uninstall.Custom) string {
	text := c.Name
	if c.Namespace != "" {
		text = c.Namespace + "/" + c.Name
	}
	if c.ManagedBy != "" {
		text += ", kept by " + c.ManagedBy
	}
	if c.Note != "" {
		text += ": " + c.Note
	}
	return text
}

func (t *planText) secrets(p *uninstall.Plan, o *Options) {
	var going, staying []string
	for _, s := range p.Secrets {
		if s.Fate == uninstall.Deleted {
			going = append(going, secretLine(s))
		} else {
			staying = append(staying, secretLine(s))
		}
	}
	if len(going) > 0 {
		t.line("Secrets that go with their ExternalSecrets, %d:", len(going))
		t.list("  ", going)
		t.line("  (pods were looked at; an Ingress or an operator may use them, too; --keep-secrets lets them stay)")
	}
	if len(staying) > 0 {
		why := "no ExternalSecret owns them"
		if o.KeepSecrets {
			why = "--keep-secrets, or no ExternalSecret owns them"
		}
		t.line("Secrets that ESO has written and that stay, %d (%s):", len(staying), why)
		t.list("  ", staying)
	}
}

func secretLine(s uninstall.Secret) string {
	text := s.Namespace + "/" + s.Name
	if len(s.UsedBy) == 0 {
		return text + ", used by no pod"
	}
	var users []string
	for _, u := range s.UsedBy {
		users = append(users, fmt.Sprintf("%s (%s)", u.Workload, count(len(u.Pods), "pod")))
	}
	return text + ", used by " + strings.Join(users, ", ")
}

func (t *planText) items(title string, items []uninstall.Item) {
	if len(items) == 0 {
		return
	}
	t.line("%s:", title)
	var lines []string
	for _, i := range items {
		text := i.String() + " " + verb(i.Fate)
		if i.Reason != "" {
			text += ": " + i.Reason
		}
		lines = append(lines, text)
	}
	t.list("  ", lines)
}

// verb says what becomes of an object.
func verb(f uninstall.Fate) string {
	if f == uninstall.Deleted {
		return "goes"
	}
	return "stays"
}

// definitions are many and share one fate, most often.
func (t *planText) definitions(items []uninstall.Item) {
	groups := map[string]int{}
	for _, i := range items {
		why := verb(i.Fate)
		if i.Reason != "" {
			why += ", since " + i.Reason
		}
		groups[why]++
	}
	var lines []string
	for why, n := range groups {
		lines = append(lines, fmt.Sprintf("%s: each %s", count(n, "custom resource definition"), why))
	}
	slices.Sort(lines)
	for _, l := range lines {
		t.line("%s", l)
	}
}

func (t *planText) trouble(p *uninstall.Plan, o *Options) {
	if len(p.Unknown) > 0 {
		t.line("Unknown, since it may not be read:")
		for _, u := range p.Unknown {
			t.line("  %s: %s", u.What, u.Reason)
		}
		if !o.IgnoreUnknown {
			t.line("  Ask for these rights, or go on without knowing with --ignore-unknown.")
		}
	}
	for _, b := range p.Blockers {
		t.line("In the way: %s (%s)\n  fix: %s", b.Problem, b.Code, b.Fix)
	}
}
