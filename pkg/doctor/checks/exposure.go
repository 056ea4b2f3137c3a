package checks

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// subject is somebody whose rights are asked for.
type subject struct {
	user   string
	groups []string
}

// subjectOf is a ServiceAccount.
func subjectOf(namespace, account string) subject {
	return subject{"system:serviceaccount:" + namespace + ":" + account,
		[]string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"}}
}

// anybody is a ServiceAccount of no namespace, which has the rights that all of them have, and every user.
var anybody = subject{"system:serviceaccount:eso-infisical-nowhere:anybody", []string{"system:serviceaccounts", "system:authenticated"}}

// may asks whether the subject has a right. Asking changes nothing.
func (of subject) may(ctx context.Context, s *doctor.Snapshot, right kube.Right) (bool, error) {
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{User: of.user, Groups: of.groups,
		ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: right.Verb, Group: right.Group, Resource: right.Resource, Subresource: right.Subresource,
			Namespace: right.Namespace, Name: right.Name}}}
	answered, err := s.Cluster.Typed.AuthorizationV1().SubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return false, err
	}
	return answered.Status.Allowed, nil
}

// asksAboutOthers is the right to ask for the rights of others.
func asksAboutOthers(doctor.Cluster) []kube.Right {
	return []kube.Right{{Verb: "create", Group: "authorization.k8s.io", Resource: "subjectaccessreviews"}}
}

// exposure is who may do more than is good.
type exposure struct {
	// Operator means that the controller may do anything.
	Operator bool
	// Everybody and Default are the Secrets with credentials that every ServiceAccount may read, or that of their namespace called default.
	Everybody, Default []doctor.Object
}

// exposed asks about the Secrets with the credentials of stores, and about the controller.
var exposed = doctor.NewInput("who may read the credentials", func(ctx context.Context, s *doctor.Snapshot) (exposure, error) {
	found, err := stores.Of(ctx, s)
	controller, controllerErr := theController(ctx, s)
	if err := firstError(err, controllerErr); err != nil {
		return exposure{}, err
	}
	group, ctx := errgroup.WithContext(ctx)
	var e exposure
	var mu sync.Mutex
	ask := func(of subject, right kube.Right, note func()) {
		group.Go(func() error {
			may, err := of.may(ctx, s, right)
			if may {
				mu.Lock()
				defer mu.Unlock()
				note()
			}
			return err
		})
	}
	own := subject{}
	if controller != nil {
		own = subjectOf(controller.GetNamespace(), accountOf(controller))
		ask(own, kube.Right{Verb: "*", Group: "*", Resource: "*"}, func() { e.Operator = true })
	}
	for _, o := range credentialSecrets(found) {
		read := kube.Right{Verb: "get", Resource: "secrets", Namespace: o.Namespace, Name: o.Name}
		ask(anybody, read, func() { e.Everybody = append(e.Everybody, o) })
		if of := subjectOf(o.Namespace, "default"); of.user != own.user {
			ask(of, read, func() { e.Default = append(e.Default, o) })
		}
	}
	err = group.Wait()
	return e, err
}).Asking(asksAboutOthers).Keeping(whole)

// mostAsked bounds for how many Secrets it is asked who may read them.
const mostAsked = 20

// credentialSecrets are those of the stores, each once.
func credentialSecrets(found []store) []doctor.Object {
	var all []doctor.Object
	for _, st := range found {
		for _, k := range st.credentials() {
			if o := k.object(); o.Namespace != "" && !slices.Contains(all, o) && len(all) < mostAsked {
				all = append(all, o)
			}
		}
	}
	return all
}

var exposureChecks = []doctor.Check{
	{Code: "EI911", Needs: codes("EI201"), Inputs: sources(exposed, deployments), Run: operatorMayNotDoAll},
	{Code: "EI912", Needs: codes("EI701"), Inputs: sources(exposed), Run: credentialsAreNotForAll},
	{Code: "EI913", Needs: codes("EI701"), Inputs: sources(exposed), Run: defaultAccountReadsNothing},
	{Code: "EI914", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(credentialsAreAtHome)},
}

func operatorMayNotDoAll(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	e, err := exposed.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	controller, err := theController(ctx, s)
	if err != nil || controller == nil {
		return failedOrNothing(err)
	}
	account := accountObject(controller)
	if !e.Operator {
		return one(doctor.Holds("", account))
	}
	return one(problem("EI911", "ESO's controller may do anything in the cluster", "take the ClusterRoleBinding away that gives it more than the chart's own roles", account).
		MendedBy("kubectl get clusterrolebindings --output wide").From(doctor.Evidence{Object: account, Field: "rights", Value: "* on *.*"}))
}

func credentialsAreNotForAll(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	e, err := exposed.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	if len(e.Everybody) == 0 {
		return one(doctor.Holds(""))
	}
	command := "kubectl -n " + e.Everybody[0].Namespace + " get rolebindings --output wide"
	return one(problem("EI912", "every ServiceAccount of the cluster may read the credentials", "take the role from the group system:authenticated or system:serviceaccounts, and rotate the client secret: kubectl eso-infisical rotate credentials",
		e.Everybody...).MendedBy(command).From(doctor.Evidence{Object: e.Everybody[0], Field: "rights", Value: anybody.user + " may get it"}))
}

func defaultAccountReadsNothing(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	e, err := exposed.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	of := slices.DeleteFunc(slices.Clone(e.Default), func(o doctor.Object) bool { return slices.Contains(e.Everybody, o) })
	if len(of) == 0 {
		return one(doctor.Holds(""))
	}
	command := "kubectl -n " + of[0].Namespace + " get rolebindings --output wide"
	return one(problem("EI913", "ServiceAccount default of namespace "+of[0].Namespace+" may read the credentials, and every pod there that names no other is it",
		"take that role from it, and give who needs it a ServiceAccount of its own", of...).MendedBy(command).
		From(doctor.Evidence{Object: of[0], Field: "rights", Value: subjectOf(of[0].Namespace, "default").user + " may get it"}))
}

// credentialsAreAtHome finds credentials of a ClusterSecretStore that lie where others work.
func credentialsAreAtHome(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	if st.Kind() == eso.NamespacedKind {
		return nil
	}
	for _, k := range st.credentials() {
		if k.namespace != "" && k.namespace != s.Cluster.Namespace {
			return one(problem("EI914", "the credentials of a store for the whole cluster lie in namespace "+k.namespace+", whoever reads Secrets there has them",
				"keep them in ESO's namespace: "+bootstrap, k.object()).MendedBy(bootstrap).From(doctor.Seen(st.object, "spec.provider.infisical.auth…"+k.use+".namespace", k.namespace)))
		}
	}
	return one(doctor.Holds("", st.named()))
}
