package eso

import (
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Explain names the cause behind the API server's refusal of one of ESO's objects, if it lies in ESO's webhook or CRDs. A cause
// that err has already stays. A failure to reach the API server gets none: its texts are those of a failure to reach Infisical.
func Explain(tried string, err error) error {
	var named *cause.Error
	if err == nil || errors.As(err, &named) {
		return err
	}
	var answer apierrors.APIStatus
	if errors.As(err, &answer) {
		if c, ok := cause.OfOperator(err.Error()); ok {
			return &cause.Error{Tried: tried, Cause: c, Err: err}
		}
	}
	return fmt.Errorf("%s: %w", tried, err)
}
