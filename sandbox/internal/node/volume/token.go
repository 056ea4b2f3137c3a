package volume

import (
	"context"
	"fmt"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/clock"
)

const (
	defaultExpiration = int64(3600)
	// longestUse bounds how long a token is used, however long it is valid, as a kubelet does.
	longestUse = 24 * time.Hour
)

// tokens are the service account tokens of one pod, kept until most of their life is over.
type tokens struct {
	client kubernetes.Interface
	clock  clock.PassiveClock

	mu     sync.Mutex
	issued map[string]issuedToken
}

type issuedToken struct {
	value   string
	renewAt time.Time
}

func newTokens(client kubernetes.Interface, clock clock.PassiveClock) *tokens {
	return &tokens{client: client, clock: clock, issued: map[string]issuedToken{}}
}

// get returns a token that is bound to the pod, so that it ends with it.
func (t *tokens) get(ctx context.Context, pod *corev1.Pod, source *corev1.ServiceAccountTokenProjection) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := source.Audience + "\x00" + source.Path
	now := t.clock.Now()
	if token, ok := t.issued[key]; ok && now.Before(token.renewAt) {
		return token.value, nil
	}
	status, err := t.request(ctx, pod, source)
	if err != nil {
		return "", fmt.Errorf("failed to fetch token: %w", err)
	}
	use := min(status.ExpirationTimestamp.Sub(now)*4/5, longestUse)
	t.issued[key] = issuedToken{value: status.Token, renewAt: now.Add(use)}
	return status.Token, nil
}

func (t *tokens) request(ctx context.Context, pod *corev1.Pod, source *corev1.ServiceAccountTokenProjection) (*authenticationv1.TokenRequestStatus, error) {
	expiration := defaultExpiration
	if source.ExpirationSeconds != nil {
		expiration = *source.ExpirationSeconds
	}
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		ExpirationSeconds: &expiration,
		BoundObjectRef:    &authenticationv1.BoundObjectReference{APIVersion: "v1", Kind: "Pod", Name: pod.Name, UID: pod.UID},
	}}
	if source.Audience != "" {
		request.Spec.Audiences = []string{source.Audience}
	}
	answer, err := t.client.CoreV1().ServiceAccounts(pod.Namespace).CreateToken(ctx, pod.Spec.ServiceAccountName, request, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	return &answer.Status, nil
}

// nextRenewal returns when the first token is to be renewed; zero when there is none.
func (t *tokens) nextRenewal() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	var next time.Time
	for _, token := range t.issued {
		if next.IsZero() || token.renewAt.Before(next) {
			next = token.renewAt
		}
	}
	return next
}
