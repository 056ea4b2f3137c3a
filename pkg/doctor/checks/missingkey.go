package checks

import (
	"path"
	"regexp"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// askedFor is how ESO says which key it was after.
var askedFor = regexp.MustCompile(`\(key: ([^)]+)\)`)

// mostCompared bounds how many names one is compared with, and for how many keys.
const mostCompared = 1000

// spelling finds names of secrets that are there, for such as are not. That a secret is there is known from ExternalSecrets that are synced.
type spelling struct {
	known map[eso.StoreKey][]string
	// left is how many keys are still looked up.
	left int
}

func newSpelling(all []wish) *spelling {
	s := &spelling{known: map[eso.StoreKey][]string{}, left: mostCompared}
	seen := map[string]bool{}
	for _, w := range where(all, wish.synced) {
		for _, store := range w.Stores {
			for _, a := range w.Asked {
				if id := store.ID() + "\n" + a.Key; !seen[id] && len(s.known[store]) < mostCompared {
					seen[id], s.known[store] = true, append(s.known[store], a.Key)
				}
			}
		}
	}
	return s
}

// meant adds to the cause which secret may have been meant.
func (s *spelling) meant(c cause.Cause, w wish, text string) cause.Cause {
	m := askedFor.FindStringSubmatch(text)
	if c.Code != cause.SecretUnknown || m == nil || s.left == 0 {
		return c
	}
	s.left--
	for _, store := range w.Stores {
		if near := nearestKey(m[1], s.known[store]); near != "" {
			c.Summary += "; '" + near + "' is there"
			c.Fix = "write '" + near + "' in place of '" + m[1] + "', if that is what is meant"
			return c
		}
	}
	return c
}

// nearestKey is the name that differs in upper and lower case, dashes or the folder alone, or else in a few letters.
func nearestKey(asked string, known []string) string {
	plain := func(key string) string { return strings.ReplaceAll(strings.ToLower(path.Base(key)), "-", "_") }
	for _, key := range known {
		if plain(key) == plain(asked) && key != asked {
			return key
		}
	}
	for _, key := range cause.Nearest(asked, known) {
		if key != asked {
			return key
		}
	}
	return ""
}
