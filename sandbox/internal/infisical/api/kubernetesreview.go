package api

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/cluster"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

func (s *server) clusterOf(auth store.KubernetesAuth) cluster.Cluster {
	believes := auth.CA == "" && !s.store.Rules().VerifiesCluster
	return cluster.Cluster{Host: auth.Host, CA: auth.CA, SkipVerify: auth.SkipVerify || believes}
}

// logInServiceAccount has the token reviewed by the cluster that the identity's configuration names.
func (s *server) logInServiceAccount(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	identity, token := in.text("identityId"), in.text("jwt")
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	auth, failure := s.store.KubernetesAuthFor(identity)
	if failure != nil {
		return nil, failure
	}
	reviewer := auth.ReviewerToken
	if reviewer == "" {
		reviewer = token
	}
	review, err := s.clusterOf(auth).Review(c.Context(), reviewer, token, audiences(auth.Audience))
	if err != nil {
		return nil, reviewFailure(err)
	}
	account, failure := serviceAccount(review)
	if failure != nil {
		return nil, failure
	}
	return granted(s.store.LogInServiceAccount(identity, account))
}

func audiences(list string) []string {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func serviceAccount(review cluster.Review) (store.ServiceAccount, *store.Failure) {
	switch {
	case review.Error != "":
		return store.ServiceAccount{}, store.Fail(store.KubernetesTokenRejected, "reason", review.Error)
	case !review.Authenticated:
		return store.ServiceAccount{}, store.Fail(store.KubernetesTokenRefused)
	}
	parts := strings.Split(review.Username, ":")
	if len(parts) != 4 || parts[0] != "system" || parts[1] != "serviceaccount" {
		return store.ServiceAccount{}, store.Fail(store.KubernetesUsernameUnreadable)
	}
	return store.ServiceAccount{Namespace: parts[2], Name: parts[3], Audiences: review.Audiences}, nil
}

// reviewFailure says why a cluster could not be asked, or did not want to answer.
func reviewFailure(err error) *store.Failure {
	var status *cluster.StatusError
	var unknownHost *net.DNSError
	var untrusted *tls.CertificateVerificationError
	address := addressOf(err)
	switch {
	case errors.As(err, &status):
		return statusFailure(status)
	case errors.Is(err, syscall.ECONNREFUSED):
		return store.Fail(store.KubernetesConnectionRefused, "address", address)
	case errors.As(err, &unknownHost):
		return store.Fail(store.KubernetesHostNotFound, "address", unknownHost.Name)
	case errors.As(err, &untrusted):
		return store.Fail(store.KubernetesCertificate, "reason", untrusted.Err.Error())
	case errors.Is(err, context.DeadlineExceeded):
		return store.Fail(store.KubernetesTimeout, "address", address)
	default:
		return store.Fail(store.KubernetesReviewFailed, "status", "0")
	}
}

func statusFailure(status *cluster.StatusError) *store.Failure {
	code := strconv.Itoa(status.Code)
	switch status.Code {
	case http.StatusUnauthorized:
		return store.Fail(store.KubernetesReviewerUnknown, "status", code, "reason", status.Message)
	case http.StatusForbidden:
		return store.Fail(store.KubernetesReviewerDenied, "status", code, "reason", status.Message)
	default:
		return store.Fail(store.KubernetesReviewFailed, "status", code)
	}
}

// addressOf is the address that could not be reached.
func addressOf(err error) string {
	var failed *net.OpError
	if errors.As(err, &failed) && failed.Addr != nil {
		return failed.Addr.String()
	}
	return ""
}

// tryCluster is what servers of today do before they attach the method: they reach the cluster, and have the reviewer
// review itself.
func (s *server) tryCluster(c call, auth store.KubernetesAuth) *store.Failure {
	if !s.store.Rules().ChecksReviewer {
		return nil
	}
	if s.store.Settings().GuardsLocalAddresses && isLocal(c.Context(), auth.Host) {
		return store.Fail(store.KubernetesHostLocal)
	}
	asked := s.clusterOf(auth)
	var status *cluster.StatusError
	if err := asked.Version(c.Context()); err != nil && !errors.As(err, &status) {
		var untrusted *tls.CertificateVerificationError
		if errors.As(err, &untrusted) {
			return store.Fail(store.KubernetesHostUntrusted, "reason", untrusted.Err.Error())
		}
		return store.Fail(store.KubernetesHostUnreachable, "reason", err.Error())
	}
	if auth.ReviewerToken == "" {
		return nil
	}
	_, err := asked.Review(c.Context(), auth.ReviewerToken, auth.ReviewerToken, nil)
	if errors.As(err, &status) && status.Code == http.StatusForbidden {
		return store.Fail(store.KubernetesReviewerUnbound)
	}
	if err != nil {
		return store.Fail(store.KubernetesReviewerInvalid)
	}
	return nil
}

// isLocal says whether a URL leads to a private address or to this machine.
func isLocal(ctx context.Context, host string) bool {
	parsed, err := url.Parse(cluster.URL(host))
	if err != nil {
		return false
	}
	addresses, err := net.DefaultResolver.LookupIPAddr(ctx, parsed.Hostname())
	if err != nil {
		return false
	}
	for _, address := range addresses {
		if address.IP.IsPrivate() || address.IP.IsLoopback() || address.IP.IsLinkLocalUnicast() {
			return true
		}
	}
	return false
}
