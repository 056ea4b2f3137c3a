package proof

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Outcome is what a test has found out about a key.
type Outcome string

// The outcomes. Only the first two are good; Uncompared is for a value that is there, but could not be read from Infisical.
const (
	Equal      Outcome = "equal"
	EmptyThere Outcome = "empty in Infisical, too"
	Uncompared Outcome = "not compared"
	Empty      Outcome = "empty"
	Masked     Outcome = "masked"
	Different  Outcome = "different"
	Missing    Outcome = "missing"
	Unknown    Outcome = "not in Infisical"
	Failed     Outcome = "not synced"
)

// AllKeys stands in for a key where all of them share a fate.
const AllKeys = "all keys"

// Key is what is known of one key. It never holds the value.
type Key struct {
	Key     string
	Outcome Outcome
	// InCluster and InInfisical are HMAC-SHA256 digests under a key that exists for this comparison alone, so that they say nothing of
	// the value. They are empty where there is no value.
	InCluster, InInfisical string
	// Took is the time from the ExternalSecret's creation to its Secret.
	Took time.Duration
	// Failure is set for outcomes that are failures.
	Failure *cause.Error
}

// Report is what a test has found out.
type Report struct {
	Namespace string
	Keys      []Key
	// Uncompared says why no value could be compared with Infisical's; nil if they were.
	Uncompared error
	// Left says what was removed after the test and what stays.
	Left Removal
}

// Asked reports whether the values were to be compared.
func (r Report) Asked() bool { return !errors.Is(r.Uncompared, errNotAsked) }

func problem(key string, outcome Outcome, c cause.Cause) Key {
	return Key{Key: key, Outcome: outcome, Failure: &cause.Error{Tried: "prove that " + key + " arrived", Cause: c}}
}

func failed(key string, err error) Key {
	k := Key{Key: key, Outcome: Failed}
	if !errors.As(err, &k.Failure) {
		k.Failure = &cause.Error{Tried: "prove that " + key + " arrived", Cause: cause.NotSynced, Err: err}
	}
	return k
}

// failure sums the failures up, or is nil. It names the keys.
func (r Report) failure(req Request) error {
	var bad []Key
	proved := 0
	for _, k := range r.Keys {
		switch {
		case k.Failure != nil:
			bad = append(bad, k)
		case k.Outcome != EmptyThere:
			proved++
		}
	}
	switch {
	case len(bad) == 1:
		return bad[0].Failure
	case len(bad) > 1:
		return summary(bad, len(r.Keys))
	case proved == 0:
		return &cause.Error{Tried: "prove that secrets arrive in namespace " + req.Namespace, Cause: cause.ValueEmpty}
	}
	return nil
}

func summary(bad []Key, of int) error {
	first := *bad[0].Failure
	var each []string
	for _, k := range bad {
		each = append(each, fmt.Sprintf("%s %s (%s)", k.Key, k.Outcome, k.Failure.Cause.Code))
	}
	first.Tried = fmt.Sprintf("prove that %d keys arrived", of)
	first.Cause.Summary = fmt.Sprintf("%d have not, the first because of this: %s", len(bad), first.Cause.Summary)
	first.Err = errors.New(strings.Join(each, "; "))
	return &first
}

// Sentence says of one key how it went, without its value.
func (k Key) Sentence() string {
	switch k.Outcome {
	case Equal:
		return fmt.Sprintf("%s arrived as a Kubernetes Secret in %s; keyed hashes are equal: Infisical %s, cluster %s (value not shown)",
			k.Key, k.Took, k.InInfisical, k.InCluster)
	case EmptyThere:
		return k.Key + " arrived; it is empty in Infisical, too"
	case Uncompared:
		return fmt.Sprintf("%s arrived as a Kubernetes Secret in %s; it is not empty, and could not be compared with Infisical's", k.Key, k.Took)
	}
	return fmt.Sprintf("%s %s: %s (%s)", k.Key, k.Outcome, k.Failure.Cause.Summary, k.Failure.Cause.Code)
}
