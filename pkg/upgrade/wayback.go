package upgrade

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// planWayBack sees whether the revision that works now could come back, and says what the failure of an upgrade would mean if it could not:
// the API server refuses definitions that lack a version in which objects may be stored by then. What an earlier run has begun had its way
// back looked at before.
func (u *Upgrader) planWayBack(_ context.Context, p *Plan) error {
	if p.earlier != nil {
		return nil
	}
	if p.WayBack == 0 {
		p.warn("the release has no revision that works: should the new one fail, there is no way back")
		return nil
	}
	objects := p.before
	if p.WayBack != p.last.Revision {
		var err error
		if objects, err = u.Releases.Manifest(p.Release, p.WayBack); err != nil {
			return err
		}
	}
	back, err := crds.Among(objects)
	if err != nil {
		return err
	}
	var stuck []string
	for _, c := range crds.Compare(p.chart, back) {
		if storage := c.Definition.Storage(); slices.Contains(c.VersionsRemoved, storage) {
			stuck = append(stuck, storage+" of "+c.Definition.Name)
		}
	}
	if len(stuck) > 0 {
		p.warn("the new version stores objects as %s, which revision %d does not know: should the new one fail, there is no way back",
			strings.Join(stuck, ", "), p.WayBack)
		p.WayBack = 0
	}
	return nil
}

// checkServed blocks where ESO is older than the version of its API by which stores are proved: to that program every store would be absent,
// and an upgrade that breaks them all would count as proved.
func (p *Plan) checkServed() {
	var without []string
	for _, resource := range []schema.GroupVersionResource{eso.ClusterSecretStores, eso.SecretStores, eso.ExternalSecrets} {
		name := resource.GroupResource().String()
		i := slices.IndexFunc(p.cluster, func(d crds.Definition) bool { return d.Name == name })
		if i < 0 {
			continue
		}
		if v, known := p.cluster[i].Version(resource.Version); !known || !v.Served {
			without = append(without, name)
		}
	}
	if len(without) > 0 {
		p.block("EI283", fmt.Sprintf("%s are not served as %s, so that this program can neither prove them nor go back", strings.Join(without, ", "),
			eso.ExternalSecrets.Version), fmt.Sprintf("upgrade to the chart 0.16.2 first, the first whose objects this program can read: "+
			"helm -n %s upgrade %s external-secrets/external-secrets --version 0.16.2 --reset-then-reuse-values", p.Namespace, p.Release))
	}
}
