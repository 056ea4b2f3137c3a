package eso

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Described is what a store for Infisical says of itself, whichever kind it is of and however it logs in.
type Described struct {
	StoreKey
	Host, Project, Environment, Path string
	// Auth names the way to log in, as "universal", "kubernetes" or "aws".
	Auth string
	// CA is where the server's CA certificate is.
	CA CALocation
	// Ready is ESO's verdict, and Since the time from which on it has been the same; Judged is false when there is none.
	Ready   Condition
	Judged  bool
	Since   time.Time
	Created time.Time
	// Interval is the time between two looks of ESO at the store while all is well.
	Interval time.Duration
}

// defaultLook is ESO's own --store-requeue-interval.
const defaultLook = 5 * time.Minute

// CALocation is where a store takes the CA certificate from: an object, the store itself, or neither, for the system's certificates.
type CALocation struct {
	CASource
	// Key is the one in the object.
	Key string
	// Bundle is the text of caBundle.
	Bundle string
}

// Describe reads a store of either kind. It reports false for a store of another provider.
func Describe(obj *unstructured.Unstructured) (Described, bool) {
	spec, found, _ := unstructured.NestedMap(obj.Object, "spec", "provider", "infisical")
	if !found {
		return Described{}, false
	}
	s, _ := ReadStore(obj)
	d := Described{StoreKey: KeyOf(obj), Host: s.Host, Project: s.Project,
		Environment: s.Environment, Path: s.Path, Auth: authName(spec), CA: caLocation(spec, obj.GetNamespace()), Created: obj.GetCreationTimestamp().Time}
	d.Ready, d.Judged = Ready(obj)
	d.Since, d.Interval = readySince(obj), lookInterval(obj)
	return d, true
}

// authName is the field below auth without its ending.
func authName(spec map[string]any) string {
	auth, _, _ := unstructured.NestedMap(spec, "auth")
	for _, field := range slices.Sorted(maps.Keys(auth)) {
		name := strings.TrimSuffix(strings.TrimSuffix(field, "Credentials"), "Auth")
		if name != "" {
			return name
		}
	}
	return ""
}

func caLocation(spec map[string]any, namespace string) CALocation {
	text := func(path ...string) string {
		s, _, _ := unstructured.NestedString(spec, path...)
		return s
	}
	c := CALocation{CASource: CASource{Reference: Reference{Namespace: text("caProvider", "namespace"), Name: text("caProvider", "name")},
		Secret: text("caProvider", "type") == "Secret"}, Key: text("caProvider", "key"), Bundle: text("caBundle")}
	if c.Name != "" && namespace != "" {
		// A SecretStore reads from its own namespace only.
		c.Namespace = namespace
	}
	return c
}

func readySince(obj *unstructured.Unstructured) time.Time {
	conditions, _, _ := unstructured.NestedSlice(obj.Object, "status", "conditions")
	for _, item := range conditions {
		c, _ := item.(map[string]any)
		if text, _ := c["lastTransitionTime"].(string); c["type"] == "Ready" {
			since, _ := time.Parse(time.RFC3339, text)
			return since
		}
	}
	return time.Time{}
}

// lookInterval reads spec.refreshInterval, which is in seconds, or from ESO 2.8 on a duration.
func lookInterval(obj *unstructured.Unstructured) time.Duration {
	value, _, _ := unstructured.NestedFieldNoCopy(obj.Object, "spec", "refreshInterval")
	interval, err := time.ParseDuration(fmt.Sprint(value))
	if err != nil {
		interval, err = time.ParseDuration(fmt.Sprint(value) + "s")
	}
	if err != nil || interval == 0 {
		return defaultLook
	}
	return interval
}
