package status

import (
	"context"
	"encoding/base64"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// soon is how long before its end a certificate is worth a note.
const soon = 30 * 24 * time.Hour

// authority reads the CA that a store trusts, and says until when it lasts.
func (l *look) authority(ctx context.Context, source eso.CALocation) (*CA, *Problem) {
	ca := &CA{}
	var text []byte
	switch {
	case source.Bundle != "":
		ca.From = "the store's caBundle"
		// A bundle that does not decode is judged as the text that it is.
		text = []byte(source.Bundle)
		if decoded, err := base64.StdEncoding.DecodeString(source.Bundle); err == nil {
			text = decoded
		}
	case source.Name != "":
		ca.From = source.String()
		held, err := l.readCA(ctx, source)
		if apierrors.IsNotFound(err) {
			p := problem(cause.CAMissing, ca.From)
			return ca, &p
		}
		if !l.asked("the CA certificate in "+ca.From, err) {
			return ca, nil
		}
		text = held
	default:
		return ca, nil
	}
	return ca, ca.judge(text, l.now)
}

func (ca *CA) judge(text []byte, now time.Time) *Problem {
	bundle, err := trust.ParsePEM(text, now)
	if err != nil {
		p := problem(cause.CAUnusable, ca.From+": "+err.Error())
		return &p
	}
	for _, c := range bundle.Certificates {
		if ca.Until == nil || c.NotAfter.Before(*ca.Until) {
			ca.Until = &c.NotAfter
		}
	}
	ca.Soon = ca.Until.Sub(now) < soon
	return nil
}

// readCA reads the one key that the store names.
func (l *look) readCA(ctx context.Context, source eso.CALocation) ([]byte, error) {
	from := kube.Collection{Client: l.Client, Resource: source.Resource(), Namespace: source.Namespace}
	if source.Secret {
		held, err := kube.Read[struct {
			Data map[string][]byte `json:"data"`
		}](ctx, from, source.Name)
		return held.Data[source.Key], err
	}
	held, err := kube.Read[struct {
		Data map[string]string `json:"data"`
	}](ctx, from, source.Name)
	return []byte(held.Data[source.Key]), err
}
