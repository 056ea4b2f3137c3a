package kube

import (
	"fmt"
	"net/http"
)

// readOnly passes on what reads, and refuses everything else before it leaves the program.
type readOnly struct{ next http.RoundTripper }

func (r readOnly) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodGet || request.Method == http.MethodHead {
		return r.next.RoundTrip(request)
	}
	if request.Body != nil {
		_ = request.Body.Close() // a RoundTripper must, and nothing is lost with it
	}
	return nil, fmt.Errorf("%s %s has been refused: this command only reads", request.Method, request.URL.Path)
}

// ReadOnly makes all clients of the connection refuse whatever could change the cluster. It must be called before the first of them is
// made.
func (c *Connection) ReadOnly() { c.readOnly = true }
