package kube

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// named is the part of an object that the tests read.
type named struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
}

// served is a collection whose pages a test writes itself; answers are keyed by the continuation that is asked with.
func served(t *testing.T, answers map[string]string) Collection {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Query().Get("limit") != fmt.Sprint(pageSize) {
			t.Errorf("no limit: %s", r.URL)
		}
		body := answers[r.URL.Query().Get("continue")]
		if strings.Contains(body, `"kind":"Status"`) {
			w.WriteHeader(http.StatusGone)
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	client, err := kubernetes.NewForConfig(&rest.Config{Host: s.URL, QPS: -1})
	if err != nil {
		t.Fatal(err)
	}
	return Collection{Client: client.CoreV1().RESTClient(), Resource: schema.GroupVersionResource{Group: "g", Version: "v1", Resource: "things"}}
}

func names(t *testing.T, c Collection) ([]string, error) {
	t.Helper()
	var all []string
	err := Stream(t.Context(), c, func(n named) error {
		all = append(all, n.Metadata.Name)
		return nil
	})
	return all, err
}

func item(name string) string {
	return `{"metadata":{"name":"` + name + `"},"spec":{"deep":[1,{"a":null}]}}`
}

func TestStream(t *testing.T) {
	expired := `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410,"metadata":{"continue":"newer"}}`
	tests := map[string]struct {
		answers map[string]string
		want    []string
		err     string
	}{
		"nothing":                        {map[string]string{"": `{"items":[],"metadata":{}}`}, nil, ""},
		"null for nothing":               {map[string]string{"": `{"items":null,"metadata":{}}`}, nil, ""},
		"metadata after the items":       {map[string]string{"": `{"items":[` + item("a") + `],"metadata":{"continue":"2"}}`, "2": `{"items":[` + item("b") + `]}`}, []string{"a", "b"}, ""},
		"metadata before the items":      {map[string]string{"": `{"metadata":{"continue":"2"},"items":[` + item("a") + `]}`, "2": `{"items":[` + item("b") + `]}`}, []string{"a", "b"}, ""},
		"members that nobody knows":      {map[string]string{"": `{"kind":"L","x":{"items":[1]},"items":[` + item("a") + `,` + item("b") + `]}`}, []string{"a", "b"}, ""},
		"a continuation that is too old": {map[string]string{"": `{"items":[` + item("a") + `],"metadata":{"continue":"old"}}`, "old": expired, "newer": `{"items":[` + item("c") + `]}`}, []string{"a", "c"}, ""},
		"one that stays too old":         {map[string]string{"": `{"items":[],"metadata":{"continue":"newer"}}`, "newer": expired}, nil, "410"},
		"cut off in an object":           {map[string]string{"": `{"items":[` + item("a") + `,{"metadata":`}, []string{"a"}, "unexpected EOF"},
		"cut off between objects":        {map[string]string{"": `{"items":[` + item("a")}, []string{"a"}, "unexpected EOF"},
		"empty":                          {map[string]string{"": ``}, nil, "unexpected EOF"},
		"no object":                      {map[string]string{"": `[]`}, nil, "read the list of things"},
		"items that are none":            {map[string]string{"": `{"items":{}}`}, nil, "a list was expected"},
		"an object of another shape":     {map[string]string{"": `{"items":[{"metadata":7}]}`}, nil, "cannot unmarshal"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := names(t, served(t, tt.answers))
			if !slices.Equal(got, tt.want) {
				t.Errorf("visited %v, want %v", got, tt.want)
			}
			switch {
			case tt.err == "" && err != nil:
				t.Error(err)
			case tt.err == "410" && !apierrors.IsResourceExpired(err):
				t.Errorf("error = %v", err)
			case tt.err != "" && tt.err != "410" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("error = %v, want %q", err, tt.err)
			}
		})
	}
}

func TestStreamEndsWithItsVisitor(t *testing.T) {
	enough := errors.New("enough")
	count := 0
	err := Stream(t.Context(), served(t, map[string]string{"": `{"items":[` + item("a") + `,` + item("b") + `],"metadata":{"continue":"2"}}`}), func(named) error {
		count++
		return enough
	})
	if !errors.Is(err, enough) || count != 1 {
		t.Errorf("error %v after %d objects", err, count)
	}
}

func TestStreamAsksForWhatIsNeeded(t *testing.T) {
	var request *http.Request
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request = r
		_, _ = w.Write([]byte(`{"items":[]}`))
	}))
	t.Cleanup(s.Close)
	client, err := kubernetes.NewForConfig(&rest.Config{Host: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	secrets := schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	c := Collection{Client: client.CoreV1().RESTClient(), Resource: secrets, Namespace: "n", MetadataOnly: true, Options: metav1.ListOptions{LabelSelector: "a=b"}}
	if _, err := names(t, c); err != nil {
		t.Fatal(err)
	}
	if request.URL.Path != "/api/v1/namespaces/n/secrets" || request.URL.Query().Get("labelSelector") != "a=b" {
		t.Errorf("asked %s", request.URL)
	}
	if accept := request.Header.Get("Accept"); !strings.Contains(accept, "as=PartialObjectMetadataList") {
		t.Errorf("Accept: %s", accept)
	}
}

func TestReadOne(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/apis/g/v1/namespaces/n/things/a" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(item("a")))
	}))
	t.Cleanup(s.Close)
	client, err := kubernetes.NewForConfig(&rest.Config{Host: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	c := Collection{Client: client.CoreV1().RESTClient(), Resource: schema.GroupVersionResource{Group: "g", Version: "v1", Resource: "things"}, Namespace: "n"}
	if got, err := Read[named](t.Context(), c, "a"); err != nil || got.Metadata.Name != "a" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Read[named](t.Context(), c, "b"); !apierrors.IsNotFound(err) {
		t.Errorf("error = %v", err)
	}
}

func TestAReadOnlyConnectionSendsNothingThatChanges(t *testing.T) {
	var sent []string
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent = append(sent, r.Method) }))
	t.Cleanup(s.Close)
	connection := NewConnection("test", rest.NoWarnings{})
	*connection.Flags.APIServer = s.URL
	connection.ReadOnly()
	client, err := connection.Typed()
	if err != nil {
		t.Fatal(err)
	}
	err = client.CoreV1().Secrets("n").Delete(t.Context(), "s", metav1.DeleteOptions{})
	if err == nil || !strings.Contains(err.Error(), "this command may not change that") || len(sent) != 0 {
		t.Errorf("error %v, sent %v", err, sent)
	}
	_, _ = client.CoreV1().Secrets("n").Get(t.Context(), "s", metav1.GetOptions{})
	if !slices.Equal(sent, []string{"GET"}) {
		t.Errorf("sent %v", sent)
	}
}
