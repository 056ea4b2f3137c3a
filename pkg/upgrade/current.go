package upgrade

import (
	"fmt"
	"reflect"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

// current fails if the cluster is no longer as it was when the plan was made: people take their time to answer, and what others have done
// meanwhile, values of theirs included, would be undone by a plan that knows nothing of it.
func (u *Upgrader) current(p *Plan, found *journal) error {
	if !reflect.DeepEqual(found, p.found) {
		return p.outdated("another run of upgrade has left its journal")
	}
	return u.sameRevision(p)
}

// sameRevision fails if the release's last revision is another one than that of the plan, or has another status.
func (u *Upgrader) sameRevision(p *Plan) error {
	history, err := u.Releases.History(p.Release)
	if err != nil {
		return err
	}
	last := helm.Release{RawStatus: "gone"}
	if len(history) > 0 {
		last = history[len(history)-1]
	}
	if last.Revision == p.last.Revision && last.Status == p.last.Status {
		return nil
	}
	return p.outdated(fmt.Sprintf("its last revision was %d, %s, and is %d, %s", p.last.Revision, p.last.RawStatus, last.Revision, last.RawStatus))
}

func (p *Plan) outdated(how string) error {
	return &cause.Error{Tried: p.tried(), Cause: cause.Cause{Code: "EI287", Summary: "it has changed since the plan was made: " + how,
		Fix: "run the same command again, and look at its new plan"}}
}
