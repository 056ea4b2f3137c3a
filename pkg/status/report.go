// Package status says on one screen how External Secrets Operator, its stores for Infisical and their ExternalSecrets are. It only reads,
// and its memory does not grow with the number of ExternalSecrets that are well.
package status

import (
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Verdict sums a report up.
type Verdict string

// The verdicts. Unknown means that nothing was seen to be wrong, but not everything could be looked at.
const (
	Well    Verdict = "well"
	Failing Verdict = "failing"
	Unknown Verdict = "unknown"
)

// Report is all that was seen. What could not be looked at is nil, never zero, and named in Unknown.
type Report struct {
	Verdict Verdict   `json:"verdict"`
	At      time.Time `json:"at"`
	// Namespaces are those that were looked at, or none for all.
	Namespaces []string `json:"namespaces,omitempty"`
	Operator   Operator `json:"operator"`
	Stores     []*Store `json:"stores"`
	// ExternalSecrets counts those that refer to one of Stores, each once.
	ExternalSecrets *Tally `json:"externalSecrets"`
	// Others are of other providers, or use generators alone; nothing is judged of them. With a Scope of one store they are not counted.
	Others *Others `json:"others,omitempty"`
	// Problems are those that belong to no store.
	Problems []Problem `json:"problems,omitempty"`
	// Failures names every ExternalSecret that fails, if that was asked for.
	Failures []Failure `json:"failures,omitempty"`
	Unknown  []Gap     `json:"unknown,omitempty"`
}

// Operator is the installation of External Secrets Operator.
type Operator struct {
	Namespace string `json:"namespace"`
	// Version and Chart are those that the Deployments are labelled with.
	Version     string       `json:"version,omitempty"`
	Chart       string       `json:"chart,omitempty"`
	Release     *Release     `json:"release"`
	Deployments []Deployment `json:"deployments"`
	Webhook     *Webhook     `json:"webhook"`
	Problems    []Problem    `json:"problems,omitempty"`
}

// Release is the Helm release. Status is Helm's own word, or "absent".
type Release struct {
	Name     string `json:"name"`
	Status   string `json:"status"`
	Revision int    `json:"revision,omitempty"`
}

// Deployment is one of ESO's, with its pods that are ready and those that it wants.
type Deployment struct {
	Name   string `json:"name"`
	Ready  int    `json:"ready"`
	Wanted int    `json:"wanted"`
}

// Webhook is what stands behind the webhook's Service. Whether the API server reaches it, the doctor tries.
type Webhook struct {
	ReadyEndpoints int `json:"readyEndpoints"`
}

// Problem is something that is wrong.
type Problem struct {
	Code    cause.Code `json:"code"`
	Summary string     `json:"summary"`
	Fix     string     `json:"fix,omitempty"`
	Detail  string     `json:"detail,omitempty"`
}

// Store is a store for Infisical, or one that ExternalSecrets refer to and that does not exist.
type Store struct {
	Kind        string `json:"kind"`
	Namespace   string `json:"namespace,omitempty"`
	Name        string `json:"name"`
	Missing     bool   `json:"missing,omitempty"`
	Host        string `json:"host,omitempty"`
	Project     string `json:"project,omitempty"`
	Environment string `json:"environment,omitempty"`
	Path        string `json:"path,omitempty"`
	Auth        string `json:"auth,omitempty"`
	CA          *CA    `json:"ca,omitempty"`
	// Ready is ESO's verdict, "True" or "False", or empty when there is none.
	Ready string     `json:"ready,omitempty"`
	Since *time.Time `json:"since,omitempty"`
	// LastChecked is when ESO last said how the store is, as far as its events tell. Stale means that this is too long ago to rely on.
	LastChecked *time.Time `json:"lastChecked,omitempty"`
	Stale       bool       `json:"stale,omitempty"`
	Problems    []Problem  `json:"problems,omitempty"`
	// ExternalSecrets counts those that refer to the store.
	ExternalSecrets *Tally  `json:"externalSecrets"`
	Causes          []Group `json:"causes,omitempty"`
}

// CA is where the store takes the server's CA from; empty means that the system's certificates serve.
type CA struct {
	From string `json:"from,omitempty"`
	// Until is when the first of the certificates expires.
	Until *time.Time `json:"until,omitempty"`
	// Soon means that this is within thirty days.
	Soon bool `json:"soon,omitempty"`
}

// Tally counts ExternalSecrets.
type Tally struct {
	Total   int `json:"total"`
	Ready   int `json:"ready"`
	Failing int `json:"failing"`
	// Waiting have been made a moment ago; ESO has not looked at them yet.
	Waiting int `json:"waiting"`
	// Overdue are ready, but their next pass should have come long ago.
	Overdue int `json:"overdue"`
	// OldestRefresh is the start of the last pass that succeeded, where that is longest ago.
	OldestRefresh *time.Time `json:"oldestRefresh,omitempty"`
	// Incomplete means that there may be more: not all could be read.
	Incomplete bool `json:"incomplete,omitempty"`
}

// Others counts what is not Infisical's.
type Others struct {
	Stores          int `json:"stores"`
	ExternalSecrets int `json:"externalSecrets"`
}

// Group are the ExternalSecrets of a store that fail, or are overdue, for the same reason.
type Group struct {
	Problem
	Count int `json:"count"`
	// Examples are some of them, as NAMESPACE/NAME.
	Examples []string `json:"examples"`
}

// Failure is one ExternalSecret that fails, or is overdue.
type Failure struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Store     string `json:"store"`
	Problem
}

// Gap is something that could not be looked at.
type Gap struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// judge sets the verdict.
func (r *Report) judge() {
	r.Verdict = Well
	if len(r.Unknown) > 0 {
		r.Verdict = Unknown
	}
	failing := len(r.Operator.Problems)+len(r.Problems) > 0
	for _, s := range r.Stores {
		failing = failing || len(s.Problems) > 0
		if s.Stale {
			r.Verdict = Unknown // Whether it still holds is not known.
		}
	}
	if t := r.ExternalSecrets; t != nil {
		failing = failing || t.Failing > 0 || t.Overdue > 0
	}
	if failing {
		r.Verdict = Failing
	}
}
