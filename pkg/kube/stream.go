package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
)

// Forms in which the API server is asked for its answer. Metadata leaves out all but each object's metadata: of Secrets, the values.
const (
	whole        = "application/json"
	metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
)

// Collection is a set of objects that is read as a stream: object by object while the API server still writes, so that memory stays flat
// however many there are, and however large each of them is.
type Collection struct {
	Client   rest.Interface
	Resource schema.GroupVersionResource
	// Namespace is empty for all of them, or for a kind that has none.
	Namespace string
	Options   metav1.ListOptions
	// MetadataOnly leaves out everything but the objects' metadata.
	MetadataOnly bool
}

// Stream lists the collection page by page and calls visit with each object. T is a struct of the fields that are needed, as
// encoding/json reads them; what it does not name is skipped. A visited object is never visited again; with an error, the rest is missing.
func Stream[T any](ctx context.Context, c Collection, visit func(T) error) error {
	options := c.Options
	options.Limit = pageSize
	for {
		next, err := readPage(ctx, c, options, visit)
		if again := continuation(err); again != "" && again != options.Continue {
			options.Continue = again
			continue
		}
		if err != nil {
			return err
		}
		if options.Continue = next; next == "" {
			return nil
		}
	}
}

// Read reads one object of the collection by its name.
func Read[T any](ctx context.Context, c Collection, name string) (T, error) {
	var object T
	body, err := c.request(name).Stream(ctx)
	if err != nil {
		return object, err
	}
	defer body.Close()
	if err := json.NewDecoder(body).Decode(&object); err != nil {
		return object, fmt.Errorf("read %s %s: %w", c.Resource.Resource, name, err)
	}
	return object, nil
}

func (c Collection) request(name string) *rest.Request {
	root := "/apis/" + c.Resource.Group + "/" + c.Resource.Version
	if c.Resource.Group == "" {
		root = "/api/" + c.Resource.Version
	}
	form := whole
	if c.MetadataOnly {
		form = metadataOnly
	}
	request := c.Client.Get().AbsPath(root).SetHeader("Accept", form).NamespaceIfScoped(c.Namespace, c.Namespace != "").Resource(c.Resource.Resource)
	if name != "" {
		request.Name(name)
	}
	return request
}

// readPage visits the objects of one page and returns where the next one begins, or "".
func readPage[T any](ctx context.Context, c Collection, options metav1.ListOptions, visit func(T) error) (next string, err error) {
	body, err := c.request("").SpecificallyVersionedParams(&options, scheme.ParameterCodec, schema.GroupVersion{Version: "v1"}).Stream(ctx)
	if err != nil {
		return "", err
	}
	defer body.Close()
	d := json.NewDecoder(body)
	var visited error
	fields := map[string]func() error{
		"metadata": func() error {
			var list metav1.ListMeta
			err := d.Decode(&list)
			next = list.Continue
			return err
		},
		"items": func() error {
			return elements(d, func() error {
				var object T
				if err := d.Decode(&object); err != nil {
					return err
				}
				visited = visit(object)
				return visited
			})
		},
	}
	err = members(d, fields)
	if err == nil || visited != nil {
		return next, visited
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return "", fmt.Errorf("read the list of %s: %w", c.Resource.Resource, err)
}

// members reads an object and calls what fields holds for its members; the others are skipped.
func members(d *json.Decoder, fields map[string]func() error) error {
	if err := expect(d, json.Delim('{')); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		read, known := fields[fmt.Sprint(key)]
		if !known {
			read = func() error { return d.Decode(new(json.RawMessage)) }
		}
		if err := read(); err != nil {
			return err
		}
	}
	return expect(d, json.Delim('}'))
}

// elements reads an array, or null, with one call for each element.
func elements(d *json.Decoder, read func() error) error {
	token, err := d.Token()
	if err != nil || token == nil {
		return err
	}
	if token != json.Delim('[') {
		return fmt.Errorf("a list was expected, but there is %v", token)
	}
	for d.More() {
		if err := read(); err != nil {
			return err
		}
	}
	return expect(d, json.Delim(']'))
}

func expect(d *json.Decoder, delim json.Delim) error {
	token, err := d.Token()
	if err == nil && token != delim {
		err = fmt.Errorf("%v was expected, but there is %v", delim, token)
	}
	return err
}
