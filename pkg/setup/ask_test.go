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
	checked, err := c.Check(t.Context(), Inputs{Ask: ask}, true)
	if err != nil || asked != 1 || checked.Credentials == nil || checked.Credentials.ClientID != "id" {
		t.Errorf("error %v, asked %d times, got %v", err, asked, checked.Credentials)
	}

	c = newCluster(store("p").Object(), pairSecret(map[string]string{"clientId": "id", "clientSecret": canary}))
	if checked, err = c.Check(t.Context(), Inputs{Ask: ask}, true); err != nil || asked != 1 || checked.Credentials != nil {
		t.Errorf("with credentials in the cluster: error %v, asked %d times", err, asked)
	}
}
