package checks

import (
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// answer is a thing read, or why it could not be.
type answer[T any] struct {
	value T
	err   error
}

func isRefusal(err error) bool { return apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) }

func isAbsent(err error) bool { return apierrors.IsNotFound(err) }

// sorted are the keys of a map in their order.
func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
