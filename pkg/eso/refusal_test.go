package eso

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

func TestExplain(t *testing.T) {
	stores := schema.GroupResource{Group: group, Resource: "clustersecretstores"}
	tests := []struct {
		name string
		err  error
		code string
	}{
		{"webhook away", apierrors.NewInternalError(errors.New(`failed calling webhook "w.external-secrets.io": no endpoints available for service "s"`)), "EI221"},
		{"webhook too slow", apierrors.NewInternalError(errors.New(`failed calling webhook "w.external-secrets.io": context deadline exceeded`)), "EI224"},
		{"webhook of another product", apierrors.NewInternalError(errors.New(`failed calling webhook "validate.kyverno.svc": context deadline exceeded`)), "EI226"},
		{"request too slow for the API server", apierrors.NewTimeoutError("request did not complete within requested timeout - context deadline exceeded", 0), ""},
		{"API server's own failure", apierrors.NewInternalError(errors.New("dial tcp: connect: connection refused")), ""},
		{"no right", apierrors.NewForbidden(stores, "s", errors.New("no")), ""},
		{"API server away", &url.Error{Op: "Patch", URL: "https://h", Err: errors.New("dial tcp: connect: connection refused")}, ""},
		{"API server too slow", &url.Error{Op: "Patch", URL: "https://h", Err: context.DeadlineExceeded}, ""},
		{"API server of another CA", &url.Error{Op: "Patch", URL: "https://h", Err: errors.New("x509: certificate signed by unknown authority")}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Explain("do it", fmt.Errorf("apply: %w", tt.err))
			if code(err) != tt.code || !errors.Is(err, tt.err) || !strings.HasPrefix(err.Error(), "do it: ") {
				t.Errorf("error = %v, want code %q", err, tt.code)
			}
		})
	}
	named := &cause.Error{Tried: "apply", Cause: cause.NoResources, Err: apierrors.NewBadRequest("no")}
	if err := Explain("do it", named); err != error(named) {
		t.Errorf("an error with a cause became %v", err)
	}
	if Explain("do it", nil) != nil {
		t.Error("Explain(nil) is not nil")
	}
}
