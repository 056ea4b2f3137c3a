package trust

import (
	"crypto/x509"
	"time"
)

// Presented is what a server has shown of itself.
type Presented struct {
	// Host is the name or address that it was reached by.
	Host string
	// Chain is what it sent, its own certificate first.
	Chain []*x509.Certificate
	// ClientCertificate means that it answers nobody without a certificate of the client's.
	ClientCertificate bool
	// Status, ContentType and Location are of the server's answer to a question that Infisical's API answers without a login; Status is 0
	// where no answer came.
	Status                int
	ContentType, Location string
	// Date is the server's clock, zero where it did not say; At is this machine's at the same time.
	Date, At time.Time
}

// Leaf is the server's own certificate.
func (p Presented) Leaf() *x509.Certificate { return p.Chain[0] }

// LeadsTo reports whether the chain ends at a certificate of the bundle, whatever the dates and names.
func (p Presented) LeadsTo(b Bundle) bool { return leads(p.Leaf(), p.Chain, b, nil) }

// Candidate is what can be trusted of a server's own word, once a person has compared the fingerprints: the highest CA that the server
// presents, or its own certificate if that is self-signed. Its own certificate otherwise is never trusted: the error says what to do.
func (p Presented) Candidate(now time.Time) (Bundle, []Warning, error) {
	way := follow(p.Chain, Bundle{})
	top := way.top()
	if top.Equal(p.Leaf()) && !selfSigned(top) {
		return Bundle{}, nil, refuse(LeafOnly, "the server at %s sends its own certificate only, and that was issued by %s; get the certificate of that CA and give it "+
			"with --ca-file, or let the server send its whole chain", p.Host, top.Issuer)
	}
	b, warnings, err := choose([]*x509.Certificate{top}, now)
	if err == nil && !top.Equal(p.Leaf()) && !selfSigned(top) {
		warnings = append(warnings, warn(PinnedIntermediate, "the server does not send its root, so the highest CA that it sends is taken: %s, issued by %s; "+
			"when that intermediate CA is replaced, it must be replaced here, too", Name(top), top.Issuer))
	}
	return b, warnings, err
}
