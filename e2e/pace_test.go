//go:build e2e && !long

package e2e

// The short variant looks at some points where a run can be killed, and at some syncs; see pace_long_test.go.
const (
	killStep            = 4
	rotationKillStep    = 6
	syncsDuringRotation = 20
	everyFaultInEachAge = false
	gridStep            = 6
	upKills             = 5
)
