package fault

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// located names an object of the cluster; one without a namespace has none.
type located struct {
	schema.GroupVersionResource
	namespace, name string
}

func (o located) in(cluster dynamic.Interface) dynamic.ResourceInterface {
	return cluster.Resource(o.GroupVersionResource).Namespace(o.namespace)
}

// String is what the object is saved under.
func (o located) String() string { return o.Resource + " " + o.namespace + "/" + o.name }

// finder names the objects that a fault is about. Those that a sandbox may call anything are looked for.
type finder func(ctx context.Context, t Target) ([]located, error)

// step is one thing that is broken and mended. A fault may have several.
type step struct {
	apply func(ctx context.Context, t Target, saved saved) error
	heal  func(ctx context.Context, t Target, saved saved) error
}

// steps makes a fault of steps, which are mended in the opposite order.
func steps(name, summary string, expect Expect, all ...step) Fault {
	return Fault{Name: name, Summary: summary, Expect: expect,
		apply: func(ctx context.Context, t Target, saved saved) error {
			for _, s := range all {
				if err := s.apply(ctx, t, saved); err != nil {
					return err
				}
			}
			return nil
		},
		heal: func(ctx context.Context, t Target, saved saved) error {
			for i := range all {
				if err := all[len(all)-1-i].heal(ctx, t, saved); err != nil {
					return err
				}
			}
			return nil
		}}
}

// change edits objects; mending puts them back as they were.
func change(find finder, edit func(*unstructured.Unstructured) error) step {
	return step{
		apply: func(ctx context.Context, t Target, saved saved) error {
			return each(ctx, t, find, func(o located, held *unstructured.Unstructured) error {
				if err := keep(saved, o, held); err != nil {
					return err
				}
				if err := edit(held); err != nil {
					return fmt.Errorf("change %s: %w", o, err)
				}
				if _, err := o.in(t.Cluster).Update(ctx, held, metav1.UpdateOptions{}); err != nil {
					return fmt.Errorf("change %s: %w", o, err)
				}
				return nil
			})
		},
		heal: func(ctx context.Context, t Target, saved saved) error { return restoreAll(ctx, t, saved) },
	}
}

// remove deletes objects and waits until they are gone; mending makes them anew.
func remove(find finder) step {
	return step{
		apply: func(ctx context.Context, t Target, saved saved) error {
			return each(ctx, t, find, func(o located, held *unstructured.Unstructured) error {
				if err := keep(saved, o, held); err != nil {
					return err
				}
				return deleted(ctx, t, o)
			})
		},
		heal: func(ctx context.Context, t Target, saved saved) error { return restoreAll(ctx, t, saved) },
	}
}

// add makes an object that should not be there; mending deletes it, and waits until it is gone.
func add(resource schema.GroupVersionResource, text string) step {
	obj := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &obj.Object); err != nil {
		panic(err) // the text is part of this program
	}
	o := located{resource, obj.GetNamespace(), obj.GetName()}
	return step{
		apply: func(ctx context.Context, t Target, saved saved) error {
			saved["added "+o.String()] = ""
			return created(ctx, t, o, obj.DeepCopy())
		},
		heal: func(ctx context.Context, t Target, _ saved) error { return deleted(ctx, t, o) },
	}
}

// created creates an object, unless it is there already.
func created(ctx context.Context, t Target, o located, obj *unstructured.Unstructured) error {
	// What carries the plugin's marks is taken for its own only if the API server's record of the fields names it, too.
	options := metav1.CreateOptions{FieldManager: obj.GetLabels()["app.kubernetes.io/managed-by"]}
	if _, err := o.in(t.Cluster).Create(ctx, obj, options); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create %s: %w", o, err)
	}
	return nil
}

// until waits, when the fault is applied, for what it brings about.
func until(what string, seen func(ctx context.Context, t Target) error) step {
	return step{
		apply: func(ctx context.Context, t Target, _ saved) error {
			return await(ctx, what, func(ctx context.Context) error { return seen(ctx, t) })
		},
		heal: func(context.Context, Target, saved) error { return nil },
	}
}

// mended waits, when the fault is healed, until what it had broken is well again. It comes before the step whose healing it awaits.
func mended(what string, seen func(ctx context.Context, t Target) error) step {
	return step{
		apply: func(context.Context, Target, saved) error { return nil },
		heal: func(ctx context.Context, t Target, _ saved) error {
			return await(ctx, what, func(ctx context.Context) error { return seen(ctx, t) })
		},
	}
}

// each visits the objects as they are now. There must be one at least, or else nothing would be broken.
func each(ctx context.Context, t Target, find finder, visit func(located, *unstructured.Unstructured) error) error {
	found, err := find(ctx, t)
	if err != nil {
		return err
	}
	visited := 0
	for _, o := range found {
		held, err := o.in(t.Cluster).Get(ctx, o.name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", o, err)
		}
		visited++
		if err := visit(o, held); err != nil {
			return err
		}
	}
	if visited == 0 && len(found) > 0 {
		return fmt.Errorf("%s is not in the cluster; set the sandbox up first", found[0])
	}
	return nil
}

// keep saves an object as it was before the first time.
func keep(saved saved, o located, held *unstructured.Unstructured) error {
	if saved[o.String()] != "" {
		return nil
	}
	data, err := json.Marshal(keptObject{o.GroupVersionResource, held.Object})
	if err != nil {
		return fmt.Errorf("save %s: %w", o, err)
	}
	saved[o.String()] = string(data)
	return nil
}

// keptObject is an object in the record.
type keptObject struct {
	Resource schema.GroupVersionResource
	Object   map[string]any
}

// restoreAll puts every saved object back.
func restoreAll(ctx context.Context, t Target, saved saved) error {
	for _, what := range restoreOrder(saved) {
		text := saved[what]
		var kept keptObject
		if err := json.Unmarshal([]byte(text), &kept); err != nil {
			return fmt.Errorf("read what was saved of %s: %w", what, err)
		}
		if err := restore(ctx, t, kept); err != nil {
			return fmt.Errorf("restore %s: %w", what, err)
		}
		delete(saved, what)
	}
	return nil
}

// restoreOrder puts definitions first: with a poorer one in place, the API server would take fields away from what is put back.
func restoreOrder(saved saved) []string {
	var names []string
	for name, text := range saved {
		if strings.HasPrefix(text, "{") {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(-cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
	return names
}

func rank(name string) int {
	if strings.HasPrefix(name, definitionKind.Resource) {
		return 1
	}
	return 0
}

func restore(ctx context.Context, t Target, kept keptObject) error {
	before := &unstructured.Unstructured{Object: kept.Object}
	for _, field := range []string{"uid", "resourceVersion", "managedFields", "creationTimestamp", "generation", "selfLink"} {
		unstructured.RemoveNestedField(before.Object, "metadata", field)
	}
	api := t.Cluster.Resource(kept.Resource).Namespace(before.GetNamespace())
	return await(ctx, "put it back", func(ctx context.Context) error {
		after, err := put(ctx, api, before)
		if err != nil {
			return err
		}
		// A definition that was put back a moment ago may not hold yet, and what it knows is taken away till then.
		if specBefore, found := before.Object["spec"]; found && kept.Resource.Group == storeKind.Group && !equality.Semantic.DeepEqual(specBefore, after.Object["spec"]) {
			return errors.New("the API server does not know all of its fields yet")
		}
		return nil
	})
}

// put writes the object in whatever version is there, or makes it.
func put(ctx context.Context, api dynamic.ResourceInterface, obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	held, err := api.Get(ctx, obj.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		fresh := obj.DeepCopy()
		unstructured.RemoveNestedField(fresh.Object, "status")
		fresh.SetResourceVersion("")
		fresh.SetUID("")
		return api.Create(ctx, fresh, metav1.CreateOptions{})
	}
	if err != nil {
		return nil, err
	}
	obj.SetResourceVersion(held.GetResourceVersion())
	obj.SetUID(held.GetUID())
	return api.Update(ctx, obj, metav1.UpdateOptions{})
}

// deleted deletes an object and waits until it is gone.
func deleted(ctx context.Context, t Target, o located) error {
	err := o.in(t.Cluster).Delete(ctx, o.name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete %s: %w", o, err)
	}
	return await(ctx, "wait for "+o.String()+" to be gone", func(ctx context.Context) error {
		held, err := o.in(t.Cluster).Get(ctx, o.name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			return nil
		case err != nil:
			return err
		}
		return fmt.Errorf("it is still there, with the finalizers %v", held.GetFinalizers())
	})
}
