package api

import "strconv"

// page is the part of a list that is asked for.
type page struct{ limit, offset int }

// readPage reads the part from query parameters; without them it is everything.
func readPage(in input) page {
	number := func(name string, preset int) int {
		value, err := strconv.Atoi(in.textOr(name, strconv.Itoa(preset)))
		if err != nil || value < 0 {
			in.report(wrongType("number", "nan", name))
		}
		return value
	}
	return page{limit: number("limit", 1<<30), offset: number("offset", 0)}
}

// slicePage returns the part of a list; past the end there is none.
func slicePage[T any](list []T, p page) []T {
	from := min(p.offset, len(list))
	return list[from:min(from+p.limit, len(list))]
}
