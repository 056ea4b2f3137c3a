package kube

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestOnlyWhatChangesNothingLeavesTheProgram(t *testing.T) {
	const secret = "/api/v1/namespaces/n/secrets/s"
	tests := []struct {
		method, url string
		sent        bool
	}{
		{"GET", secret, true},
		{"GET", "/api/v1/namespaces/n/secrets?watch=true", true},
		{"GET", "/api/v1/namespaces/proxy/secrets/token", true},
		{"GET", "/apis/apps/v1/namespaces/exec/deployments/attach/status", true},
		{"HEAD", "/version", true},
		{"POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", true},
		{"POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", true},
		{"POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", true},
		{"POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", true},
		{"POST", "/apis/authentication.k8s.io/v1/tokenreviews", false},
		{"POST", "/apis/external-secrets.io/v1/clustersecretstores?dryRun=All&fieldManager=m", true},
		{"PATCH", secret + "?dryRun=All", true},
		{"PUT", secret + "?dryRun=All", true},
		{"DELETE", secret + "?dryRun=All", true},
		{"POST", "/api/v1/namespaces/n/secrets", false},
		{"POST", "/api/v1/namespaces/n/secrets?dryRun=", false},
		{"POST", "/api/v1/namespaces/n/secrets?dryRun=None", false},
		{"POST", "/api/v1/namespaces/n/secrets?dryRun=All&dryRun=None", false},
		{"PATCH", secret, false},
		{"PUT", secret, false},
		{"DELETE", secret, false},
		{"DELETE", "/api/v1/namespaces/n/secrets", false},
		{"OPTIONS", secret, false},
		{"CONNECT", secret + "?dryRun=All", false},
		{"GET", "/api/v1/namespaces/n/pods/p/exec?command=rm", false},
		{"POST", "/api/v1/namespaces/n/pods/p/exec?command=rm&dryRun=All", false},
		{"GET", "/api/v1/namespaces/n/pods/p/attach", false},
		{"GET", "/api/v1/namespaces/n/pods/p/portforward", false},
		{"GET", "/api/v1/namespaces/n/services/s/proxy/shutdown", false},
		{"GET", "/api/v1/nodes/n/proxy/run", false},
		{"POST", "/api/v1/namespaces/n/serviceaccounts/a/token?dryRun=All", false},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.url, func(t *testing.T) {
			reached := false
			transport := guard{allows: changesNothing, next: roundTrip(func(*http.Request) (*http.Response, error) {
				reached = true
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
			})}
			body := &closed{Reader: strings.NewReader("{}")}
			request := httptest.NewRequest(tt.method, "https://h"+tt.url, body)
			_, err := transport.RoundTrip(request)
			var refused *RefusedError
			if errors.As(err, &refused) == tt.sent || reached != tt.sent {
				t.Errorf("sent %t, error %v; it should be sent: %t", reached, err, tt.sent)
			}
			if !tt.sent && !body.closed {
				t.Error("the body of a refused request stays open")
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type closed struct {
	io.Reader
	closed bool
}

func (c *closed) Close() error {
	c.closed = true
	return nil
}

func TestAReadOnlyConnectionCannotChangeACluster(t *testing.T) {
	var requests []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.Method)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"kind":"Secret","apiVersion":"v1"}`)
	}))
	t.Cleanup(server.Close)
	connection := NewConnection("test", nil)
	*connection.Flags.APIServer = server.URL
	connection.ReadOnly()
	typed, err := connection.Typed()
	if err != nil {
		t.Fatal(err)
	}
	dynamic, err := connection.Dynamic()
	if err != nil {
		t.Fatal(err)
	}
	secrets := typed.CoreV1().Secrets("n")
	if _, err := secrets.Get(t.Context(), "s", metav1.GetOptions{}); err != nil {
		t.Errorf("reading: %v", err)
	}
	if _, err := secrets.Create(t.Context(), &corev1.Secret{}, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}); err != nil {
		t.Errorf("a dry run: %v", err)
	}
	review := &authorizationv1.SelfSubjectAccessReview{}
	if _, err := typed.AuthorizationV1().SelfSubjectAccessReviews().Create(t.Context(), review, metav1.CreateOptions{}); err != nil {
		t.Errorf("an access review: %v", err)
	}
	sent := len(requests)
	_, created := secrets.Create(t.Context(), &corev1.Secret{}, metav1.CreateOptions{})
	_, patched := dynamic.Resource(DeploymentsResource).Namespace("n").Patch(t.Context(), "d", types.MergePatchType, []byte("{}"), metav1.PatchOptions{})
	for _, err := range []error{created, patched, secrets.Delete(t.Context(), "s", metav1.DeleteOptions{})} {
		var refused *RefusedError
		if !errors.As(err, &refused) {
			t.Errorf("error = %v", err)
		}
	}
	if len(requests) != sent {
		t.Errorf("changes have been sent: %v", requests[sent:])
	}
}

func TestBehindAPathTheSameIsRefused(t *testing.T) {
	for _, tt := range []struct {
		method, path string
		sent         bool
	}{
		{"GET", "/k8s/clusters/c-1/api/v1/pods", true},
		{"POST", "/k8s/clusters/c-1/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", true},
		{"GET", "/k8s/clusters/c-1/api/v1/namespaces/n/pods/p/exec", false},
		{"POST", "/k8s/clusters/c-1/api/v1/namespaces/n/serviceaccounts/s/token?dryRun=All", false},
		{"DELETE", "/k8s/clusters/c-1/api/v1/namespaces/n/pods/p", false},
		{"GET", "/elsewhere/api/v1/namespaces/n/pods/p/exec", false},
	} {
		sent := false
		transport := guard{allows: changesNothing, prefix: prefixOf("https://h/k8s/clusters/c-1/"), next: roundTrip(func(*http.Request) (*http.Response, error) {
			sent = true
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
		})}
		request, err := http.NewRequestWithContext(t.Context(), tt.method, "https://h"+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := transport.RoundTrip(request); sent != tt.sent || (err == nil) != tt.sent {
			t.Errorf("%s %s: sent %t, %v", tt.method, tt.path, sent, err)
		} else if err == nil {
			_ = response.Body.Close()
		}
	}
}

func TestARecordingConnectionWritesEventsAndOneConfigMap(t *testing.T) {
	var sent []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Method+" "+r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{}`)
	}))
	t.Cleanup(server.Close)
	connection := NewConnection("test", nil)
	*connection.Flags.APIServer = server.URL
	connection.ReadOnly()
	typed, err := connection.Recording("n", "m").Typed()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := typed.EventsV1().Events("n").Create(t.Context(), &eventsv1.Event{}, metav1.CreateOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := typed.CoreV1().ConfigMaps("n").Get(t.Context(), "m", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	_, elsewhere := typed.EventsV1().Events("other").Create(t.Context(), &eventsv1.Event{}, metav1.CreateOptions{})
	_, another := typed.CoreV1().ConfigMaps("n").Update(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "x"}}, metav1.UpdateOptions{})
	_, secret := typed.CoreV1().Secrets("n").Get(t.Context(), "m", metav1.GetOptions{})
	for _, err := range []error{elsewhere, another, secret, typed.CoreV1().ConfigMaps("n").Delete(t.Context(), "m", metav1.DeleteOptions{}),
		typed.EventsV1().Events("n").Delete(t.Context(), "e", metav1.DeleteOptions{})} {
		var refused *RefusedError
		if !errors.As(err, &refused) {
			t.Errorf("error = %v", err)
		}
	}
	if len(sent) != 2 {
		t.Errorf("sent %q", sent)
	}
}
