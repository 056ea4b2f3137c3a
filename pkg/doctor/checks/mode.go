package checks

import (
	"context"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// maintained are the addresses of the servers that say of themselves that they are in maintenance mode. Newer ones answer a login with an internal
// error then, which tells nobody; they are asked only where ESO has met one.
var maintained = doctor.NewInput("the mode of Infisical", func(ctx context.Context, s *doctor.Snapshot) (map[string]bool, error) {
	found, err := stores.Of(ctx, s)
	if err != nil {
		return nil, err
	}
	on := map[string]bool{}
	for _, st := range found {
		if _, asked := on[st.Host]; asked || !visible(st.Host) || esoSays(ctx, s, st) != cause.ServerFailed {
			continue
		}
		client, err := infisical.New(st.Host, infisical.Options{RootCAs: bundleOf(ctx, s, st).Pool(), CallTimeout: stare, Timeout: stare})
		if err != nil {
			continue
		}
		// A server that cannot be asked from here says nothing, and ESO's own text stands.
		on[st.Host], _ = client.Maintenance(ctx)
	}
	return on, nil
}).Late().Asking(func(doctor.Cluster) []kube.Right { return nil }).Keeping(func(on map[string]bool) map[string]bool { return on })

var modeChecks = []doctor.Check{
	{Code: "EI528", Needs: codes("EI701"), Inputs: sources(stores, maintained), Run: eachStore(serverIsNotMaintained)},
}

func serverIsNotMaintained(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	on, err := maintained.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err, st.named()))
	}
	if !on[st.Host] {
		return one(doctor.Holds("", st.named()))
	}
	c, _ := cause.FromText("Infisical is in maintenance mode")
	return one(doctor.Problem(c, st.named()).Saying("GET /api/v1/admin/config answers isMigrationModeOn: true").From(st.seen("hostAPI")))
}
