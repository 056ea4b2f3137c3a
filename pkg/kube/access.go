package kube

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/sync/errgroup"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// accessReviews is how many are asked for at a time.
const accessReviews = 10

// Right is one thing that a run needs to be allowed. An empty Namespace stands for all of them, or for a kind that has none.
type Right struct {
	Verb, Group, Resource, Subresource string
	Namespace, Name                    string
}

func (r Right) String() string {
	text := r.Verb + " " + r.Resource
	if r.Group != "" {
		text += "." + r.Group
	}
	if r.Subresource != "" {
		text += "/" + r.Subresource
	}
	if r.Name != "" {
		text += " " + r.Name
	}
	if r.Namespace != "" {
		text += " in namespace " + r.Namespace
	}
	return text
}

// On lists a right for each of the verbs.
func On(r Right, verbs ...string) []Right {
	rights := make([]Right, len(verbs))
	for i, verb := range verbs {
		r.Verb = verb
		rights[i] = r
	}
	return rights
}

// DeniedError says which rights are missing for what was to be done. Nothing has been changed.
type DeniedError struct {
	Doing  string
	Rights []Right
}

func (e *DeniedError) Error() string {
	lines := make([]string, len(e.Rights))
	for i, r := range e.Rights {
		lines[i] = "\n  " + r.String()
	}
	return "not allowed to " + e.Doing + "; these rights are missing:" + strings.Join(lines, "")
}

// RequireRights asks the API server for every right and fails with a *DeniedError that names all that are missing.
func RequireRights(ctx context.Context, client kubernetes.Interface, doing string, rights []Right) error {
	missing, err := MissingRights(ctx, client, rights)
	if err == nil && len(missing) > 0 {
		return &DeniedError{Doing: doing, Rights: missing}
	}
	return err
}

// MissingRights returns those of the rights that the user does not have, in their order.
func MissingRights(ctx context.Context, client kubernetes.Interface, rights []Right) ([]Right, error) {
	allowed := make([]bool, len(rights))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(accessReviews)
	for i, r := range rights {
		group.Go(func() (err error) {
			allowed[i], err = r.allowed(ctx, client)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var missing []Right
	for i, r := range rights {
		if !allowed[i] {
			missing = append(missing, r)
		}
	}
	return missing, nil
}

func (r Right) allowed(ctx context.Context, client kubernetes.Interface) (bool, error) {
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: r.Verb, Group: r.Group, Resource: r.Resource,
			Subresource: r.Subresource, Namespace: r.Namespace, Name: r.Name},
	}}
	answer, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return false, fmt.Errorf("ask whether it is allowed to %s: %w", r, err)
	}
	return answer.Status.Allowed, nil
}

// refusal is how the API server words what a user may not do.
var refusal = regexp.MustCompile(`cannot (\S+) resource "([^"/]+)(?:/([^"]+))?" in API group "([^"]*)"(?: in the namespace "([^"]+)")?`)

// MissingRight reads from the API server's refusal which right is missing.
func MissingRight(err error) (Right, bool) {
	if !apierrors.IsForbidden(err) {
		return Right{}, false
	}
	m := refusal.FindStringSubmatch(err.Error())
	if m == nil {
		return Right{}, false
	}
	return Right{Verb: m[1], Resource: m[2], Subresource: m[3], Group: m[4], Namespace: m[5]}, true
}
