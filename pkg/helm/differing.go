package helm

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/Masterminds/semver/v3"
)

// Satisfies reports whether a chart's version is the one asked for, or lies in the range.
func Satisfies(asked, version string) bool {
	if asked == version {
		return true
	}
	constraint, err := semver.NewConstraint(asked)
	v, errVersion := semver.NewVersion(version)
	return err == nil && errVersion == nil && constraint.Check(v)
}

// Differing names, with dots between them, the keys whose value is not what is wanted. What is held beyond that does not count.
func Differing(held, wanted map[string]any) []string {
	var keys []string
	for key, value := range wanted {
		below, isTree := value.(map[string]any)
		under, wasTree := held[key].(map[string]any)
		switch {
		case isTree && wasTree:
			for _, k := range Differing(under, below) {
				keys = append(keys, key+"."+k)
			}
		case !same(held[key], value):
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// same compares as the release keeps values, in JSON: there 1 and 1.0 are one.
func same(a, b any) bool {
	left, err := json.Marshal(a)
	right, errRight := json.Marshal(b)
	return err == nil && errRight == nil && bytes.Equal(left, right)
}
