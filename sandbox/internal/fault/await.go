package fault

import (
	"context"
	"fmt"
	"time"
)

const (
	// pollInterval: what is waited for here takes seconds, and one more question costs the sandbox little.
	pollInterval = 100 * time.Millisecond
	// checkTimeout bounds one question. A call to a webhook that is down can take ten seconds by itself.
	checkTimeout = 5 * time.Second
)

// await repeats a check until it succeeds. The error at the end holds the last reason why it did not.
func await(ctx context.Context, what string, check func(context.Context) error) error {
	for {
		bounded, cancel := context.WithTimeout(ctx, checkTimeout)
		err := check(bounded)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w (%w)", what, context.Cause(ctx), err)
		case <-time.After(pollInterval):
		}
	}
}
