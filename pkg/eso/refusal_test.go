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
)

func TestExplain(t *testing.T) {
	stores := schema.GroupResource{Group: group, Resource: "clustersecretstores"}
	tests := []struct {
		name string
		err  error
		code string
	}{
		{"webhook away", apierrors.NewInternalError(errors.New(`failed calling webhook "w": no endpoints available for service "s"`)), "EI221"},
		{"webhook too slow", apierrors.NewInternalError(errors.New(`failed calling webhook "w": context deadline exceeded`)), "EI224"},
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
	if Explain("do it", nil) != nil {
		t.Error("Explain(nil) is not nil")
	}
}
