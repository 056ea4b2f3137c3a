//go:build e2e && !linux

package e2e

import "testing"

func statusLive(t *testing.T, _ *sandbox) { t.Skip("the test opens its terminal in Linux's way") }
