package upgrade

import (
	"fmt"
	"io"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/upgrade"
)

// The kinds of the documents.
const (
	planKind   = "UpgradePlan"
	resultKind = "UpgradeResult"
)

type planDocument struct {
	output.Header
	*upgrade.Plan
}

type resultDocument struct {
	output.Header
	*upgrade.Result
}

// lines writes line after line and keeps the first error.
type lines struct {
	w   io.Writer
	err error
}

func (l *lines) add(format string, args ...any) {
	if l.err == nil {
		_, l.err = fmt.Fprintf(l.w, format+"\n", args...)
	}
}

func writePlan(w io.Writer, p *upgrade.Plan) error {
	l := &lines{w: w}
	if p.Unchanged {
		l.add("release/%s unchanged: %s is installed, with these values", p.Release, p.To)
		return l.err
	}
	l.add("Upgrade of release %s in namespace %s: %s → %s", p.Release, p.Namespace, p.From, p.To)
	if p.Resumes != "" {
		l.add("  %s", p.Resumes)
	}
	writeValues(l, "values that stay", p.ValuesKept)
	writeValues(l, "values that change", p.ValuesChanged)
	writeDefinitions(l, p.Definitions)
	if p.Backup != "" {
		l.add("  backup of all objects: %s, which only you may read; a store or generator with inline data has that in it", p.Backup)
	}
	l.add("  to be proved afterwards: %d stores", len(p.Stores))
	for _, s := range p.Stores {
		with := "no ExternalSecret of it is ready"
		if s.ExternalSecret != "" {
			with = "by syncing ExternalSecret " + s.ExternalSecret
		}
		l.add("    %s, %s", storeName(s), with)
	}
	if p.WayBack > 0 {
		l.add("  way back: revision %d", p.WayBack)
	}
	for _, warning := range p.Warnings {
		l.add("  warning: %s", warning)
	}
	for _, b := range p.Blockers {
		l.add("  stands against it: %s (%s)", b.Problem, b.Code)
	}
	return l.err
}

func writeValues(l *lines, title string, values []upgrade.Value) {
	if len(values) > 0 {
		l.add("  %s:", title)
	}
	for _, v := range values {
		l.add("    %s", v)
	}
}

// writeDefinitions tells what happens to definitions, and how many objects those that stay as they are have.
func writeDefinitions(l *lines, definitions []upgrade.Definition) {
	if len(definitions) == 0 {
		return
	}
	objects, same := 0, 0
	l.add("  custom resource definitions:")
	for _, d := range definitions {
		changes := definitionChanges(d)
		if objects += d.Objects; len(changes) == 0 {
			same++
			continue
		}
		l.add("    %s (%d objects): %s", d.Name, d.Objects, strings.Join(changes, "; "))
	}
	others := "others"
	if same == len(definitions) {
		others = "of them, all,"
	}
	l.add("    %d %s lose nothing; %d objects in all", same, others, objects)
}

func definitionChanges(d upgrade.Definition) []string {
	var changes []string
	say := func(format string, names []string) {
		if len(names) > 0 {
			changes = append(changes, fmt.Sprintf(format, strings.Join(names, ", ")))
		}
	}
	if d.New {
		changes = append(changes, "new")
	}
	say("without the version %s", d.VersionsRemoved)
	say("no longer serves %s", d.VersionsUnserved)
	say("objects stored as %s are rewritten", d.Migrate)
	var fields []string
	for _, f := range d.FieldsRemoved {
		fields = append(fields, fmt.Sprintf("%s of %s (used by %d)", f.Path, f.Version, f.Objects))
	}
	say("without the field %s", fields)
	return changes
}

func storeName(s upgrade.Store) string {
	if s.Namespace == "" {
		return s.Kind + " " + s.Name
	}
	return s.Kind + " " + s.Namespace + "/" + s.Name
}

func writeResult(w io.Writer, r *upgrade.Result) error {
	l := &lines{w: w}
	switch r.Outcome {
	case upgrade.Unchanged:
		l.add("release/%s unchanged: %s is installed, with these values", r.Release, r.To)
	case upgrade.Upgraded:
		l.add("release/%s upgraded from %s to %s, revision %d, in %.1f s", r.Release, r.From, r.To, r.Revision, r.Duration)
	case upgrade.RolledBack:
		l.add("release/%s rolled back from %s to %s, revision %d, in %.1f s", r.Release, r.To, r.From, r.Revision, r.Duration)
	case upgrade.Refused:
		l.add("release/%s is as before, at %s", r.Release, r.From)
	case upgrade.Incomplete:
		l.add("release/%s is at revision %d, which is not proved", r.Release, r.Revision)
	}
	if r.Backup != "" {
		l.add("  backup: %s, %d objects", r.Backup, r.BackedUp)
	}
	for _, m := range r.Migrated {
		l.add("  rewritten: %d objects of %s", m.Objects, m.Definition)
	}
	writeProofs(l, "", r.Stores)
	if r.Rollback != nil {
		writeProofs(l, "after the rollback: ", r.Rollback.Stores)
	}
	return l.err
}

func writeProofs(l *lines, when string, proofs []upgrade.Proof) {
	for _, p := range proofs {
		text := when + storeName(p.Store)
		switch {
		case p.Problem != "":
			text += " does not work: " + p.Problem
		case p.Synced:
			text += " is ready, and ExternalSecret " + p.ExternalSecret + " has been fetched anew"
		case p.Ready:
			text += " is ready"
		}
		if p.Note != "" {
			text += " (" + p.Note + ")"
		}
		l.add("  %s", text)
	}
}
