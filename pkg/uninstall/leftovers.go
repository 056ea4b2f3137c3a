package uninstall

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// leftovers looks at everything again and names what was to go and is there.
func (u *Uninstaller) leftovers(ctx context.Context, done *Plan) ([]Item, error) {
	u.Progress("looking for what is left")
	now, err := u.Plan(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for what is left: %w", err)
	}
	left := []Item{}
	for _, k := range now.Kinds {
		for _, c := range k.Objects {
			left = append(left, Item{Kind: k.Name, Namespace: c.Namespace, Name: c.Name, Fate: Kept, Reason: "it has come back, or is new"})
		}
	}
	if !now.Release.Absent() {
		left = append(left, Item{Kind: "Release", Namespace: now.Release.Namespace, Name: now.Release.Name, Fate: Kept, Reason: now.Release.Status})
	}
	for _, items := range [][]Item{now.Webhooks, now.Definitions, now.Own, now.Namespaces} {
		for _, i := range items {
			if i.Fate == Deleted && !done.keeps(i) {
				left = append(left, i)
			}
		}
	}
	objects, err := u.releaseLeft(ctx, done)
	return append(left, objects...), err
}

// keeps reports whether the plan left the object in its place.
func (p *Plan) keeps(item Item) bool {
	for _, i := range p.Namespaces {
		if i.Kind == item.Kind && i.Name == item.Name && i.Fate == Kept {
			return true
		}
	}
	return false
}

// releaseLeft are the objects of the release that are still there.
func (u *Uninstaller) releaseLeft(ctx context.Context, done *Plan) ([]Item, error) {
	var left []Item
	for _, o := range done.Release.Objects {
		if o.Fate != Deleted {
			continue
		}
		obj, err := u.Dynamic.Resource(o.resource).Namespace(o.Namespace).Get(ctx, o.Name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) || err == nil && obj.GetDeletionTimestamp() != nil {
			continue
		}
		if err != nil {
			return left, fmt.Errorf("look for what is left of %s: %w", reference(o.Kind, o.Namespace, o.Name), err)
		}
		left = append(left, Item{Kind: o.Kind, Namespace: o.Namespace, Name: o.Name, Fate: Kept, Reason: "Helm has left it"})
	}
	return left, nil
}
