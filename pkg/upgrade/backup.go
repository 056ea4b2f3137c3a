package upgrade

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// lastApplied is kubectl's copy of the whole object.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// serverFields are the parts of an object's metadata that the API server fills by itself. Owner references stay: they name the owner by its
// uid, so that an object whose owner has gone is made anew by whoever owns it then.
var serverFields = []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink",
	"deletionTimestamp", "deletionGracePeriodSeconds"}

// backUp writes every object of the definitions' kinds to a file that only its owner may read, and returns how many there are. Those kinds
// hold references and not values; a provider or generator with inline data is the exception, hence the file's mode. An existing file is not
// overwritten.
func (u *Upgrader) backUp(ctx context.Context, name string, definitions []crds.Definition) (int, error) {
	what := "write the backup " + name
	if _, err := os.Lstat(name); err == nil {
		return 0, fmt.Errorf("%s: there is a file of that name; give another with --backup-file", what)
	}
	// The name appears only once all is written.
	part, err := os.CreateTemp(filepath.Dir(name), ".external-secrets-backup-*")
	if err != nil {
		return 0, fmt.Errorf("%s: %w; give another place with --backup-file, or do without with --no-backup", what, err)
	}
	defer os.Remove(part.Name())
	count, err := u.writeBackup(ctx, part, definitions)
	if closeErr := part.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(part.Name(), name)
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	return count, nil
}

func (u *Upgrader) writeBackup(ctx context.Context, file *os.File, definitions []crds.Definition) (int, error) {
	out := bufio.NewWriter(file)
	fmt.Fprintf(out, "# All objects of External Secrets Operator at %s, to be put back with kubectl apply --server-side -f FILE\n",
		time.Now().UTC().Format(time.RFC3339))
	count := 0
	for _, d := range definitions {
		resource, served := d.Readable()
		if !served {
			continue
		}
		err := kube.EachPage(ctx, u.Dynamic.Resource(resource), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
			for i := range page {
				if err := writeObject(out, &page[i]); err != nil {
					return err
				}
			}
			count += len(page)
			u.Progress(fmt.Sprintf("backing up: %d objects", count))
			return nil
		})
		if err != nil {
			return count, fmt.Errorf("read %s: %w", d.Name, err)
		}
	}
	if err := out.Flush(); err != nil {
		return count, err
	}
	return count, file.Sync()
}

// writeObject writes what a person would apply: neither status nor what the API server fills.
func writeObject(w io.Writer, obj *unstructured.Unstructured) error {
	unstructured.RemoveNestedField(obj.Object, "status")
	for _, field := range serverFields {
		unstructured.RemoveNestedField(obj.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(obj.Object, "metadata", "annotations", lastApplied)
	if len(obj.GetAnnotations()) == 0 {
		unstructured.RemoveNestedField(obj.Object, "metadata", "annotations")
	}
	data, err := yaml.Marshal(obj.Object)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "---\n%s", data)
	return err
}
