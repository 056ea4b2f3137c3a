package checks

import (
	"slices"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

func TestWhatFansOutIsRead(t *testing.T) {
	w := healthy(t)
	set(w.store(), "ReadOnly", "status", "capabilities")
	c := clusterOf(t, w)
	c.server.Add(clustertest.Object(t, `{kind: PushSecret, metadata: {namespace: app, name: push}, spec: {secretStoreRefs: [{kind: ClusterSecretStore, name: infisical-p}, {name: own}]}}`))
	c.server.Add(clustertest.Object(t, `{kind: ClusterExternalSecret, metadata: {name: all}, status: {failedNamespaces: [{namespace: app, reason: taken}, {namespace: other, reason: taken}]}}`))
	c.server.Add(clustertest.Object(t, `{kind: ClusterExternalSecret, metadata: {name: fine}}`))
	r := read(t, c)
	if f, found := finding(r, "EI841", "EI841"); !found || f.Objects[0].String() != "PushSecret app/push" {
		t.Errorf("%+v", outcome(r, "EI841"))
	}
	o := outcome(r, "EI840")
	if len(o.Findings) != 1 || o.Findings[0].Cause.Summary != "ESO cannot make the ExternalSecret of all in 2 namespaces, such as app" || o.Findings[0].Detail != "taken" {
		t.Errorf("%+v", o)
	}
}

func TestKindsThatAreNotInstalledAreNoUnknowns(t *testing.T) {
	c := clusterOf(t, healthy(t))
	c.server.Refuse["pushsecrets"], c.server.Refuse["clusterexternalsecrets"] = clustertest.NoSuchResource("pushsecrets"), clustertest.NoSuchResource("clusterexternalsecrets")
	r := read(t, c)
	for _, code := range []cause.Code{"EI840", "EI841"} {
		if f := outcome(r, code).Findings[0]; f.Status != doctor.Pass {
			t.Errorf("%s: %+v", code, f)
		}
	}
}

// Who may read the credentials is asked of the API server, for everybody and for the account that pods have by default.
func TestWhoMayReadTheCredentials(t *testing.T) {
	everybody := "system:serviceaccount:eso-infisical-nowhere:anybody"
	operator := "system:serviceaccount:external-secrets:operator"
	tests := map[string]struct {
		allowed []string
		want    exposure
	}{
		"nobody":    {nil, exposure{}},
		"everybody": {[]string{everybody, "system:serviceaccount:external-secrets:default"}, exposure{Everybody: credentialsObject(), Default: credentialsObject()}},
		"default":   {[]string{"system:serviceaccount:external-secrets:default"}, exposure{Default: credentialsObject()}},
		"operator":  {[]string{operator}, exposure{Operator: true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := healthy(t)
			set(&w.deployments[0], "operator", "spec", "template", "spec", "serviceAccountName")
			c := clusterOf(t, w)
			c.typed.PrependReactor("create", "subjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
				asked := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SubjectAccessReview).Spec
				return true, &authorizationv1.SubjectAccessReview{Status: authorizationv1.SubjectAccessReviewStatus{Allowed: slices.Contains(tt.allowed, asked.User)}}, nil
			})
			got, err := exposed.Of(t.Context(), doctor.NewSnapshot(t.Context(), c.Cluster))
			if err != nil || got.Operator != tt.want.Operator || !slices.Equal(got.Everybody, tt.want.Everybody) || !slices.Equal(got.Default, tt.want.Default) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func credentialsObject() []doctor.Object {
	return []doctor.Object{{Kind: "Secret", Namespace: home, Name: "creds"}}
}

// An operator that runs as default reads what it must.
func TestTheOperatorMayBeDefault(t *testing.T) {
	c := clusterOf(t, healthy(t))
	c.typed.PrependReactor("create", "subjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		asked := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SubjectAccessReview).Spec
		allowed := asked.User == "system:serviceaccount:external-secrets:default" && asked.ResourceAttributes.Verb != "*"
		return true, &authorizationv1.SubjectAccessReview{Status: authorizationv1.SubjectAccessReviewStatus{Allowed: allowed}}, nil
	})
	r := read(t, c)
	if f := outcome(r, "EI913").Findings[0]; f.Status != doctor.Pass {
		t.Errorf("%+v", f)
	}
}
