package eso

import (
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
)

// Kind is one of ESO's kinds of custom resources, in the version in which the API server likes best to serve it.
type Kind struct {
	Name     string
	Resource schema.GroupVersionResource
}

// Kinds asks the API server for all of ESO's kinds that it serves, also while their definitions are being deleted. None is no error.
func Kinds(api discovery.DiscoveryInterface) ([]Kind, error) {
	groups, err := api.ServerGroups()
	if err != nil {
		return nil, fmt.Errorf("look for ESO's kinds: %w", err)
	}
	var kinds []Kind
	for _, group := range groups.Groups {
		if !slices.Contains(Groups, group.Name) {
			continue
		}
		for _, version := range group.Versions {
			list, err := api.ServerResourcesForGroupVersion(version.GroupVersion)
			if apierrors.IsNotFound(err) {
				continue // it has gone meanwhile
			}
			if err != nil {
				return nil, fmt.Errorf("look for ESO's kinds in %s: %w", version.GroupVersion, err)
			}
			kinds = appendKinds(kinds, schema.GroupVersion{Group: group.Name, Version: version.Version}, list.APIResources)
		}
	}
	return kinds, nil
}

// appendKinds adds the resources that no version before has offered.
func appendKinds(kinds []Kind, gv schema.GroupVersion, resources []metav1.APIResource) []Kind {
	for _, r := range resources {
		resource := gv.WithResource(r.Name)
		known := slices.ContainsFunc(kinds, func(k Kind) bool { return k.Resource.GroupResource() == resource.GroupResource() })
		if !known && !strings.Contains(r.Name, "/") && slices.Contains(r.Verbs, "delete") {
			kinds = append(kinds, Kind{Name: r.Kind, Resource: resource})
		}
	}
	return kinds
}
