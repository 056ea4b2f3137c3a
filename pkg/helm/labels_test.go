package helm

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestFromLabels(t *testing.T) {
	revision := func(version, status string, more ...string) unstructured.Unstructured {
		labels := map[string]string{"owner": "helm", "name": "r", "version": version, "status": status, "modifiedAt": "1700000000"}
		for i := 0; i+1 < len(more); i += 2 {
			labels[more[i]] = more[i+1]
		}
		var secret unstructured.Unstructured
		secret.SetLabels(labels)
		return secret
	}
	at := time.Unix(1700000000, 0)
	tests := map[string]struct {
		secrets []unstructured.Unstructured
		want    Release
	}{
		"none":               {nil, Release{Name: "r", Status: Absent}},
		"deployed":           {[]unstructured.Unstructured{revision("1", "deployed")}, Release{Name: "r", Revision: 1, Status: Deployed, RawStatus: "deployed", Updated: at}},
		"the last one":       {[]unstructured.Unstructured{revision("10", "pending-upgrade"), revision("9", "deployed")}, Release{Name: "r", Revision: 10, Status: Pending, RawStatus: "pending-upgrade", Updated: at}},
		"failed":             {[]unstructured.Unstructured{revision("2", "failed")}, Release{Name: "r", Revision: 2, Status: Failed, RawStatus: "failed", Updated: at}},
		"uninstalled":        {[]unstructured.Unstructured{revision("2", "uninstalled")}, Release{Name: "r", Revision: 2, Status: Absent, RawStatus: "uninstalled", Updated: at}},
		"ours":               {[]unstructured.Unstructured{revision("2", "deployed", madeByLabel, madeBy, revisionLabel, "2")}, Release{Name: "r", Revision: 2, Status: Deployed, RawStatus: "deployed", Updated: at, Ours: true}},
		"one before it ours": {[]unstructured.Unstructured{revision("3", "deployed", madeByLabel, madeBy, revisionLabel, "2")}, Release{Name: "r", Revision: 3, Status: Deployed, RawStatus: "deployed", Updated: at}},
		"no revision":        {[]unstructured.Unstructured{revision("x", "deployed")}, Release{Name: "r", Status: Absent}},
	}
	for name, tt := range tests {
		if diff := cmp.Diff(tt.want, FromLabels("r", tt.secrets)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
