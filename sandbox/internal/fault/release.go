package fault

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// releaseFaults leave the Helm release as a run that was killed, or that failed, leaves it.
func releaseFaults() []Fault {
	return []Fault{
		nextRevision("release-pending", "an upgrade of the Helm release was killed while it worked", "pending-upgrade"),
		nextRevision("release-failed", "the last upgrade of the Helm release has failed", "failed"),
	}
}

// nextRevision adds a revision in that state to the release, as Helm writes it.
func nextRevision(name, summary, status string) Fault {
	return Fault{Name: name, Summary: summary, Expect: Expect{Code: "EI203", Object: "external-secrets", Fixed: status != "failed"},
		apply: func(ctx context.Context, t Target, saved saved) error {
			api := t.Cluster.Resource(secretKind).Namespace(home)
			list, err := api.List(ctx, metav1.ListOptions{LabelSelector: "owner=helm,name=external-secrets,status=deployed"})
			if err != nil {
				return fmt.Errorf("list the revisions of the release: %w", err)
			}
			if len(list.Items) == 0 {
				return fmt.Errorf("there is no release external-secrets that is deployed; install ESO first")
			}
			next, err := following(&list.Items[len(list.Items)-1], status)
			if err != nil {
				return err
			}
			saved["revision"] = next.GetName()
			if _, err = api.Create(ctx, next, metav1.CreateOptions{}); apierrors.IsAlreadyExists(err) {
				return nil
			}
			return err
		},
		heal: func(ctx context.Context, t Target, saved saved) error {
			if saved["revision"] == "" {
				return nil
			}
			return deleted(ctx, t, located{secretKind, home, saved["revision"]})
		}}
}

// following is the Secret of the revision after the given one.
func following(last *unstructured.Unstructured, status string) (*unstructured.Unstructured, error) {
	stored, _, _ := unstructured.NestedString(last.Object, "data", "release")
	release, err := decodeRelease(stored)
	if err != nil {
		return nil, fmt.Errorf("read the revision %s: %w", last.GetName(), err)
	}
	version, _ := release["version"].(float64)
	release["version"] = version + 1
	if info, is := release["info"].(map[string]any); is {
		info["status"], info["description"] = status, "made by the sandbox"
		info["last_deployed"] = time.Now().Add(-time.Hour).Format(time.RFC3339) // whoever made it has long gone
	}
	encoded, err := encodeRelease(release)
	if err != nil {
		return nil, fmt.Errorf("write a revision: %w", err)
	}
	next := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
		"data": map[string]any{"release": encoded}}}
	next.SetNamespace(home)
	next.SetName(fmt.Sprintf("sh.helm.release.v1.external-secrets.v%d", int(version)+1))
	labels := last.GetLabels()
	labels["status"], labels["version"] = status, fmt.Sprint(int(version)+1)
	next.SetLabels(labels)
	return next, nil
}

// decodeRelease undoes what Helm and the API server have done: base64 twice, and gzip.
func decodeRelease(stored string) (map[string]any, error) {
	data, err := base64.StdEncoding.DecodeString(stored)
	if err == nil {
		data, err = base64.StdEncoding.DecodeString(string(data))
	}
	if err != nil {
		return nil, err
	}
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		return nil, err
	}
	var release map[string]any
	return release, json.Unmarshal(text, &release)
}

func encodeRelease(release map[string]any) (string, error) {
	text, err := json.Marshal(release)
	if err != nil {
		return "", err
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write(text); err != nil {
		return "", err
	}
	if err := zip.Close(); err != nil {
		return "", err
	}
	once := base64.StdEncoding.EncodeToString(packed.Bytes())
	return base64.StdEncoding.EncodeToString([]byte(once)), nil
}
