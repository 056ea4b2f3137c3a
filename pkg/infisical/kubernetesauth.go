package infisical

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// KubernetesAuth is how a machine identity logs in with the token of a Kubernetes ServiceAccount.
type KubernetesAuth struct {
	// Host is the address of the cluster's API server as Infisical reaches it, CACert what its certificate is verified with, in PEM form.
	Host, CACert string
	// ReviewerToken is the token with which Infisical asks the cluster about others. Without one, newer servers ask with the very token
	// that is to be reviewed. It is never read back.
	ReviewerToken string
	// AllowedNames are ServiceAccounts, AllowedNamespaces theirs.
	AllowedNames, AllowedNamespaces []string
	AllowedAudience                 string
	TokenTTL, TokenMaxTTL           time.Duration
}

// String keeps the reviewer's token out of every log and message.
func (k KubernetesAuth) String() string { return "[Kubernetes Auth of " + k.Host + "]" }

// GoString does the same for %#v.
func (k KubernetesAuth) GoString() string { return k.String() }

// MarshalJSON keeps it out of JSON.
func (k KubernetesAuth) MarshalJSON() ([]byte, error) {
	k.ReviewerToken = ""
	type plain KubernetesAuth
	return json.Marshal(plain(k))
}

func (k KubernetesAuth) wire() map[string]any {
	in := map[string]any{"kubernetesHost": k.Host, "caCert": k.CACert, "allowedNames": strings.Join(k.AllowedNames, ","),
		"allowedNamespaces": strings.Join(k.AllowedNamespaces, ","), "allowedAudience": k.AllowedAudience,
		"accessTokenTTL": int64(k.TokenTTL.Seconds()), "accessTokenMaxTTL": int64(k.TokenMaxTTL.Seconds())}
	if k.ReviewerToken != "" {
		in["tokenReviewerJwt"] = k.ReviewerToken
	}
	return in
}

func kubernetesAuthPath(identityID string) string {
	return "/api/v1/auth/kubernetes-auth/identities/" + url.PathEscape(identityID)
}

// AttachKubernetesAuth lets the identity log in from the cluster. Newer servers ask the cluster at once whether they may.
func (s *Session) AttachKubernetesAuth(ctx context.Context, identityID string, k KubernetesAuth) error {
	return s.client.do(ctx, call{op: "attach Kubernetes Auth", method: http.MethodPost, path: kubernetesAuthPath(identityID), token: s.token,
		in: k.wire(), repeat: untouched, hidden: []string{k.ReviewerToken}})
}

// UpdateKubernetesAuth changes all of it.
func (s *Session) UpdateKubernetesAuth(ctx context.Context, identityID string, k KubernetesAuth) error {
	return s.client.do(ctx, call{op: "change Kubernetes Auth", method: http.MethodPatch, path: kubernetesAuthPath(identityID), token: s.token,
		in: k.wire(), repeat: always, hidden: []string{k.ReviewerToken}})
}

// DetachKubernetesAuth ends that the identity can log in from a cluster.
func (s *Session) DetachKubernetesAuth(ctx context.Context, identityID string) error {
	return s.remove(ctx, "detach Kubernetes Auth", kubernetesAuthPath(identityID))
}

// KubernetesAuthConfig reads how the identity logs in from a cluster, and reports false where it does not.
func (s *Session) KubernetesAuthConfig(ctx context.Context, identityID string) (KubernetesAuth, bool, error) {
	var out struct {
		Config struct {
			Host       string `json:"kubernetesHost"`
			CACert     string `json:"caCert"`
			Names      string `json:"allowedNames"`
			Namespaces string `json:"allowedNamespaces"`
			Audience   string `json:"allowedAudience"`
			TTL        int64  `json:"accessTokenTTL"`
			MaxTTL     int64  `json:"accessTokenMaxTTL"`
		} `json:"identityKubernetesAuth"`
	}
	err := s.get(ctx, "read the Kubernetes Auth", kubernetesAuthPath(identityID), nil, &out)
	if absent(err) {
		return KubernetesAuth{}, false, nil
	}
	c := out.Config
	return KubernetesAuth{Host: c.Host, CACert: c.CACert, AllowedNames: list(c.Names), AllowedNamespaces: list(c.Namespaces),
		AllowedAudience: c.Audience, TokenTTL: seconds(c.TTL), TokenMaxTTL: seconds(c.MaxTTL)}, err == nil, err
}

// list splits what the server keeps as one text with commas.
func list(text string) []string {
	var out []string
	for _, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
