package helm

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/kube"
	"helm.sh/helm/v3/pkg/storage/driver"
	"sigs.k8s.io/yaml"
)

// Uninstall removes the release's objects and its record, and goes on where an earlier run has stopped. Custom resource definitions stay,
// whatever the chart says of them; call it only when nothing needs the controller any more. A release that is absent is no error.
//
// As with Install, Helm is not cancelled half-way.
func (c *Client) Uninstall(ctx context.Context, name string) error {
	if err := c.keepDefinitions(name); err != nil {
		return err
	}
	uninstall := action.NewUninstall(c.config)
	uninstall.Timeout, uninstall.IgnoreNotFound = OperationTimeout, true
	reasons := c.listen("uninstall: Failed to delete release")
	_, err := uninstall.Run(name)
	if missing := errors.Is(err, driver.ErrReleaseNotFound); err != nil && !missing {
		return fmt.Errorf("uninstall Helm release %s: %w%s", name, err, reasons())
	}
	return ctx.Err()
}

// listen keeps what Helm says in one of its log lines and nowhere else; the log as a whole can hold Secrets. The function returned gives the
// line in brackets, or nothing.
func (c *Client) listen(format string) func() string {
	log, heard := c.config.Log, ""
	c.config.Log = func(line string, args ...any) {
		if strings.HasPrefix(line, format) {
			heard = " (" + fmt.Sprint(args...) + ")"
		}
	}
	return func() string {
		c.config.Log = log
		return heard
	}
}

// keepDefinitions marks the custom resource definitions in the record of the last revision as to be kept. Helm goes by that record when it
// uninstalls, not by the cluster, and with a definition go all its objects.
func (c *Client) keepDefinitions(name string) error {
	what := "mark the custom resource definitions of Helm release " + name + " to be kept"
	last, err := c.config.Releases.Last(name)
	if errors.Is(err, driver.ErrReleaseNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: read the release: %w", what, err)
	}
	manifest, changed, err := keepIn(last.Manifest)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !changed {
		return nil
	}
	last.Manifest = manifest
	if err := c.config.Releases.Update(last); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// keepIn adds the mark to each definition in the manifest that lacks it. A definition that cannot be read is an error: Helm might delete it.
func keepIn(manifest string) (string, bool, error) {
	documents, changed := strings.Split(manifest, documentSeparator), false
	for i, document := range documents {
		if !mentionsCRD(document) {
			continue
		}
		marked, err := keep(document)
		if err != nil {
			return "", false, err
		}
		changed = changed || marked != document
		documents[i] = marked
	}
	return strings.Join(documents, documentSeparator), changed, nil
}

func keep(document string) (string, error) {
	h, ok := readHeader(document)
	if !ok {
		return "", errors.New("the release holds one that cannot be read")
	}
	if h.Kind != crdKind || h.Metadata.Annotations[kube.ResourcePolicyAnno] == kube.KeepPolicy {
		return document, nil
	}
	var object map[string]any
	if err := yaml.Unmarshal([]byte(document), &object); err != nil {
		return "", err
	}
	metadata, ok := object["metadata"].(map[string]any)
	if !ok {
		return "", errors.New("the release holds one without a name")
	}
	annotations, _ := metadata["annotations"].(map[string]any)
	if annotations == nil {
		annotations = map[string]any{}
		metadata["annotations"] = annotations
	}
	annotations[kube.ResourcePolicyAnno] = kube.KeepPolicy
	marked, err := yaml.Marshal(object)
	return string(marked), err
}
