package api

import (
	"regexp"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// kubernetesAuthRoutes are about Kubernetes Auth on an identity, and the log-in by it.
func (s *server) kubernetesAuthRoutes() []route {
	const of = "/api/v1/auth/kubernetes-auth/identities/{identityId}"
	return []route{
		{method: "POST", path: "/api/v1/auth/kubernetes-auth/login", access: anyone, class: writes, handle: s.logInServiceAccount},
		{method: "POST", path: of, class: writes, handle: s.attachKubernetesAuth},
		{method: "PATCH", path: of, class: writes, handle: s.updateKubernetesAuth},
		{method: "GET", path: of, class: reads, handle: s.getKubernetesAuth},
		{method: "DELETE", path: of, class: writes, handle: s.detachKubernetesAuth},
	}
}

var clusterHost = regexp.MustCompile(`^[a-zA-Z0-9:./-]+$`)

func (s *server) attachKubernetesAuth(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	required := []string{"kubernetesHost", "allowedNamespaces", "allowedNames", "allowedAudience"}
	if !s.dialect.modern {
		required = append(required, "tokenReviewerJwt")
	}
	for _, name := range required {
		if !in.has(name) {
			in.report(wrongType("string", "undefined", name))
		}
	}
	auth := store.NewKubernetesAuth()
	failure = s.readKubernetesAuth(in, &auth)
	if failure := firstFailure(in.failure(), failure); failure != nil {
		return nil, failure
	}
	identity := c.PathValue("identityId")
	if failure := s.store.MayAttachKubernetesAuth(c.actor, identity); failure != nil {
		return nil, failure
	}
	if failure := s.tryCluster(c, auth); failure != nil {
		return nil, failure
	}
	made, failure := s.store.CreateKubernetesAuth(c.actor, identity, auth)
	return s.kubernetesAuthAnswer(made, failure, true)
}

func (s *server) updateKubernetesAuth(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	identity := c.PathValue("identityId")
	changed, failure := s.store.KubernetesAuth(c.actor, identity)
	if failure != nil {
		return nil, failure
	}
	failure = s.readKubernetesAuth(in, &changed)
	if failure := firstFailure(in.failure(), failure); failure != nil {
		return nil, failure
	}
	if failure := s.tryCluster(c, changed); failure != nil {
		return nil, failure
	}
	auth, failure := s.store.UpdateKubernetesAuth(c.actor, identity,
		func(auth *store.KubernetesAuth) { _ = s.readKubernetesAuth(in, auth) }) // it went well before
	return s.kubernetesAuthAnswer(auth, failure, true)
}

func (s *server) getKubernetesAuth(c call) (any, *store.Failure) {
	auth, failure := s.store.KubernetesAuth(c.actor, c.PathValue("identityId"))
	return s.kubernetesAuthAnswer(auth, failure, true)
}

func (s *server) detachKubernetesAuth(c call) (any, *store.Failure) {
	auth, failure := s.store.DeleteKubernetesAuth(c.actor, c.PathValue("identityId"))
	return s.kubernetesAuthAnswer(auth, failure, false)
}

// readKubernetesAuth puts the fields that are given in the place of what is there.
func (s *server) readKubernetesAuth(in input, auth *store.KubernetesAuth) *store.Failure {
	for name, to := range map[string]*string{
		"kubernetesHost": &auth.Host, "caCert": &auth.CA, "tokenReviewerJwt": &auth.ReviewerToken,
		"allowedNamespaces": &auth.Namespaces, "allowedNames": &auth.Names, "allowedAudience": &auth.Audience,
	} {
		if text := in.optionalText(name); text != nil {
			*to = *text
		}
	}
	if in.has("kubernetesHost") && in.failure() == nil && !clusterHost.MatchString(auth.Host) {
		in.report(breaksRule("Kubernetes host must only contain letters, numbers, colons, periods, slashes and hyphens", "kubernetesHost"))
	}
	if s.dialect.modern {
		auth.SkipVerify = !in.boolean("verifyTlsCertificate", !auth.SkipVerify)
	}
	return s.readTokenTerms(in, &auth.TokenTerms)
}

type kubernetesAuthBody struct {
	ID string `json:"id"`
	tokenTermsBody
	CreatedAt         string `json:"createdAt"`
	UpdatedAt         string `json:"updatedAt"`
	IdentityID        string `json:"identityId"`
	KubernetesHost    string `json:"kubernetesHost"`
	AllowedNamespaces string `json:"allowedNamespaces"`
	AllowedNames      string `json:"allowedNames"`
	AllowedAudience   string `json:"allowedAudience"`
	*kubernetesTrustBody
	*modernKubernetesBody
}

// kubernetesTrustBody is left out of the answer to a deletion.
type kubernetesTrustBody struct {
	CACert           string `json:"caCert"`
	TokenReviewerJWT string `json:"tokenReviewerJwt"`
}

type modernKubernetesBody struct {
	TokenReviewMode      string `json:"tokenReviewMode"`
	VerifyTLSCertificate bool   `json:"verifyTlsCertificate"`
}

func (s *server) kubernetesAuthAnswer(auth store.KubernetesAuth, failure *store.Failure, withTrust bool) (any, *store.Failure) {
	if failure != nil {
		return nil, failure
	}
	body := kubernetesAuthBody{
		ID: auth.ID, tokenTermsBody: s.tokenTermsBody(auth.TokenTerms), IdentityID: auth.IdentityID,
		CreatedAt: timestamp(auth.CreatedAt), UpdatedAt: timestamp(auth.UpdatedAt), KubernetesHost: auth.Host,
		AllowedNamespaces: auth.Namespaces, AllowedNames: auth.Names, AllowedAudience: auth.Audience,
	}
	if withTrust {
		body.kubernetesTrustBody = &kubernetesTrustBody{auth.CA, auth.ReviewerToken}
	}
	if s.dialect.modern {
		body.modernKubernetesBody = &modernKubernetesBody{TokenReviewMode: "api", VerifyTLSCertificate: !auth.SkipVerify}
	}
	return map[string]any{"identityKubernetesAuth": body}, nil
}
