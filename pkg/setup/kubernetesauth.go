package setup

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// provisionKubernetes sets up Kubernetes Auth: Infisical lets the cluster judge the token of ESO's own ServiceAccount, so that neither
// side keeps a secret. A server that cannot review a token with that token itself is given one of an account for this alone.
func (r *Runner) provisionKubernetes(ctx context.Context, admin *identity.Admin) (Provisioned, error) {
	if err := r.allowReview(ctx); err != nil {
		return Provisioned{}, err
	}
	auth, err := r.kubernetesAuth(ctx)
	if err != nil {
		return Provisioned{}, err
	}
	spec, err := r.RememberedIdentity(ctx)
	if err != nil {
		return Provisioned{}, err
	}
	spec.KubernetesAuth = &auth
	ensured, err := admin.Ensure(ctx, spec)
	if err != nil {
		return Provisioned{}, err
	}
	out := Provisioned{Identity: ensured.Identity.Name, Notes: ensured.Notes}
	if err := r.proveKubernetesAuth(ctx, ensured.Identity.ID); err != nil {
		return out, err
	}
	out.Result, err = r.keepIdentity(ctx, spec, ensured.Identity.ID)
	if len(ensured.Changes) > 0 {
		out.Detail = strings.Join(ensured.Changes, ", ") + "; " + out.Detail
		if out.Outcome == kube.Unchanged {
			out.Outcome = kube.Changed
		}
	}
	return out, err
}

// kubernetesAuth says which cluster and whose tokens Infisical is to accept.
func (r *Runner) kubernetesAuth(ctx context.Context) (infisical.KubernetesAuth, error) {
	ca, err := r.clusterCA(ctx)
	if err != nil {
		return infisical.KubernetesAuth{}, err
	}
	host, err := r.apiServer()
	if err != nil {
		return infisical.KubernetesAuth{}, err
	}
	auth := infisical.KubernetesAuth{Host: host, CACert: ca, AllowedNames: []string{r.Desired.Release},
		AllowedNamespaces: []string{r.Desired.Namespace}, TokenTTL: identity.TokenTTL, TokenMaxTTL: identity.TokenMaxTTL}
	client, err := r.client(ctx)
	if err != nil {
		return auth, err
	}
	dialect, err := client.Dialect(ctx)
	if err != nil {
		return auth, verify.Offering(cause.Wrap("ask Infisical for its version", err))
	}
	if dialect.Modern {
		return auth, nil
	}
	auth.ReviewerToken, err = r.reviewerToken(ctx)
	return auth, err
}

// apiServer is the cluster's address as Infisical reaches it. What the kubeconfig says of it holds for this machine only where it says
// "this machine".
func (r *Runner) apiServer() (string, error) {
	if r.Desired.KubernetesHost != "" {
		return r.Desired.KubernetesHost, nil
	}
	infisicalHost := hostname(r.Desired.Host)
	if _, inside := kube.ClusterService(infisicalHost); inside || r.Desired.Via.Name != "" {
		return "https://kubernetes.default.svc", nil
	}
	if isLoopback(hostname(r.ClusterServer)) && !isLoopback(infisicalHost) {
		return "", &InputError{Problem: "the kubeconfig's address of the cluster, " + r.ClusterServer +
			", is good for this machine only; give the address at which Infisical reaches it with --kubernetes-host"}
	}
	return r.ClusterServer, nil
}

func hostname(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// clusterCA is the CA that the API server's certificate is verified with; every namespace has it.
func (r *Runner) clusterCA(ctx context.Context) (string, error) {
	const name = "kube-root-ca.crt"
	configMap, err := r.Typed.CoreV1().ConfigMaps(r.Desired.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("read the cluster's CA from ConfigMap %s/%s: %w", r.Desired.Namespace, name, err)
	}
	return configMap.Data["ca.crt"], nil
}

// proveKubernetesAuth logs in as ESO does, with a token of ESO's ServiceAccount that lives for ten minutes.
func (r *Runner) proveKubernetesAuth(ctx context.Context, identityID string) error {
	if r.Desired.Verify != verify.Local {
		return nil // ESO itself proves it when the store is applied
	}
	client, err := r.client(ctx)
	if err != nil {
		return err
	}
	session, err := r.logInAsESO(ctx, client, identityID)
	if err != nil {
		return verify.Offering(cause.Wrap("log in to Infisical as ESO's ServiceAccount", err))
	}
	defer verify.Close(ctx, session)
	_, err = verify.See(ctx, session, r.Desired.scope())
	return cause.Wrap("verify the machine identity", err)
}

func (r *Runner) logInAsESO(ctx context.Context, client *infisical.Client, identityID string) (*infisical.Session, error) {
	account := r.Desired.Release
	seconds := int64((10 * time.Minute).Seconds())
	token, err := r.Typed.CoreV1().ServiceAccounts(r.Desired.Namespace).CreateToken(ctx, account,
		&authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}, metav1.CreateOptions{})
	if apierrors.IsNotFound(err) {
		return nil, &cause.Error{Tried: "get a token of ServiceAccount " + account, Err: err, Cause: cause.Cause{Code: "EI206",
			Summary: "ESO's ServiceAccount does not exist", Fix: "install ESO first: kubectl eso-infisical install"}}
	}
	if err != nil {
		return nil, fmt.Errorf("get a token of ServiceAccount %s/%s: %w", r.Desired.Namespace, account, err)
	}
	return client.LoginKubernetes(ctx, identityID, token.Status.Token)
}

// RememberedIdentity is the desired one, with what its Secret says of the identity that was made for it. Who may not read that does without.
func (r *Runner) RememberedIdentity(ctx context.Context) (identity.Spec, error) {
	spec, ref := r.Desired.Identity(), r.Desired.Secret()
	secret, err := r.Typed.CoreV1().Secrets(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		return spec, nil
	}
	if err != nil {
		return spec, fmt.Errorf("read Secret %s/%s: %w", ref.Namespace, ref.Name, err)
	}
	id, madeAs := credentials.MadeIdentity(secret.GetAnnotations())
	return remembering(spec, id, madeAs), nil
}

// keepIdentity writes the identity's ID where the store reads it. It is no secret, but ESO takes it from a Secret only.
func (r *Runner) keepIdentity(ctx context.Context, spec identity.Spec, id string) (Result, error) {
	ref := r.Desired.Secret()
	secret := object("Secret", ref)
	if spec.ID == "" {
		secret.SetAnnotations(credentials.IdentityAnnotations(id, spec.MadeAs()))
	}
	secret.Object["type"] = "Opaque"
	secret.Object["data"] = map[string]any{eso.IdentityKey: base64.StdEncoding.EncodeToString([]byte(id))}
	return r.applyInput(ctx, secretsResource, secret, "ID of the machine identity, which logs in with the token of ESO's ServiceAccount")
}

// identityID reads it back.
func (r *Runner) identityID(ctx context.Context, ref eso.Reference) (string, error) {
	secret, err := r.Typed.CoreV1().Secrets(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("read Secret %s/%s: %w", ref.Namespace, ref.Name, err)
	}
	if len(secret.Data[eso.IdentityKey]) == 0 {
		return "", errors.New("read the identity's ID: Secret " + ref.Namespace + "/" + ref.Name + " has no key " + eso.IdentityKey)
	}
	return string(secret.Data[eso.IdentityKey]), nil
}
