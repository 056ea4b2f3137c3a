package proof

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// masked is what newer servers give in place of a value that the identity may not read.
const masked = "<hidden-by-infisical>"

// errNotAsked is why nothing is compared where that was not wanted.
var errNotAsked = errors.New("the values were not to be compared")

// comparison digests values under a key that exists for it alone, so that a digest says nothing of the value.
type comparison struct{ key []byte }

func newComparison() (comparison, error) {
	c := comparison{key: make([]byte, sha256.Size)}
	if _, err := rand.Read(c.key); err != nil {
		return c, fmt.Errorf("make a key for the comparison: %w", err)
	}
	return c, nil
}

func (c comparison) digest(value []byte) string {
	mac := hmac.New(sha256.New, c.key)
	mac.Write(value)
	return fmt.Sprintf("%x", mac.Sum(nil)[:8])
}

// arrival judges the keys of one ExternalSecret.
func (c comparison) arrival(a arrival, originals originals) []Key {
	if a.key == "" {
		return c.all(a, originals)
	}
	if a.err != nil {
		return []Key{failed(a.key, a.err)}
	}
	value, arrived := a.data[targetKey]
	original, found := originals.find(a.key)
	if originals.unread == nil && !found {
		return []Key{problem(a.key, Unknown, cause.KeyUnknown("'"+a.key+"'"))}
	}
	k := c.judge(a.key, value, arrived, original, originals.unread == nil)
	k.Took = a.took
	return []Key{k}
}

// all judges every key that Infisical has in the store's place, and every one in the Secret.
func (c comparison) all(a arrival, originals originals) []Key {
	if a.err != nil {
		return []Key{failed(AllKeys, a.err)}
	}
	secrets := originals.all[originals.path]
	byName := map[string]infisical.Secret{}
	for name, secret := range secrets {
		byName[asKey(name)] = secret
	}
	names := maps.Clone(a.data)
	if names == nil {
		names = map[string][]byte{}
	}
	for name := range byName {
		names[name] = nil
	}
	var keys []Key
	for _, name := range slices.Sorted(maps.Keys(names)) {
		value, arrived := a.data[name]
		original, found := byName[name]
		k := c.judge(name, value, arrived, original, originals.unread == nil)
		if originals.unread == nil && !found {
			k = problem(name, Unknown, cause.KeyUnknown("'"+name+"'"))
		} else if len(value) == 0 && arrived && found && len(original.Value) == 0 && !original.Hidden {
			k = Key{Key: name, Outcome: EmptyThere} // Among others, one that is empty on purpose proves no fault.
		}
		k.Took = a.took
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return []Key{problem(AllKeys, Missing, cause.NothingArrived)}
	}
	return keys
}

// judge fails for a value that is empty, masked or different: ESO calls all three ready.
func (c comparison) judge(key string, value []byte, arrived bool, original infisical.Secret, readable bool) Key {
	switch {
	case original.Hidden || string(value) == masked:
		return problem(key, Masked, cause.ValueMasked)
	case !arrived:
		return problem(key, Missing, cause.ValueMissing)
	case len(value) == 0:
		return problem(key, Empty, cause.ValueEmpty)
	case !readable:
		return Key{Key: key, Outcome: Uncompared, InCluster: c.digest(value)}
	}
	k := Key{Key: key, Outcome: Equal, InCluster: c.digest(value), InInfisical: c.digest(original.Value)}
	if k.InCluster != k.InInfisical {
		different := problem(key, Different, cause.ValueDifferent)
		different.InCluster, different.InInfisical = k.InCluster, k.InInfisical
		return different
	}
	return k
}

var unfit = regexp.MustCompile(`[^-._a-zA-Z0-9]`)

// asKey is the key of a Secret that ESO makes of a name: what is not allowed there becomes an underscore.
func asKey(name string) string { return unfit.ReplaceAllString(name, "_") }
