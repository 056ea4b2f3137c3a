package mend

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// verdictTimeout bounds ESO's verdict on a store that was changed.
const verdictTimeout = 30 * time.Second

// syncTimeout bounds ESO's passes after that over what had failed with the store. Some of it may fail for another reason, too.
const syncTimeout = 10 * time.Second

// infisicalFields is where a store's fields for Infisical are.
var infisicalFields = []string{"spec", "provider", "infisical"}

// storesOf reads the stores that a finding is about. One that a GitOps tool keeps is to be changed there.
func (m *Mender) storesOf(ctx context.Context, f doctor.Finding) ([]*unstructured.Unstructured, error) {
	var stores []*unstructured.Unstructured
	for _, o := range f.Objects {
		if o.Kind != eso.ClusterKind && o.Kind != eso.NamespacedKind {
			continue
		}
		store, err := eso.Stores(m.Dynamic, o.Namespace).Get(ctx, o.Name, metav1.GetOptions{})
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", o, err)
		}
		if owner, owned := kube.OwnerOf(store); owned {
			return nil, unfit("it is kept by %s, which would undo the change; correct it there", owner)
		}
		stores = append(stores, store)
	}
	if len(stores) == 0 {
		return nil, unfit("the finding names no store")
	}
	return stores, nil
}

// storeChange proposes to set fields of a store, which are given as a merge patch below spec.provider.infisical.
func (m *Mender) storeChange(ctx context.Context, f doctor.Finding, store *unstructured.Unstructured, fields map[string]any, action, risk string) (Repair, error) {
	key := eso.KeyOf(store)
	api := eso.Stores(m.Dynamic, key.Namespace)
	write := func(ctx context.Context, version string, dryRun []string) (*unstructured.Unstructured, error) {
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"resourceVersion": version},
			"spec": map[string]any{"provider": map[string]any{"infisical": fields}}})
		if err != nil {
			return nil, err
		}
		return api.Patch(ctx, key.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: kube.FieldManager, DryRun: dryRun})
	}
	after, err := write(ctx, store.GetResourceVersion(), []string{metav1.DryRunAll})
	if err != nil {
		return Repair{}, unfit("the API server would refuse the change: %v", err)
	}
	diff, err := kube.Diff(store, after)
	if err != nil {
		return Repair{}, err
	}
	return Repair{Code: f.Code(), Object: key.String(), Action: action, Risk: risk, Diff: diff, Named: !kube.MadeByUs(store),
		logsIn: true, rights: storeRights(key),
		apply: func(ctx context.Context) error {
			mark, err := key.Mark(ctx, m.Dynamic)
			if err != nil {
				return err
			}
			version, err := m.asPlanned(ctx, store)
			if err != nil {
				return err
			}
			changed, err := write(ctx, version, nil)
			if err != nil {
				return eso.Explain("change "+key.String(), err)
			}
			m.left[key] = changed.Object["spec"]
			return m.ready(ctx, key, mark)
		}}, nil
}

// asPlanned is the version of the store as it is now, as long as its spec is the one that the plan was made for, or that an earlier repair of this
// run has left. Its status and annotations may have changed: ESO writes them all the time.
func (m *Mender) asPlanned(ctx context.Context, planned *unstructured.Unstructured) (string, error) {
	key := eso.KeyOf(planned)
	now, err := eso.Stores(m.Dynamic, key.Namespace).Get(ctx, key.Name, metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("read %s: %w", key, err)
	}
	expected, mended := m.left[key]
	if !mended {
		expected = planned.Object["spec"]
	}
	if now.GetUID() != planned.GetUID() || !equality.Semantic.DeepEqual(now.Object["spec"], expected) {
		return "", apierrors.NewConflict(schema.GroupResource{Group: eso.ExternalSecrets.Group, Resource: key.Resource()}, key.Name, errors.New("its spec is another than when the repair was planned"))
	}
	return now.GetResourceVersion(), nil
}

// storeRights are those to change a store, to see ESO's verdict, and to let ESO fetch anew what has failed for want of the store.
func storeRights(key eso.StoreKey) []kube.Right {
	return append(kube.On(key.Right(), "get", "list", "patch"),
		kube.On(kube.Right{Group: eso.ExternalSecrets.Group, Resource: eso.ExternalSecrets.Resource, Namespace: key.Namespace}, "list", "patch")...)
}

// ready waits until ESO has found the store ready, and then lets it fetch anew what has failed with the store: left to itself, ESO waits for minutes.
// ESO may have been at work on the store as it was, so that one refusal is not the last word; and where it says nothing, the second look of the
// doctor has to tell.
func (m *Mender) ready(ctx context.Context, key eso.StoreKey, mark eso.Mark) error {
	waiting, cancel := context.WithTimeout(ctx, verdictTimeout)
	defer cancel()
	err := key.WaitFresh(waiting, m.Dynamic, mark)
	var verdict *cause.Error
	if errors.As(err, &verdict) || ctx.Err() != nil {
		return err
	}
	if err != nil && !m.saysReady(ctx, key) {
		return nil // Fetching makes ESO log in, and each failure counts at Infisical.
	}
	syncing, cancel := context.WithTimeout(ctx, syncTimeout)
	defer cancel()
	_ = eso.Resync(syncing, m.Dynamic, key, syncLimit) // whether that worked, the second look tells as well
	return nil
}

// saysReady reports whether the store's own condition calls it ready, which holds as well where ESO's event was dropped.
func (m *Mender) saysReady(ctx context.Context, key eso.StoreKey) bool {
	store, err := eso.Stores(m.Dynamic, key.Namespace).Get(ctx, key.Name, metav1.GetOptions{})
	if err != nil {
		return false
	}
	ready, known := eso.Ready(store)
	return known && ready.Status == "True"
}

// nested makes a merge patch of one field.
func nested(value any, path ...string) map[string]any {
	for i := len(path) - 1; i > 0; i-- {
		value = map[string]any{path[i]: value}
	}
	return map[string]any{path[0]: value}
}

func text(store *unstructured.Unstructured, path ...string) string {
	value, _, _ := unstructured.NestedString(store.Object, append(infisicalFields, path...)...)
	return value
}

// credentialsNamespace gives references to a Secret a namespace, where ESO's own has a Secret of that name.
func credentialsNamespace(ctx context.Context, m *Mender, f doctor.Finding) ([]Repair, error) {
	return m.eachStore(ctx, f, func(store *unstructured.Unstructured) (Repair, error) {
		fields := map[string]any{}
		way := "universalAuthCredentials"
		refs := []string{"clientId", "clientSecret"}
		if text(store, "auth", "kubernetesAuthCredentials", "identityId", "name") != "" {
			way, refs = "kubernetesAuthCredentials", []string{"identityId"}
		}
		// One that names its namespace says where the other is meant to be.
		namespace := m.Namespace
		for _, ref := range refs {
			namespace = cmp.Or(text(store, "auth", way, ref, "namespace"), namespace)
		}
		var names []string
		for _, ref := range refs {
			name := text(store, "auth", way, ref, "name")
			if name == "" || text(store, "auth", way, ref, "namespace") != "" {
				continue
			}
			if err := m.there(ctx, secrets, namespace, name); err != nil {
				return Repair{}, err
			}
			names, fields[ref] = append(names, name), map[string]any{"namespace": namespace}
		}
		if len(names) == 0 {
			return Repair{}, unfit("every reference has a namespace by now")
		}
		return m.storeChange(ctx, f, store, nested(fields, "auth", way),
			"add namespace "+namespace+" to the references to Secret "+strings.Join(slices.Compact(names), " and Secret "), "")
	})
}

// authorityNamespace does the same with the reference to the CA.
func authorityNamespace(ctx context.Context, m *Mender, f doctor.Finding) ([]Repair, error) {
	return m.eachStore(ctx, f, func(store *unstructured.Unstructured) (Repair, error) {
		name, kind := text(store, "caProvider", "name"), text(store, "caProvider", "type")
		resource := schema.GroupVersionResource{Version: "v1", Resource: strings.ToLower(kind) + "s"}
		if name == "" || kind == "" || text(store, "caProvider", "namespace") != "" {
			return Repair{}, unfit("more is missing than the namespace; write it with apply-store")
		}
		if err := m.there(ctx, resource, m.Namespace, name); err != nil {
			return Repair{}, err
		}
		return m.storeChange(ctx, f, store, nested(m.Namespace, "caProvider", "namespace"), "add namespace "+m.Namespace+" to the reference to "+kind+" "+name, "")
	})
}

// there looks, by its metadata alone, whether the namespace has the object.
func (m *Mender) there(ctx context.Context, resource schema.GroupVersionResource, namespace, name string) error {
	found, err := m.metadata(ctx, resource, namespace, name)
	if err != nil {
		return unfit("it cannot be seen whether namespace %s has it: %v", namespace, err)
	}
	if found == nil {
		return unfit("namespace %s has no %s %s, so that it is not clear which one is meant", namespace, strings.TrimSuffix(resource.Resource, "s"), name)
	}
	return nil
}

// hostForm writes the address as scheme and host.
func hostForm(ctx context.Context, m *Mender, f doctor.Finding) ([]Repair, error) {
	return m.eachStore(ctx, f, func(store *unstructured.Unstructured) (Repair, error) {
		held := strings.TrimSpace(text(store, "hostAPI"))
		if !strings.Contains(held, "://") {
			held = "https://" + held
		}
		host, err := infisical.NormalizeHost(held)
		if err != nil {
			return Repair{}, unfit("it cannot be told what address is meant: %v", err)
		}
		if base, below, found := strings.Cut(host, "/api/"); found && below != "" {
			host = base
		}
		if host == text(store, "hostAPI") {
			return Repair{}, unfit("the address has the right form by now")
		}
		return m.storeChange(ctx, f, store, nested(host, "hostAPI"), "write the address as "+host, "")
	})
}

// slugs are those of the environments that every project begins with, by what people call them.
var slugs = map[string]string{"production": "prod", "development": "dev", "dev": "dev", "staging": "staging", "prod": "prod"}

// answered is how Infisical's own list of environments shows in a fix, which a login has to see.
var answered = regexp.MustCompile(`the slug is '([^']+)'`)

// environmentSlug writes the environment as the slug that Infisical says, or as the one that a project has from the beginning. Whether this one
// still has it, ESO's verdict tells.
func environmentSlug(ctx context.Context, m *Mender, f doctor.Finding) ([]Repair, error) {
	return m.eachStore(ctx, f, func(store *unstructured.Unstructured) (Repair, error) {
		held := text(store, "secretsScope", "environmentSlug")
		slug, known := slugs[strings.ToLower(strings.TrimSpace(held))]
		if said := answered.FindStringSubmatch(f.Cause.Fix); said != nil {
			slug, known = said[1], true
		}
		if !known || slug == held {
			return Repair{}, unfit("it cannot be told which environment is meant by '%s'; give its slug: kubectl eso-infisical apply-store --environment SLUG", held)
		}
		return m.storeChange(ctx, f, store, nested(slug, "secretsScope", "environmentSlug"), "read environment '"+slug+"' in place of '"+held+"'",
			"ExternalSecrets of the store get the values of that environment")
	})
}

// lookAgain makes ESO look at a store at once.
func lookAgain(ctx context.Context, m *Mender, f doctor.Finding) ([]Repair, error) {
	return m.eachStore(ctx, f, func(store *unstructured.Unstructured) (Repair, error) {
		key := eso.KeyOf(store)
		return Repair{Code: f.Code(), Object: key.String(), Action: "make ESO look at it now", logsIn: true, rights: storeRights(key),
			apply: func(ctx context.Context) error {
				mark, err := key.Mark(ctx, m.Dynamic)
				if err != nil {
					return err
				}
				if err := key.Touch(ctx, m.Dynamic); err != nil {
					return err
				}
				return m.ready(ctx, key, mark)
			}}, nil
	})
}

// eachStore proposes for every store of the finding; the first for which nothing can be proposed ends it.
func (m *Mender) eachStore(ctx context.Context, f doctor.Finding, make func(*unstructured.Unstructured) (Repair, error)) ([]Repair, error) {
	stores, err := m.storesOf(ctx, f)
	if err != nil {
		return nil, err
	}
	var repairs []Repair
	for _, store := range stores {
		r, err := make(store)
		if err != nil {
			return nil, err
		}
		repairs = append(repairs, r)
	}
	return repairs, nil
}
