package up

import (
	"context"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/runbook"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// inputs reads what was given for each target. What several of them share is read once, and a person is asked for it once, for however many
// stores and clusters.
func (o *Options) inputs(ctx context.Context) ([]setup.Inputs, error) {
	pairs := map[*flags.Credentials]*pair{}
	bundles := map[*flags.CAFile]*trust.Bundle{}
	var all []setup.Inputs
	for _, t := range o.targets {
		p, known := pairs[t.Credentials]
		if !known {
			p = &pair{of: t.Credentials, options: o}
			pairs[t.Credentials] = p
			if o.given(t) {
				if _, err := p.read(ctx); err != nil {
					return nil, err
				}
			}
		}
		if _, known := bundles[t.CA]; !known && o.Choice.Takes(runbook.Bootstrap, runbook.ApplyCA) {
			bundle, err := t.CA.Optional(o.Factory.Streams)
			if err != nil {
				return nil, err
			}
			bundles[t.CA] = bundle
		}
		in := setup.Inputs{CA: bundles[t.CA], Ask: p.ask}
		if o.given(t) {
			in.Credentials = p.auth
		}
		all = append(all, in)
	}
	return all, nil
}

// given reports whether there are credentials to write. A client ID that stands in the Setup file alone only spares a person the typing.
func (o *Options) given(t flags.Target) bool {
	return o.Choice.Takes(runbook.Bootstrap) && (t.Credentials.SecretGiven() || o.Credentials.Given())
}

// pair is a machine identity's, once it has been read.
type pair struct {
	of      *flags.Credentials
	options *Options
	auth    *infisical.UniversalAuth
}

func (p *pair) read(ctx context.Context) (infisical.UniversalAuth, error) {
	if p.auth != nil {
		return *p.auth, nil
	}
	auth, err := p.of.Read(ctx, p.options.Factory.Streams)
	if err == nil {
		p.auth = &auth
	}
	return auth, err
}

// ask is read while progress is shown.
func (p *pair) ask(ctx context.Context) (infisical.UniversalAuth, error) {
	defer p.options.Factory.Progress.Pause()()
	return p.read(ctx)
}
