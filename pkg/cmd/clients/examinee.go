package clients

import (
	"context"
	"encoding/json"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Examinee makes the clients, none of which can change anything. That there is no cluster is for the report to say.
func Examinee(connection *kube.Connection, release string) doctor.Cluster {
	connection.ReadOnly()
	c := doctor.Cluster{Namespace: *connection.Flags.Namespace, Release: release}
	if c.Name, _, c.Err = connection.Cluster(); c.Err != nil {
		return c
	}
	to, err := connect(connection)
	if c.Err = err; err != nil {
		return c
	}
	c.Dynamic, c.Typed, c.Client, c.Metadata = to.Dynamic, to.Typed, to.Typed.CoreV1().RESTClient(), to.Metadata
	c.ReadRelease, c.Clock, c.User = to.Releases.Get, connection.Clock, connection.User
	c.Raw = func(ctx context.Context, path string) ([]byte, error) {
		data, err := c.Typed.Discovery().RESTClient().Get().AbsPath(path).Do(ctx).Raw()
		return data, said(data, err)
	}
	return c
}

// said puts the API server's own words into the error of a raw request, which are in its body alone.
func said(body []byte, err error) error {
	var status metav1.Status
	if err == nil || json.Unmarshal(body, &status) != nil || status.Kind != "Status" {
		return err
	}
	return apierrors.FromObject(&status)
}
