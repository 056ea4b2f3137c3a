package checks

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// needed are the definitions without which nothing works.
var needed = []string{"clustersecretstores.external-secrets.io", "externalsecrets.external-secrets.io"}

// definition is the part of a custom resource definition that is judged. Its schema, of hundreds of kilobytes, is decoded only on the way to
// Infisical's own fields.
type definition struct {
	name string
	// absent means that there is none of that name.
	absent   bool
	Metadata struct {
		ResourceVersion   string       `json:"resourceVersion"`
		DeletionTimestamp *metav1.Time `json:"deletionTimestamp,omitempty"`
		Finalizers        []string     `json:"finalizers,omitempty"`
		Labels            struct {
			Component string `json:"external-secrets.io/component,omitempty"`
		} `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		Conversion struct {
			Strategy string `json:"strategy"`
		} `json:"conversion"`
		Versions []struct {
			Name   string `json:"name"`
			Served bool   `json:"served"`
			Schema struct {
				OpenAPI struct {
					Properties struct {
						Spec struct {
							Properties struct {
								Provider struct {
									Properties struct {
										Infisical struct {
											Properties map[string]json.RawMessage `json:"properties"`
										} `json:"infisical"`
									} `json:"properties"`
								} `json:"provider"`
							} `json:"properties"`
						} `json:"spec"`
					} `json:"properties"`
				} `json:"openAPIV3Schema"`
			} `json:"schema"`
		} `json:"versions"`
	} `json:"spec"`
	Status struct {
		StoredVersions []string `json:"storedVersions"`
		Conditions     []struct {
			Type    string `json:"type"`
			Status  string `json:"status"`
			Message string `json:"message"`
		} `json:"conditions"`
	} `json:"status"`
}

var definitions = doctor.NewInput("custom resource definitions", func(ctx context.Context, s *doctor.Snapshot) ([]definition, error) {
	found := make([]definition, len(needed))
	errs := make([]error, len(needed))
	var all sync.WaitGroup
	for i, name := range needed {
		all.Go(func() { found[i], errs[i] = readDefinition(ctx, s, name) })
	}
	all.Wait()
	return found, firstError(errs...)
}).Asking(named(crdsResource, needed...)).Keeping(whole)

func readDefinition(ctx context.Context, s *doctor.Snapshot, name string) (definition, error) {
	d := definition{name: name}
	data, err := s.Cluster.Raw(ctx, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"+name)
	if isAbsent(err) {
		d.absent = true
		return d, nil
	}
	// Its own UnmarshalJSON would go over the hundreds of kilobytes twice as often.
	var plain plainDefinition
	if err == nil {
		err = json.Unmarshal(data, &plain)
	}
	if err != nil {
		return d, fmt.Errorf("read the definition %s: %w", name, err)
	}
	d = definition(plain)
	d.name = name
	return d, nil
}

func (d definition) object() doctor.Object {
	return doctor.Object{Kind: "CustomResourceDefinition", Name: d.name}
}

func (d definition) seen(field, value string) doctor.Evidence {
	return doctor.Evidence{Object: d.object(), Field: field, Value: value, ResourceVersion: d.Metadata.ResourceVersion}
}

var definitionChecks = []doctor.Check{
	{Code: "EI204", Needs: theCluster, Inputs: sources(definitions), Run: each(definitionIsThere)},
	{Code: "EI234", Needs: codes("EI204"), Inputs: sources(definitions), Run: each(definitionStays)},
	{Code: "EI257", Needs: codes("EI204"), Inputs: sources(definitions), Run: each(definitionIsEstablished)},
	{Code: "EI207", Needs: codes("EI257"), Inputs: sources(definitions), Run: each(definitionServesWhatIsNeeded)},
	{Code: "EI227", Needs: codes("EI204"), Inputs: sources(definitions), Run: each(definitionConvertsNothing)},
	{Code: "EI258", Needs: codes("EI204"), Inputs: sources(definitions), Run: each(definitionStoresWhatItServes)},
	{Code: "EI256", Needs: codes("EI204"), Inputs: sources(definitions), Run: each(definitionKnowsTheCA)},
}

// each applies a judgement to every definition, and reports what does not hold.
func each(judge func(definition) (doctor.Finding, bool)) func(context.Context, *doctor.Snapshot) doctor.Result {
	return func(ctx context.Context, s *doctor.Snapshot) doctor.Result {
		found, err := definitions.Of(ctx, s)
		if err != nil {
			return one(doctor.Found(err))
		}
		var result doctor.Result
		for _, d := range found {
			if f, wrong := judge(d); wrong {
				result = append(result, f)
			}
		}
		if len(result) == 0 {
			return one(doctor.Holds(""))
		}
		return result
	}
}

func definitionIsThere(d definition) (doctor.Finding, bool) {
	return doctor.Problem(cause.NoResources, d.object()).MendedBy(install), d.absent
}

// definitionStays finds the worst that can be on its way: with a definition go all its objects, and with ExternalSecrets the Secrets that they own.
func definitionStays(d definition) (doctor.Finding, bool) {
	since := d.Metadata.DeletionTimestamp
	if since == nil {
		return doctor.Finding{}, false
	}
	command := "kubectl get crd " + d.name + " -o yaml"
	return problem("EI234", "it is being deleted, and with it go all its objects; it waits for "+strings.Join(d.Metadata.Finalizers, ", "),
		"save its objects first (kubectl get "+d.name+" -A -o yaml > saved.yaml); when it is gone, install the definitions again and apply them: "+command, d.object()).
		MendedBy(command).From(doctor.Evidence{Object: d.object(), Field: "metadata.deletionTimestamp", Value: "being deleted", ResourceVersion: d.Metadata.ResourceVersion, Time: since.Time}), true
}

// neededVersion is that of stores and ExternalSecrets which ESO has since 0.16.
const neededVersion = "v1"

func definitionServesWhatIsNeeded(d definition) (doctor.Finding, bool) {
	var served []string
	for _, v := range d.Spec.Versions {
		if v.Served {
			served = append(served, v.Name)
		}
	}
	return doctor.Problem(cause.OldResources(neededVersion, strings.Join(served, ", ")), d.object()).MendedBy(upgrade).
		From(d.seen("spec.versions", strings.Join(served, ", "))), !slices.Contains(served, neededVersion)
}

func definitionIsEstablished(d definition) (doctor.Finding, bool) {
	why := "it has no condition Established"
	for _, c := range d.Status.Conditions {
		if c.Type == "Established" && c.Status == "True" {
			return doctor.Finding{}, false
		}
		if c.Status == "False" && c.Message != "" {
			why = c.Message
		}
	}
	return problem("EI257", "the API server does not serve it", "read its conditions: kubectl describe crd "+d.name, d.object()).
		Saying(why).From(d.seen("status.conditions", why)).MendedBy("kubectl describe crd " + d.name), true
}

func definitionConvertsNothing(d definition) (doctor.Finding, bool) {
	c, _ := cause.OfOperator("conversion webhook for external-secrets.io/v1")
	strategy := d.Spec.Conversion.Strategy
	return doctor.Problem(c, d.object()).From(d.seen("spec.conversion.strategy", strategy)), strategy == "Webhook"
}

func definitionStoresWhatItServes(d definition) (doctor.Finding, bool) {
	gone := slices.DeleteFunc(slices.Clone(d.Status.StoredVersions), func(stored string) bool {
		for _, v := range d.Spec.Versions {
			if v.Name == stored && v.Served {
				return true
			}
		}
		return false
	})
	return problem("EI258", "objects may still be stored as "+strings.Join(gone, ", ")+", which is not served", "write each object anew, then shorten status.storedVersions", d.object()).
		From(d.seen("status.storedVersions", strings.Join(d.Status.StoredVersions, ", "))), len(gone) > 0
}

// definitionKnowsTheCA matters for stores alone. ESO has the fields since 1.2.1; definitions of an older version drop them in silence.
func definitionKnowsTheCA(d definition) (doctor.Finding, bool) {
	for _, v := range d.Spec.Versions {
		infisical := v.Schema.OpenAPI.Properties.Spec.Properties.Provider.Properties.Infisical.Properties
		if _, known := infisical["caProvider"]; !known && v.Served && len(infisical) > 0 {
			return problem("EI256", "version "+v.Name+" does not know the store's CA (caProvider), and drops it without a word: it is of an ESO before 1.2.1",
				"apply the definitions of the version that is installed", d.object()).From(d.seen("spec.versions["+v.Name+"].schema", "no caProvider")), true
		}
	}
	return doctor.Finding{}, false
}
