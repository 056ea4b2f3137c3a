package initialize

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup/file"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// list finds out which projects there are to choose from, where somebody's access was given. That it cannot be found out is told, and no more:
// slugs can be typed.
func (q *interviewer) list(ctx context.Context, s *file.Setup, ca *trust.Bundle) {
	access, given, err := q.o.access(ctx)
	if !given {
		return
	}
	if err == nil {
		desired := q.o.Desired
		desired.Host = s.Infisical.Host
		runner := q.o.Factory.Infisical(desired)
		runner.CA = ca
		q.o.Factory.Progress.Start("projects")
		q.projects, err = runner.Projects(ctx, access)
		q.o.Factory.Progress.Done("", err != nil)
	}
	switch {
	case err != nil:
		q.o.Factory.Note("the projects cannot be listed: " + err.Error())
	case len(q.projects) == 0:
		q.o.Factory.Note("Infisical names no project; servers of 2024 tell a machine identity of none")
	}
	slices.SortFunc(q.projects, func(a, b infisical.Project) int { return strings.Compare(a.Slug, b.Slug) })
}

// access is an administrator's, or else the machine identity's own where nobody needs to be asked for it: up asks for it later.
func (o *Options) access(ctx context.Context) (access setup.AdminAccess, given bool, err error) {
	switch {
	case o.Admin.Given():
		access, err = o.Admin.Read(ctx, o.Factory.Streams)
		return access, true, err
	case o.Credentials.Complete():
		pair, err := o.Credentials.Read(ctx, o.Factory.Streams)
		return setup.AdminAccess{Pair: &pair}, true, err
	}
	return access, false, nil
}

// choice is one of several: what is written into the file, and what people call it.
type choice struct{ slug, name string }

// project asks which one, and returns it if Infisical has named it.
func (q *interviewer) project(ctx context.Context, t *file.Store) (infisical.Project, error) {
	var choices []choice
	for _, p := range q.projects {
		choices = append(choices, choice{p.Slug, p.Name})
	}
	if err := q.choose(ctx, &t.Project, "stores.project", "Project", "", choices); err != nil {
		return infisical.Project{}, err
	}
	for _, p := range q.projects {
		if p.Slug == t.Project {
			return p, nil
		}
	}
	return infisical.Project{}, nil
}

func (q *interviewer) environment(ctx context.Context, t *file.Store, p infisical.Project) error {
	var choices []choice
	otherwise := setup.DefaultEnvironment
	for _, e := range p.Environments {
		choices = append(choices, choice{e.Slug, e.Name})
	}
	if len(choices) > 0 && !slices.ContainsFunc(choices, func(c choice) bool { return c.slug == otherwise }) {
		otherwise = choices[0].slug
	}
	return q.choose(ctx, &t.Environment, "stores.environment", "Environment", otherwise, choices)
}

// choose asks for the number or the slug of one of the choices, or for any slug where there are none.
func (q *interviewer) choose(ctx context.Context, value *string, field, what, otherwise string, choices []choice) error {
	if len(choices) == 0 {
		return q.text(ctx, value, field, what+", by its slug", otherwise)
	}
	if *value == "" {
		q.show(choices)
	}
	var chosen string
	refusal := func(answer string) string {
		chosen = pick(answer, choices)
		if chosen == "" {
			return "is none of these; type a number or a slug"
		}
		return ""
	}
	if *value != "" {
		return nil
	}
	if err := q.ask(ctx, value, what+", by its number or slug", otherwise, refusal, false); err != nil {
		return err
	}
	*value = chosen
	return nil
}

func (q *interviewer) show(choices []choice) {
	table := tabwriter.NewWriter(q.o.Factory.Streams.ErrOut, 0, 0, 2, ' ', 0)
	for i, c := range choices {
		fmt.Fprintf(table, "  %d\t%s\t%s\n", i+1, c.slug, c.name)
	}
	_ = table.Flush()
}

// pick is the slug of what the answer means, or empty. A name is taken as well where it is one project's.
func pick(answer string, choices []choice) string {
	for _, c := range choices {
		if c.slug == answer {
			return c.slug
		}
	}
	if n, err := strconv.Atoi(answer); err == nil && n > 0 && n <= len(choices) {
		return choices[n-1].slug
	}
	var named []string
	for _, c := range choices {
		if strings.EqualFold(c.name, answer) {
			named = append(named, c.slug)
		}
	}
	if len(named) == 1 {
		return named[0]
	}
	return ""
}
