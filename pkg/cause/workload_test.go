package cause

import (
	"strings"
	"testing"
)

func TestWorkloadStuck(t *testing.T) {
	seen := map[Code]bool{}
	for obstacle := range workloads {
		c := WorkloadStuck(obstacle, "Deployment d", "ns")
		if seen[c.Code] || c.Summary == "" || !strings.Contains(c.Fix, "kubectl -n ns describe pods") {
			t.Errorf("%s: %+v", obstacle, c)
		}
		seen[c.Code] = true
	}
	if c := WorkloadStuck("replicas", "Deployment d", "ns"); !strings.Contains(c.Fix, "kubectl -n ns scale deployment d --replicas 1") {
		t.Errorf("scaled to zero: %+v", c)
	}
	if c := WorkloadStuck("unheard of", "pod p", "ns"); c.Code != "EI210" {
		t.Errorf("unknown: %+v", c)
	}
}
