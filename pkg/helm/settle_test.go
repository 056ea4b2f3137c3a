package helm

import (
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/release"
)

func TestSettle(t *testing.T) {
	tests := []struct {
		name      string
		revisions []release.Status
		// want is the revision that is applied again.
		want string
	}{
		{"interrupted install", []release.Status{release.StatusPendingInstall}, "Rollback to 1"},
		{"interrupted upgrade", []release.Status{release.StatusDeployed, release.StatusPendingUpgrade}, "Rollback to 1"},
		{"interrupted rollback", []release.Status{release.StatusSuperseded, release.StatusDeployed, release.StatusFailed, release.StatusPendingRollback}, "Rollback to 2"},
		{"something missing", []release.Status{release.StatusSuperseded, release.StatusDeployed}, "Rollback to 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := inMemory(t, tt.revisions...)
			got, err := c.Settle(t.Context(), "eso")
			if err != nil || got.Status != Deployed || got.Revision != len(tt.revisions)+1 || !got.Ours {
				t.Fatalf("got %+v, %v", got, err)
			}
			last, err := c.config.Releases.Last("eso")
			if err != nil || !strings.Contains(last.Info.Description, tt.want) {
				t.Errorf("%q, %v; want %q", last.Info.Description, err, tt.want)
			}
		})
	}
	if _, err := inMemory(t).Settle(t.Context(), "eso"); err == nil {
		t.Error("a release that does not exist is settled")
	}
}

// TestGivenUp kills a run that settles a release between its first and its second request; the next one knows that it has to go on.
func TestGivenUp(t *testing.T) {
	c := inMemory(t, release.StatusDeployed, release.StatusPendingUpgrade)
	if err := c.failPending("eso"); err != nil {
		t.Fatal(err)
	}
	got, err := c.Get("eso")
	if err != nil || got.Status != Failed || !got.GivenUp {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err = c.Settle(t.Context(), "eso"); err != nil || got.Status != Deployed || got.GivenUp {
		t.Errorf("settled %+v, %v", got, err)
	}
	if got, err = inMemory(t, release.StatusDeployed, release.StatusFailed).Get("eso"); err != nil || got.GivenUp {
		t.Errorf("an upgrade that has failed by itself: %+v, %v", got, err)
	}
}
