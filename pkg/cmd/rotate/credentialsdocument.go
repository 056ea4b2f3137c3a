package rotate

import (
	"fmt"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/rotation"
)

const kind = "CredentialsRotation"

// document is what "rotate credentials" prints. It holds no secret: a prefix is what Infisical itself shows.
type document struct {
	output.Header
	Secrets []rotated `json:"secrets"`
}

type rotated struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Outcome   string `json:"outcome"`
	// Stores are NAME, or NAMESPACE/NAME for a SecretStore.
	Stores    []string `json:"stores"`
	NewPrefix string   `json:"clientSecretPrefix"`
	OldPrefix string   `json:"previousClientSecretPrefix,omitempty"`
	// Revoked, KeptUntil and Note say what has become of the previous client secret.
	Revoked   bool       `json:"previousRevoked"`
	KeptUntil *time.Time `json:"previousKeptUntil,omitempty"`
	Note      string     `json:"note,omitempty"`
	Synced    []string   `json:"syncedExternalSecrets"`
}

func (d *document) add(plan rotation.Plan, r rotation.Result) {
	entry := rotated{Namespace: plan.Secret.Namespace, Name: plan.Secret.Name, Outcome: "rotated", Stores: storeNames(plan.Stores), NewPrefix: r.NewPrefix,
		OldPrefix: r.OldPrefix, Revoked: r.OldRevoked, Note: r.Note, Synced: append([]string{}, r.Synced...)}
	switch {
	case r.Unchanged:
		entry.Outcome = "unchanged"
	case r.Resumed:
		entry.Outcome = "completed"
	}
	if !r.KeptUntil.IsZero() {
		entry.KeptUntil = &r.KeptUntil
	}
	d.Secrets = append(d.Secrets, entry)
}

func storeNames(stores []eso.StoreKey) []string {
	names := make([]string, len(stores))
	for i, s := range stores {
		names[i] = s.ID()
	}
	return names
}

// describe says it to people.
func describe(r rotation.Result) string {
	kept := fmt.Sprintf("the old one, %s…, is valid until %s; the next run after that revokes it", r.OldPrefix, r.KeptUntil.Local().Format(time.DateTime))
	if r.Unchanged && !r.KeptUntil.IsZero() {
		return fmt.Sprintf("unchanged: client secret %s… is in place; %s", r.NewPrefix, kept)
	}
	if r.Unchanged {
		return "unchanged: the pair that was given is in place already"
	}
	text := fmt.Sprintf("rotated: client secret %s… is in place", r.NewPrefix)
	if r.Resumed {
		text = fmt.Sprintf("rotation completed that an earlier run had begun: client secret %s… is in place", r.NewPrefix)
	}
	if len(r.Synced) > 0 {
		text += ", synced with it: " + strings.Join(r.Synced, ", ")
	}
	switch {
	case !r.KeptUntil.IsZero():
		return text + "; " + kept
	case r.OldRevoked:
		return text + fmt.Sprintf("; the old one, %s…, is revoked", r.OldPrefix)
	}
	return text + fmt.Sprintf("; the old one is %s…: %s", r.OldPrefix, r.Note)
}
