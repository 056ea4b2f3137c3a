package cause

import (
	"slices"
	"strings"
)

// most is how many near names are offered.
const most = 3

// Nearest are the candidates that somebody may have meant who wrote word, the nearest first: those that differ in a few letters, or that
// begin with it.
func Nearest(word string, candidates []string) []string {
	type near struct {
		name     string
		distance int
	}
	var found []near
	for _, c := range candidates {
		d := distance(strings.ToLower(word), strings.ToLower(c))
		if d <= max(2, len(word)/3) || word != "" && strings.HasPrefix(strings.ToLower(c), strings.ToLower(word)) {
			found = append(found, near{c, d})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.distance - b.distance })
	var names []string
	for _, f := range found[:min(most, len(found))] {
		names = append(names, f.name)
	}
	return names
}

// distance is how many letters must be put in, taken out or replaced to make one word into the other.
func distance(from, to string) int {
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(from) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(to) {
			replaced := diagonal
			if from[i] != to[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j]+1, row[j+1]+1, replaced)
		}
	}
	return row[len(to)]
}
