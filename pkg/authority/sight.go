package authority

import (
	"context"
	"fmt"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// sight is which of the two CAs the servers' chains lead to.
type sight struct {
	byOld, byNew bool
	warnings     []trust.Warning
}

// see looks at all servers. Each must be trusted with both CAs together, and one that has switched must be trusted with the new CA alone.
func (r *Rotator) see(ctx context.Context, plan Plan, old trust.Bundle) (sight, error) {
	all := sight{byNew: true}
	for _, server := range plan.Servers {
		one, err := r.seeOne(ctx, plan, server, old)
		if err != nil {
			return all, err
		}
		all.byOld = all.byOld || one.byOld
		all.byNew = all.byNew && one.byNew
		all.warnings = append(all.warnings, one.warnings...)
	}
	return all, nil
}

func (r *Rotator) seeOne(ctx context.Context, plan Plan, server verify.Server, old trust.Bundle) (sight, error) {
	if plan.Mode == verify.Cluster {
		return r.askESO(ctx, plan, server, old)
	}
	presented, err := r.Verifier.Look(ctx, server)
	if err != nil {
		return sight{}, err
	}
	s := sight{byOld: presented.LeadsTo(old), byNew: presented.LeadsTo(plan.Next)}
	judged := old.With(plan.Next)
	if s.byNew && !s.byOld {
		judged = plan.Next
	}
	verdict := presented.Judge(judged, trust.SystemPool(), time.Now())
	s.warnings = verdict.Warnings
	err = verdict.Err("verify the certificate of " + server.Host)
	switch {
	case s.byOld && !s.byNew && err != nil: // a reason to rotate rather than one not to
		s.warnings = append(s.warnings, trust.Warning{Kind: RefusedNow, Text: "as long as the server presents its present certificate, ESO refuses it: " + err.Error()})
		return s, nil
	case !s.byOld && !s.byNew && err == nil:
		return s, &cause.Error{Tried: "verify the certificate of " + server.Host, Cause: cause.Cause{Code: cause.UnknownAuthority,
			Summary: "the server's chain ends neither at the old CA nor at the new one, but at one that this machine's system trusts",
			Fix:     "give the CA that the server uses or is to use; if that is a public one, no CA is needed"}}
	}
	return s, err
}

// RefusedNow is the kind of the warning about a server that is refused for a reason which the new CA may end.
const RefusedNow trust.Kind = "RefusedNow"

// askESO lets ESO try the new CA, and the old one if need be. It cannot tell which of them a chain leads to, only whether one suffices.
func (r *Rotator) askESO(ctx context.Context, plan Plan, server verify.Server, old trust.Bundle) (sight, error) {
	var s sight
	server.CA = plan.Next
	_, newErr := r.Verifier.Trust(ctx, verify.Cluster, server)
	if c, _ := cause.Of(newErr); newErr != nil && !distrust(c.Code) {
		return s, newErr
	}
	s.byNew = newErr == nil
	if len(old.Certificates) == 0 {
		return s, newErr
	}
	server.CA = old
	_, oldErr := r.Verifier.Trust(ctx, verify.Cluster, server)
	if c, _ := cause.Of(oldErr); oldErr != nil && !distrust(c.Code) && !(s.byNew && c.Code == cause.CertificateDates) {
		return s, oldErr
	}
	s.byOld = oldErr == nil
	if !s.byOld && !s.byNew {
		return s, newErr
	}
	return s, nil
}

// await looks again and again until the servers have switched. Behind one name may be several, so that the new chain must be met some times
// in a row. Without Watch it gives up at the first sight of the old one.
func (r *Rotator) await(ctx context.Context, plan Plan, old trust.Bundle, seen sight) (sight, error) {
	pause, met := r.firstPause(), 1
	const settling = 5
	if plan.Mode == verify.Cluster {
		met = settling - 1 // each look takes long, and ESO meets another server by chance, too
	}
	for met < settling || seen.byOld {
		if seen.byOld {
			met = 0
			if !plan.Watch {
				return seen, nil
			}
			r.Progress("both CAs are in place; waiting for the server to present a certificate of the new one")
		}
		wait := pause
		if !seen.byOld {
			wait = r.firstPause() / 4
		}
		if err := sleep(ctx, wait); err != nil {
			return seen, fmt.Errorf("wait for the server to present a certificate of the new CA alone: %w; both CAs are in place, run the same command again", err)
		}
		if seen.byOld {
			pause = min(pause*3/2, maxPause)
		}
		next, err := r.see(ctx, plan, old)
		if err != nil && ctx.Err() == nil && plan.Watch {
			r.Progress("looking again soon: " + err.Error())
			seen.byOld = true
			continue
		}
		if err != nil {
			return seen, err
		}
		if seen = next; !seen.byOld {
			met++
		}
	}
	return seen, nil
}

// maxPause is the longest time between two looks.
const maxPause = 30 * time.Second

func (r *Rotator) firstPause() time.Duration {
	if r.Pause > 0 {
		return r.Pause
	}
	return 2 * time.Second
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
