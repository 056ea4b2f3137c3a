package setup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// placeTimeout bounds the look at Infisical before a store is written: ESO will look anyway.
const placeTimeout = 10 * time.Second

// checkPlace asks Infisical, with one login, whether the store's project, environment and path exist. What cannot be found out is a
// verify.UnsureError.
func (r *Runner) checkPlace(ctx context.Context, store eso.Store) (checked bool, err error) {
	switch {
	case r.Desired.Verify == verify.None:
		return false, nil
	case r.Desired.Verify == verify.Cluster:
		return false, unsure("with --verify=cluster ESO alone looks at Infisical, and an old Infisical answers it for an unknown environment as for an empty one")
	case store.Organization != "":
		return false, unsure("from here the machine identity logs in to its own organisation only; ESO alone looks at %s", store.Organization)
	}
	if at, why := r.knownRefusal(ctx, store); why.Code != "" {
		return false, unsure("there is no login from here, since ESO's has failed at %s: %s", at.UTC().Format("15:04:05 MST"), why.Summary)
	}
	limited, cancel := context.WithTimeout(ctx, placeTimeout)
	defer cancel()
	r.Progress("looking for project, environment and path in Infisical")
	session, err := r.logIn(limited, store)
	if err != nil {
		return false, r.whetherUnsure(ctx, store, err)
	}
	defer verify.Close(ctx, session)
	err = verify.Place(limited, session, infisical.Scope{ProjectSlug: store.Project, EnvironmentSlug: store.Environment, Path: store.Path})
	return err == nil, err
}

func unsure(format string, values ...any) error {
	return &verify.UnsureError{Err: fmt.Errorf(format, values...)}
}

// whetherUnsure keeps what ESO would meet, too, and calls all else unsure.
func (r *Runner) whetherUnsure(ctx context.Context, store eso.Store, err error) error {
	if ctx.Err() != nil {
		return err
	}
	if apierrors.IsForbidden(err) || !verify.Decides(err) {
		return &verify.UnsureError{Err: err}
	}
	err = cause.Wrap("check the place in Infisical", err)
	var named *cause.Error
	if errors.As(err, &named) && store.Namespace != "" {
		named.Cause.Fix = strings.ReplaceAll(named.Cause.Fix, "kubectl eso-infisical bootstrap", "kubectl eso-infisical bootstrap --store-namespace "+store.Namespace)
	}
	return err
}

// knownRefusal finds out, without a login, whether one would be refused: the identity is locked, or ESO has been refused with the same
// credentials. Three refusals lock an identity for everybody.
func (r *Runner) knownRefusal(ctx context.Context, store eso.Store) (time.Time, cause.Cause) {
	if store.Auth == eso.KubernetesAuth {
		return time.Time{}, cause.Cause{}
	}
	stores, err := r.existingStores(ctx)
	if err != nil {
		return time.Time{}, cause.Cause{}
	}
	for _, s := range stores {
		if s.Credentials != store.Credentials || s.Auth == eso.KubernetesAuth {
			continue
		}
		at, text, failed := s.Key().LastFailure(ctx, r.Dynamic)
		if !failed {
			continue
		}
		why, _ := cause.FromText(text)
		locked := why.Code == cause.LockedOut && time.Since(at) < cause.DefaultLockout
		refused := why.Code == cause.WrongCredentials && r.sameCredentials(ctx, s)
		if locked || refused {
			return at, why
		}
	}
	return time.Time{}, cause.Cause{}
}

// sameCredentials reports whether the store's Secret is the one that ESO was last made to look at.
func (r *Runner) sameCredentials(ctx context.Context, s eso.Store) bool {
	held, err := eso.Stores(r.Dynamic, s.Namespace).Get(ctx, s.Name, metav1.GetOptions{})
	if err != nil {
		return false
	}
	seen, _, _ := strings.Cut(eso.LookedAt(held), " ")
	now, _, _ := strings.Cut(r.inputVersions(ctx, s), " ")
	return seen == now
}
