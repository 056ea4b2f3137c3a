//go:build e2e && long

package e2e

const (
	// killStep and rotationKillStep are the distances between the requests at which runs are killed.
	killStep, rotationKillStep = 1, 1
	// syncsDuringRotation is how many forced syncs must succeed while client secrets are rotated.
	syncsDuringRotation = 200
	// everyFaultInEachAge tries the faults of the cluster with servers of each age, too.
	everyFaultInEachAge = true
	// gridStep is the distance between the faults that are tried.
	gridStep = 1
	// upKills is at how many points up is killed.
	upKills = 30
)
