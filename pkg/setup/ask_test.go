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
	gathered, err := c.Gather(t.Context(), Inputs{Ask: ask})
	if err != nil || asked != 1 || gathered.Credentials == nil || gathered.Credentials.ClientID != "id" {
		t.Errorf("error %v, asked %d times, got %v", err, asked, gathered.Credentials)
	}

	c = newCluster(store("p").Object(), pairSecret(map[string]string{"clientId": "id", "clientSecret": canary}))
	if gathered, err = c.Gather(t.Context(), Inputs{Ask: ask}); err != nil || asked != 1 || gathered.Credentials != nil {
		t.Errorf("with credentials in the cluster: error %v, asked %d times", err, asked)
	}
}
