package helm

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Images are those that the rendered objects' containers run, sorted, each one once.
func (r Rendered) Images() ([]string, error) {
	objects, err := r.Objects()
	if err != nil {
		return nil, err
	}
	var images []string
	for _, obj := range objects {
		images = collect(obj, images)
	}
	slices.Sort(images)
	return slices.Compact(images), nil
}

// podSpecs are where kinds keep the pods that they make.
var podSpecs = map[string][]string{
	"Pod":     {"spec"},
	"CronJob": {"spec", "jobTemplate", "spec", "template", "spec"},
}

func collect(obj *unstructured.Unstructured, images []string) []string {
	path, known := podSpecs[obj.GetKind()]
	if !known {
		path = []string{"spec", "template", "spec"}
	}
	for _, field := range []string{"initContainers", "containers"} {
		containers, _, _ := unstructured.NestedSlice(obj.Object, append(slices.Clone(path), field)...)
		for _, item := range containers {
			if c, ok := item.(map[string]any); ok {
				if image, ok := c["image"].(string); ok {
					images = append(images, image)
				}
			}
		}
	}
	return images
}
