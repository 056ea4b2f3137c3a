// Package doctor examines a cluster without changing it: it reads what the chosen checks need into one snapshot, runs the checks on it, and
// reports what they found. What there is to read and to check is in package checks, what codes mean in package catalogue, and how a
// report is written in package render.
package doctor

import (
	"context"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// defaultBudget is how long a check may take that sets nothing else, together with the reading of what it judges.
const defaultBudget = 20 * time.Second

// Check finds out whether one expected fact holds. Its title, its severity and what to do are in the catalogue, under its code.
type Check struct {
	Code cause.Code
	// Needs are checks without whose pass this one says nothing. Where one of them does not pass, this one is skipped.
	Needs []cause.Code
	// Inputs are what it reads of the snapshot, and all that it may read.
	Inputs []Source
	// Budget bounds the check; 0 stands for 20 s.
	Budget time.Duration
	// Run judges. What it returns is a finding for each object it looked at, or for each group of objects that have the same; nothing means
	// that there is nothing of the kind, which is as good as a pass.
	Run func(ctx context.Context, s *Snapshot) Result
}

// Result is what a check has found.
type Result []Finding

func (c Check) budget() time.Duration {
	if c.Budget > 0 {
		return c.Budget
	}
	return defaultBudget
}
