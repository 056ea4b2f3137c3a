package kube

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// A run that holds a claim says so every claimBeat; one that has not for claimSilence is dead.
const (
	claimBeat    = 2 * time.Second
	claimSilence = 8 * time.Second
)

// ClaimedError says that another run is at work. Nothing has been changed.
type ClaimedError struct {
	// Holder names it, as far as it can be named, and Since is when it began.
	Holder Holder
	Since  time.Time
}

func (e *ClaimedError) Error() string {
	return fmt.Sprintf("%s is at work since %s", e.Holder, e.Since.Local().Format(time.TimeOnly))
}

// ErrClaimLost is why a claim's Context ends when another run has taken this one for dead, as after a machine's sleep.
var ErrClaimLost = errors.New("another run has taken this one for dead, and works on the same cluster")

// Claims lets one run at a time work on something, by a Lease. A run that was killed loses its claim.
type Claims struct {
	Typed           kubernetes.Interface
	Namespace, Name string
	Me              Holder
	// Progress is told when there is somebody to wait for.
	Progress func(string)
}

// Look fails with a *ClaimedError while another run is at work. It writes nothing.
func (c Claims) Look(ctx context.Context) error {
	held, err := c.read(ctx)
	if err != nil || held == nil {
		return err
	}
	_, err = c.awaitSilence(ctx, held)
	return err
}

// Take makes the claim, or takes it over from a run that is dead. It fails with a *ClaimedError while another run is at work.
func (c Claims) Take(ctx context.Context) (*Claim, error) {
	for {
		held, err := c.read(ctx)
		if err != nil {
			return nil, err
		}
		if held != nil {
			if held, err = c.awaitSilence(ctx, held); err != nil {
				return nil, err
			}
		}
		taken, err := c.write(ctx, held)
		if apierrors.IsAlreadyExists(err) || apierrors.IsConflict(err) {
			continue // Somebody was faster, and may be at work.
		}
		if err != nil {
			return nil, fmt.Errorf("claim the cluster by Lease %s/%s: %w", c.Namespace, c.Name, err)
		}
		return c.hold(ctx, taken), nil
	}
}

// read returns nil where nobody holds the claim.
func (c Claims) read(ctx context.Context) (*coordinationv1.Lease, error) {
	held, err := c.Typed.CoordinationV1().Leases(c.Namespace).Get(ctx, c.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("see whether another run is at work, by Lease %s/%s: %w", c.Namespace, c.Name, err)
	}
	return held, nil
}

// awaitSilence returns the Lease once its holder is dead, or nil once it is gone.
func (c Claims) awaitSilence(ctx context.Context, held *coordinationv1.Lease) (*coordinationv1.Lease, error) {
	holder := parseHolder(value(held.Spec.HolderIdentity))
	if holder == c.Me || holder.gone(c.Me) {
		return held, nil
	}
	c.Progress("seeing whether " + holder.String() + ", which has begun a run, is alive")
	quiet := time.NewTimer(claimSilence)
	defer quiet.Stop()
	tick := time.NewTicker(claimBeat / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("see whether another run is alive: %w", ctx.Err())
		case <-quiet.C:
			return held, nil
		case <-tick.C:
			now, err := c.read(ctx)
			if err != nil || now == nil {
				return nil, err
			}
			if now.ResourceVersion != held.ResourceVersion {
				return nil, &ClaimedError{Holder: parseHolder(value(now.Spec.HolderIdentity)), Since: value(now.Spec.AcquireTime).Time}
			}
		}
	}
}

// write makes the Lease, or takes over the one that is held, as long as nobody has touched it.
func (c Claims) write(ctx context.Context, held *coordinationv1.Lease) (*coordinationv1.Lease, error) {
	now, seconds, me := metav1.NowMicro(), int32(claimSilence/time.Second), c.Me.identity()
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: c.Name, Namespace: c.Namespace, Labels: map[string]string{ManagedByLabel: FieldManager}},
		Spec: coordinationv1.LeaseSpec{HolderIdentity: &me, AcquireTime: &now, RenewTime: &now, LeaseDurationSeconds: &seconds}}
	api := c.Typed.CoordinationV1().Leases(c.Namespace)
	if held == nil {
		return api.Create(ctx, lease, metav1.CreateOptions{FieldManager: FieldManager})
	}
	lease.ResourceVersion = held.ResourceVersion
	return api.Update(ctx, lease, metav1.UpdateOptions{FieldManager: FieldManager})
}

// Claim is held by this run until it is released.
type Claim struct {
	Claims
	lost context.CancelCauseFunc
	// Context ends with ErrClaimLost as its cause, or with the run's own.
	Context context.Context

	lease   *coordinationv1.Lease
	stop    context.CancelFunc
	beating sync.WaitGroup
}

func (c Claims) hold(ctx context.Context, lease *coordinationv1.Lease) *Claim {
	held := &Claim{Claims: c, lease: lease}
	held.Context, held.lost = context.WithCancelCause(ctx)
	beating, stop := context.WithCancel(context.WithoutCancel(ctx))
	held.stop = stop
	held.beating.Go(func() { held.beat(beating) })
	return held
}

func (c *Claim) beat(ctx context.Context) {
	tick := time.NewTicker(claimBeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			now := metav1.NowMicro()
			next := c.lease.DeepCopy()
			next.Spec.RenewTime = &now
			renewed, err := c.Typed.CoordinationV1().Leases(c.Namespace).Update(ctx, next, metav1.UpdateOptions{FieldManager: FieldManager})
			switch {
			case err == nil:
				c.lease = renewed
			case apierrors.IsConflict(err) || apierrors.IsNotFound(err):
				c.lost(ErrClaimLost)
				return
			}
			// A beat that is lost otherwise is made up for by the next.
		}
	}
}

// Release gives the claim up; the Lease goes, unless another run has it by now.
func (c *Claim) Release() {
	c.stop()
	c.beating.Wait()
	c.lost(context.Canceled)
	if errors.Is(context.Cause(c.Context), ErrClaimLost) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Context), claimSilence)
	defer cancel()
	// One that stays is taken over: this process is gone, or silent.
	_ = c.Typed.CoordinationV1().Leases(c.Namespace).Delete(ctx, c.Name, metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &c.lease.UID, ResourceVersion: &c.lease.ResourceVersion}})
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
