package helm

import (
	"strconv"
	"time"

	"helm.sh/helm/v3/pkg/release"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// LabelSelector picks the Secrets in which Helm keeps the revisions of a release.
func LabelSelector(name string) string { return "owner=helm,name=" + name }

// FromLabels is what the labels of these Secrets tell of the last revision: its number, status and time, and whether this program made it. The
// rest of it is in half a megabyte of data, which Get reads.
func FromLabels(name string, secrets []unstructured.Unstructured) Release {
	last := Release{Name: name, Status: Absent}
	for i := range secrets {
		labels := secrets[i].GetLabels()
		revision, err := strconv.Atoi(labels["version"])
		if err != nil || revision <= last.Revision {
			continue
		}
		status := release.Status(labels["status"])
		last = Release{Name: name, Revision: revision, RawStatus: labels["status"], Status: statusOf(status), Ours: marked(labels, revision)}
		if seconds, err := strconv.ParseInt(labels["modifiedAt"], 10, 64); err == nil {
			last.Updated = time.Unix(seconds, 0)
		} else {
			last.Updated = secrets[i].GetCreationTimestamp().Time
		}
	}
	return last
}
