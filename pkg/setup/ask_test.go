package setup

import (
	"context"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

func TestCheckAsksOnlyForWhatIsNowhere(t *testing.T) {
	asked := 0
	ask := func(context.Context) (infisical.UniversalAuth, error) {
		asked++
		return infisical.UniversalAuth{ClientID: "id", ClientSecret: canary}, nil
	}
	c := newCluster(store("p").Object())
	c.Desired.Key = "KEY"
	in := Inputs{Ask: ask}
	if err := c.Check(t.Context(), &in); err != nil || asked != 1 || in.Credentials == nil || in.Credentials.ClientID != "id" {
		t.Errorf("error %v, asked %d times, got %v", err, asked, in.Credentials)
	}

	c = newCluster(store("p").Object(), pairSecret(map[string]string{"clientId": "id", "clientSecret": canary}))
	c.Desired.Key = "KEY"
	in = Inputs{Ask: ask}
	if err := c.Check(t.Context(), &in); err != nil || asked != 1 || in.Credentials != nil {
		t.Errorf("with credentials in the cluster: error %v, asked %d times", err, asked)
	}
}
