package repair

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// leftWebhooks judges configurations whose Service is gone: nothing of ESO's can be written or deleted while they are there. Those of a
// release that is still recorded come back to life with it, see missing.
func (r *Repairer) leftWebhooks(ctx context.Context, s *state) ([]Finding, error) {
	var findings []Finding
	for i := range s.webhooks {
		configuration := &s.webhooks[i]
		service := configuration.Webhooks[0].ClientConfig.Service
		found, err := exists(r.Typed.CoreV1().Services(service.Namespace).Get(ctx, service.Name, metav1.GetOptions{}))
		if err != nil {
			return nil, fmt.Errorf("look for Service %s/%s of webhook configuration %s: %w", service.Namespace, service.Name, configuration.Name, err)
		}
		if found || s.recorded() && service.Namespace == r.Namespace {
			continue
		}
		f := Finding{Code: "EI222", Object: "validatingwebhookconfiguration/" + configuration.Name,
			Problem: fmt.Sprintf("it is left over: its Service %s/%s does not exist, so nothing of ESO's can be written", service.Namespace, service.Name),
			Repair:  "delete it; ESO's chart makes it again", rights: onWebhook("delete", configuration.Name)}
		if release := configuration.Labels["app.kubernetes.io/instance"]; release != r.Release || service.Namespace != r.Namespace {
			f.Risk = fmt.Sprintf("it was of another release, %s in namespace %s, which is without it if it comes back", release, service.Namespace)
		}
		f.mend = func(ctx context.Context) error { return r.deleteWebhook(ctx, configuration) }
		findings = append(findings, f)
	}
	return findings, nil
}

func (r *Repairer) deleteWebhook(ctx context.Context, c *admissionv1.ValidatingWebhookConfiguration) error {
	err := r.Typed.AdmissionregistrationV1().ValidatingWebhookConfigurations().Delete(ctx, c.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &c.UID}})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete webhook configuration %s: %w", c.Name, err)
	}
	return nil
}

// silence deletes the release's configurations.
func (r *Repairer) silence(ctx context.Context, s *state) error {
	for i := range s.webhooks {
		if s.webhooks[i].Webhooks[0].ClientConfig.Service.Namespace != r.Namespace {
			continue
		}
		if err := r.deleteWebhook(ctx, &s.webhooks[i]); err != nil {
			return err
		}
	}
	return nil
}

// staleTrust judges whether the API server trusts the certificate that ESO's webhook has now.
func (r *Repairer) staleTrust(ctx context.Context, s *state) ([]Finding, error) {
	var findings []Finding
	for i := range s.webhooks {
		configuration := &s.webhooks[i]
		service := configuration.Webhooks[0].ClientConfig.Service
		if service.Namespace != r.Namespace {
			continue
		}
		ca, err := r.webhookCA(ctx, service.Name)
		if err != nil {
			return nil, err
		}
		if len(ca) == 0 || trusts(configuration, ca) {
			continue
		}
		findings = append(findings, Finding{Code: "EI223", Object: "validatingwebhookconfiguration/" + configuration.Name,
			Problem: fmt.Sprintf("the API server is told to trust another CA (caBundle) than that in Secret %s/%s, which the webhook's certificate is of", r.Namespace, service.Name),
			Repair:  "write that CA into its caBundle, and see that the webhook answers",
			mend:    func(ctx context.Context) error { return r.renewTrust(ctx, configuration, ca) },
			rights:  onWebhook("patch", configuration.Name)})
	}
	return findings, nil
}

// webhookCA is the CA that ESO's cert-controller, or cert-manager, has put into the webhook's Secret. That has the name of its Service.
func (r *Repairer) webhookCA(ctx context.Context, name string) ([]byte, error) {
	secret, err := r.Typed.CoreV1().Secrets(r.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the CA in Secret %s/%s: %w", r.Namespace, name, err)
	}
	return secret.Data[eso.CAKey], nil
}

// trusts reports whether every webhook is to be trusted by that CA. One that has none yet is about to be filled in by ESO.
func trusts(c *admissionv1.ValidatingWebhookConfiguration, ca []byte) bool {
	for _, w := range c.Webhooks {
		if !bytes.Equal(bytes.TrimSpace(w.ClientConfig.CABundle), bytes.TrimSpace(ca)) {
			return false
		}
	}
	return true
}

// webhookPatience is how long the API server may take to notice.
const webhookPatience = 30 * time.Second

func (r *Repairer) renewTrust(ctx context.Context, c *admissionv1.ValidatingWebhookConfiguration, ca []byte) error {
	operations := []map[string]any{{"op": "test", "path": "/metadata/uid", "value": c.UID}}
	for i := range c.Webhooks {
		operations = append(operations,
			map[string]any{"op": "test", "path": fmt.Sprintf("/webhooks/%d/name", i), "value": c.Webhooks[i].Name},
			map[string]any{"op": "add", "path": fmt.Sprintf("/webhooks/%d/clientConfig/caBundle", i), "value": ca})
	}
	patch, err := json.Marshal(operations)
	if err == nil {
		_, err = r.Typed.AdmissionregistrationV1().ValidatingWebhookConfigurations().Patch(ctx, c.Name, types.JSONPatchType, patch, metav1.PatchOptions{FieldManager: kube.FieldManager})
	}
	if err != nil {
		return fmt.Errorf("write the CA into webhook configuration %s: %w", c.Name, err)
	}
	if c.Webhooks[0].Name == "validate.externalsecret"+eso.Suffix {
		return nil // What is asked is the other configuration's webhook.
	}
	ctx, cancel := context.WithTimeout(ctx, webhookPatience)
	defer cancel()
	err = eso.WaitWebhook(ctx, r.Dynamic)
	var named *cause.Error
	if errors.As(err, &named) && named.Cause.Code == "EI223" {
		return err
	}
	return nil // Whether the webhook runs at all is the install's matter.
}
