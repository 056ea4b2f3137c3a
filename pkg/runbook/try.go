package runbook

import (
	"context"
	"fmt"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Try shows the API server, and the webhooks behind it, what the plan would write, as far as the kinds are known there already. Nothing is
// changed. What is refused is returned.
func (p *Plan) Try(ctx context.Context) (refused []error, err error) {
	err = p.book.doing("dry run", func(tell func(string)) error {
		if p.install != nil {
			trials, err := p.book.operator().Telling(tell).Try(ctx, *p.install)
			if err != nil {
				return err
			}
			refused = append(refused, refusals(trials)...)
		}
		for _, part := range p.parts {
			if part.Step != ApplyStore || part.Action == Right || p.moved(part.of, Install) {
				continue
			}
			if err := part.of.Runner.Telling(tell).TryStore(ctx); err != nil {
				refused = append(refused, fmt.Errorf("%s: %w", part.Object, err))
			}
		}
		return nil
	})
	return refused, err
}

func refusals(trials []setup.Trial) []error {
	var refused []error
	for _, t := range trials {
		if t.Err != nil {
			refused = append(refused, fmt.Errorf("%s: %w", t.Object, t.Err))
		}
	}
	return refused
}
