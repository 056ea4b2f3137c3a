package clients

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func TestARawRefusalKeepsTheServersWords(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,
			"message":"x is forbidden: User \"u\" cannot get resource \"customresourcedefinitions\" in API group \"apiextensions.k8s.io\" at the cluster scope"}`))
	}))
	t.Cleanup(server.Close)
	connection := kube.NewConnection("test", nil)
	*connection.Flags.APIServer = server.URL
	c := Examinee(connection, "r")
	if c.Err != nil {
		t.Fatal(c.Err)
	}
	_, err := c.Raw(t.Context(), "/apis/x")
	right, known := kube.MissingRight(err)
	if !apierrors.IsForbidden(err) || !known || right.String() != "get customresourcedefinitions.apiextensions.k8s.io" {
		t.Errorf("error = %v, right %s", err, right)
	}
}

func TestAnErrorWithoutABodyStays(t *testing.T) {
	boom := errors.New("boom")
	for _, body := range []string{"", "<html>", `{"kind":"Pod"}`} {
		if err := said([]byte(body), boom); !errors.Is(err, boom) {
			t.Errorf("%q: %v", body, err)
		}
	}
	if err := said([]byte(`{"kind":"Status","message":"m"}`), nil); err != nil {
		t.Errorf("no error has become %v", err)
	}
	if err := said([]byte(`{"kind":"Status","message":"m"}`), boom); !strings.Contains(err.Error(), "m") {
		t.Errorf("error = %v", err)
	}
}
