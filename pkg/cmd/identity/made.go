package identity

import (
	"fmt"
	"io"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

const madeKind = "ProvisionedIdentity"

// made is what "identity create" prints. The pair is in it only if that was asked for.
type made struct {
	output.Header
	Name         string   `json:"name"`
	Secret       string   `json:"secret"`
	Outcome      string   `json:"outcome"`
	Detail       string   `json:"detail"`
	Notes        []string `json:"notes"`
	ClientID     string   `json:"clientId,omitempty"`
	ClientSecret string   `json:"clientSecret,omitempty"`

	result setup.Result
}

func newMade(p setup.Provisioned, withPair bool) *made {
	m := &made{Header: output.NewHeader(madeKind), Name: p.Identity, Secret: p.Object, Outcome: string(p.Outcome), Detail: p.Detail,
		Notes: append([]string{}, p.Notes...), result: p.Result}
	if withPair {
		m.ClientID, m.ClientSecret = p.Pair.ClientID, p.Pair.ClientSecret
	}
	return m
}

// text shows it to people.
func (m *made) text(w io.Writer) error {
	fmt.Fprintf(w, "identity/%s %s\n", m.Name, m.result)
	if m.ClientSecret != "" {
		fmt.Fprintf(w, "client ID: %s\nclient secret: %s\n", m.ClientID, m.ClientSecret)
	}
	return nil
}

// String keeps the pair out of every log and message.
func (m *made) String() string { return "[identity " + m.Name + "]" }

// GoString does the same for %#v.
func (m *made) GoString() string { return m.String() }
