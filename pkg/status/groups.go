package status

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// exampleCount is how many members of a group are named.
const exampleCount = 3

// groups are failures by the code of their cause.
type groups map[cause.Code]*Group

// named is what a summary quotes; summaries read well without it.
var named = regexp.MustCompile(` '[^']*'`)

// add puts a failure of the object into its group. Where causes differ in a name only, the group's summary goes without it.
func (g *groups) add(p Problem, object string) {
	if *g == nil {
		*g = groups{}
	}
	group := (*g)[p.Code]
	if group == nil {
		group = &Group{Problem: p}
		(*g)[p.Code] = group
	}
	if group.Summary != p.Summary {
		group.Summary = named.ReplaceAllString(group.Summary, "")
	}
	group.Count++
	at, _ := slices.BinarySearch(group.Examples, object)
	group.Examples = slices.Insert(group.Examples, at, object)
	if len(group.Examples) > exampleCount {
		group.Examples = group.Examples[:exampleCount]
	}
	if group.Examples[0] == object {
		// Fix and detail are those of the first example, whatever order they come in.
		group.Fix, group.Detail = p.Fix, p.Detail
	}
}

// sorted are the groups, the largest first.
func (g groups) sorted() []Group {
	var all []Group
	for _, group := range g {
		all = append(all, *group)
	}
	slices.SortFunc(all, func(a, b Group) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code)) })
	return all
}
