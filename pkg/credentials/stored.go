package credentials

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

// Keys of the pair that a rotation has replaced. It stays in the Secret until the rotation is done, so that a run which was killed can
// be undone by the next.
const (
	previousIDKey     = "previousClientId"
	previousSecretKey = "previousClientSecret"
)

// Content is the machine identity's pair as the cluster holds it.
type Content struct {
	Pair infisical.UniversalAuth
	Record
	// Previous is set while a rotation is under way, or over but for the old pair, which is kept for a time.
	Previous *Previous

	// version is the resource version that it was read from.
	version string
}

// Previous is the pair that a rotation has replaced and not revoked yet.
type Previous struct {
	Pair infisical.UniversalAuth
	// SecretID and IdentityID are empty where the pair was not known to Infisical's administration.
	SecretID, IdentityID string
	// ReplacedAt is when the new pair took its place; ProvedAt when every store was seen to work with that, zero before.
	ReplacedAt, ProvedAt time.Time
	// KeptUntil is when it may be revoked at the earliest, zero for as soon as nobody uses it.
	KeptUntil time.Time
}

// Read reads the pair that ESO uses. A Secret that does not exist or holds no whole pair is a cause.Error.
func Read(ctx context.Context, client dynamic.Interface, ref eso.Reference) (Content, error) {
	what := fmt.Sprintf("read Secret %s/%s", ref.Namespace, ref.Name)
	obj, err := client.Resource(secrets).Namespace(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return Content{}, &cause.Error{Tried: what, Err: err, Cause: cause.CredentialsMissing}
	}
	if err != nil {
		return Content{}, fmt.Errorf("%s: %w", what, err)
	}
	content := read(obj)
	if content.Pair.ClientID == "" || content.Pair.ClientSecret == "" {
		return Content{}, &cause.Error{Tried: what, Cause: cause.CredentialsIncomplete}
	}
	return content, nil
}

// Holds reports whether the Secret holds the pair, after a write whose answer may have been lost.
func Holds(ctx context.Context, client dynamic.Interface, ref eso.Reference, pair infisical.UniversalAuth) (bool, error) {
	content, err := Read(ctx, client, ref)
	var missing *cause.Error
	if errors.As(err, &missing) {
		return false, nil
	}
	return content.Pair == pair, err
}

func read(obj *unstructured.Unstructured) Content {
	a := obj.GetAnnotations()
	c := Content{Pair: infisical.UniversalAuth{ClientID: value(obj, eso.ClientIDKey), ClientSecret: value(obj, eso.ClientSecretKey)},
		Record: readRecord(obj), version: obj.GetResourceVersion()}
	if old := value(obj, previousSecretKey); old != "" {
		c.Previous = &Previous{Pair: infisical.UniversalAuth{ClientID: value(obj, previousIDKey), ClientSecret: old},
			SecretID: a[previousIDAnnotation], IdentityID: a[previousOwnerAnnotation], ReplacedAt: parseStamp(a[replacedAtAnnotation]),
			ProvedAt: parseStamp(a[provedAtAnnotation]), KeptUntil: parseStamp(a[keptUntilAnnotation])}
	}
	return c
}

// value decodes a key of the Secret; one that is not there, or not as the API server writes it, is empty.
func value(obj *unstructured.Unstructured, key string) string {
	encoded, _, _ := unstructured.NestedString(obj.Object, "data", key)
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return ""
	}
	return string(decoded)
}

// data renders the pair, and the previous one where there is one.
func (c Content) data() map[string]any {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	data := map[string]any{eso.ClientIDKey: encode(c.Pair.ClientID), eso.ClientSecretKey: encode(c.Pair.ClientSecret)}
	if c.Previous != nil {
		data[previousIDKey], data[previousSecretKey] = encode(c.Previous.Pair.ClientID), encode(c.Previous.Pair.ClientSecret)
	}
	return data
}

// String keeps the pair out of every log and message.
func (c Content) String() string {
	return "[credentials, client secret " + Prefix(c.Pair.ClientSecret) + "…]"
}

// GoString does the same for %#v.
func (c Content) GoString() string { return c.String() }

// Replaced is what is recorded of a pair that a rotation has replaced and not revoked yet.
type Replaced struct {
	// Proved means that every store was seen to work with the new pair.
	Proved bool
	// KeptUntil is when the old client secret may be revoked at the earliest, zero for as soon as nobody uses it.
	KeptUntil time.Time
}

// ReplacedIn reads it of a Secret's data and annotations; false means that there is none.
func ReplacedIn(data map[string][]byte, annotations map[string]string) (Replaced, bool) {
	if len(data[previousSecretKey]) == 0 {
		return Replaced{}, false
	}
	return Replaced{Proved: !parseStamp(annotations[provedAtAnnotation]).IsZero(), KeptUntil: parseStamp(annotations[keptUntilAnnotation])}, true
}
