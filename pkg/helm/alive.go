package helm

import "time"

// othersPatience is how long another program's run may have a release pending: Helm's own wait takes minutes.
const othersPatience = 5 * time.Minute

// MayLive is how much longer a run may still be working on the release, or 0 where none can be: it is not pending, or has been for so long
// that its run must have died.
func (r Release) MayLive(now time.Time) time.Duration {
	if r.Status != Pending {
		return 0
	}
	limit := othersPatience
	if r.Ours {
		limit = OperationTimeout
	}
	return max(0, limit-now.Sub(r.Updated))
}
