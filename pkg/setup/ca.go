package setup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/authority"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// ReadCA reads a CA file of any form that package trust knows; source names it in errors, and password opens PKCS#12.
func ReadCA(source string, data []byte, password string) (trust.File, error) {
	file, err := trust.Read(data, password, time.Now())
	if err != nil {
		return file, &InputError{Problem: fmt.Sprintf("read the CA file %s: %v", source, err)}
	}
	return file, nil
}

// existingCA returns the object that was named or that the store names, else the default one if the cluster has it, and else none: a
// server whose certificate the system trusts needs none.
func (r *Runner) existingCA(ctx context.Context) (eso.CASource, error) {
	source := r.Desired.Authority()
	if r.Desired.CA.Name != "" {
		return source, nil
	}
	held, err := authority.Read(ctx, r.Dynamic, source)
	if err != nil || !held.Exists() {
		return eso.CASource{}, err
	}
	return source, nil
}

// heldCA is the bundle in an object of the cluster; no object holds none, so that the system's certificates alone count.
func (r *Runner) heldCA(ctx context.Context, source eso.CASource) (trust.Bundle, error) {
	if source.Name == "" {
		return trust.Bundle{}, nil
	}
	what := "read the CA in " + source.String()
	obj, err := r.Dynamic.Resource(source.Resource()).Namespace(source.Namespace).Get(ctx, source.Name, metav1.GetOptions{})
	if err != nil {
		return trust.Bundle{}, fmt.Errorf("%s: %w", what, err)
	}
	pem, _ := source.PEM(obj)
	bundle, err := trust.ParsePEM(pem, time.Now())
	if err != nil {
		return trust.Bundle{}, &cause.Error{Tried: what, Err: err, Cause: cause.CAUnusable}
	}
	return bundle, nil
}

// locateCA finds out which object holds the CA, or is to hold it.
func (r *Runner) locateCA(ctx context.Context) (eso.CASource, error) {
	err := recall(ctx, r, &r.Desired.CA, "--ca-configmap or --ca-secret", func(s eso.Store) eso.CASource { return s.CA })
	return r.Desired.Authority(), err
}

// caServers are those whose certificates the CA in the source is for: the one that was given, or those of the stores that use it, or of all
// that are meant. There may be none before there is a store.
func (r *Runner) caServers(ctx context.Context, source eso.CASource) ([]verify.Server, error) {
	if r.Desired.Host != "" {
		return []verify.Server{{Host: r.Desired.Host, Via: r.Desired.Via}}, nil
	}
	stores, err := r.existingStores(ctx)
	if err != nil {
		return nil, err
	}
	var using, meant []verify.Server
	add := func(to *[]verify.Server, host string) {
		server := verify.Server{Host: host, Via: r.Desired.Via}
		sameHost := func(s verify.Server) bool { return s.Host == server.Host }
		if !slices.ContainsFunc(*to, sameHost) {
			*to = append(*to, server)
		}
	}
	for _, s := range stores {
		host, err := infisical.NormalizeHost(s.Host)
		if err != nil {
			continue
		}
		if s.CA == source {
			add(&using, host)
		}
		if r.meant(s) {
			add(&meant, host)
		}
	}
	if len(using) > 0 {
		return using, nil
	}
	return meant, nil
}

// requireCARights sees that the object with the CA may be written, and that ESO may be told to look at stores.
func (r *Runner) requireCARights(ctx context.Context, source eso.CASource, exists bool) error {
	object := kube.Right{Resource: source.Resource().Resource, Namespace: source.Namespace}
	var rights []kube.Right
	if !exists {
		rights = kube.On(object, "create") // which no rule can limit to a name
	}
	object.Name = source.Name
	rights = append(rights, kube.On(object, "patch")...)
	rights = append(rights, kube.On(eso.StoreKey{}.Right(), "get", "list", "patch")...)
	rights = append(rights, kube.On(eso.StoreKey{Namespace: source.Namespace}.Right(), "get", "list", "patch")...)
	return kube.RequireRights(ctx, r.Typed, "write the CA into "+source.String(), rights)
}

// unjudged lists the stores that take their CA from the source and that are not ready, or that ESO has not been told to look at since that has
// changed.
func (r *Runner) unjudged(ctx context.Context, source eso.CASource) ([]authority.Using, error) {
	stores, err := r.storesUsing(ctx, source.Namespace, func(s eso.Store) bool { return s.CA == source })
	if err != nil {
		return nil, err
	}
	var using []authority.Using
	for _, s := range stores {
		object, err := eso.Stores(r.Dynamic, s.Namespace).Get(ctx, s.Name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", s, err)
		}
		ready, _ := eso.Ready(object)
		if inputs := r.inputVersions(ctx, s); caPart(eso.LookedAt(object)) != caPart(inputs) || ready.Status != "True" {
			using = append(using, authority.Using{Store: s.Key(), Inputs: inputs})
		}
	}
	return using, nil
}

// caPart is what inputs say of the CA, which comes last in them.
func caPart(inputs string) string {
	_, part, _ := strings.Cut(inputs, " ca=")
	return part
}

// ErrStoresNotReady means that the CA is in place, and that a store which uses it is not ready nevertheless.
var ErrStoresNotReady = errors.New("the CA is in place, but not every store that uses it is ready")
