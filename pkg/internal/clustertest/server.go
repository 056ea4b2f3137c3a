package clustertest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// serverPage is how many objects the server gives at a time, whatever larger number it is asked for.
const serverPage = 2

// Server is an API server that can be read from over HTTP: lists in pages, selectors, and refusals.
type Server struct {
	*httptest.Server
	// Refuse maps a resource to the answer that each request for it gets.
	Refuse  map[string]error
	objects []*unstructured.Unstructured

	mu       sync.Mutex
	requests []string
}

// Serve starts a server that holds the objects until the test is over.
func Serve(t *testing.T, objects ...*unstructured.Unstructured) *Server {
	s := &Server{objects: objects, Refuse: map[string]error{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	return s
}

// Client makes the client that reads from the server.
func (s *Server) Client(t *testing.T) rest.Interface {
	t.Helper()
	typed, err := kubernetes.NewForConfig(&rest.Config{Host: s.URL, QPS: -1})
	if err != nil {
		t.Fatal(err)
	}
	return typed.CoreV1().RESTClient()
}

// Requests are those that were made so far, as METHOD RESOURCE.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.requests...)
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	namespace, resource, name := target(r.URL.Path)
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+resource)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if err := s.Refuse[resource]; err != nil {
		refuse(w, err)
		return
	}
	query := r.URL.Query()
	found := []map[string]any{}
	for _, o := range s.objects {
		if resource == strings.ToLower(o.GetKind())+"s" && (namespace == "" || namespace == o.GetNamespace()) && (name == "" || name == o.GetName()) &&
			selected(o, query.Get("labelSelector"), query.Get("fieldSelector")) {
			found = append(found, o.Object)
		}
	}
	if name != "" && len(found) == 0 {
		refuse(w, NoSuchResource(resource))
		return
	}
	if name != "" {
		_ = json.NewEncoder(w).Encode(found[0])
		return
	}
	next := ""
	from, _ := strconv.Atoi(query.Get("continue"))
	found = found[from:]
	if query.Get("limit") != "" && len(found) > serverPage {
		found, next = found[:serverPage], strconv.Itoa(from+serverPage)
	}
	// As for custom resources: what comes after the page comes after it in the answer, too.
	_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "v1", "items": found, "kind": "List", "metadata": map[string]any{"continue": next}})
}

// target reads /api/VERSION/… or /apis/GROUP/VERSION/…
func target(path string) (namespace, resource, name string) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	skip := 2
	if parts[0] == "apis" {
		skip = 3
	}
	parts = parts[skip:]
	if parts[0] == "namespaces" && len(parts) > 2 {
		namespace, parts = parts[1], parts[2:]
	}
	if len(parts) > 1 {
		name = parts[1]
	}
	return namespace, parts[0], name
}

func selected(o *unstructured.Unstructured, labelSelector, fieldSelector string) bool {
	byLabel, err := labels.Parse(labelSelector)
	if err != nil {
		return false
	}
	byField, err := fields.ParseSelector(fieldSelector)
	if err != nil {
		return false
	}
	for _, r := range byField.Requirements() {
		if value, _, _ := unstructured.NestedString(o.Object, strings.Split(r.Field, ".")...); value != r.Value {
			return false
		}
	}
	return byLabel.Matches(labels.Set(o.GetLabels()))
}

func refuse(w http.ResponseWriter, err error) {
	status := metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure, Code: http.StatusInternalServerError,
		Message: err.Error()}
	if answer, ok := err.(apierrors.APIStatus); ok {
		held := answer.Status()
		status.Code, status.Reason, status.ListMeta = held.Code, held.Reason, held.ListMeta
	}
	w.WriteHeader(int(status.Code))
	_ = json.NewEncoder(w).Encode(status)
}

// Add puts another object into the cluster.
func (s *Server) Add(o *unstructured.Unstructured) { s.objects = append(s.objects, o) }
