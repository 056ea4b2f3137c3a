package infisical

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// unreachable is the error of a request that got no answer. Where the server sent one certificate whose issuer is unknown and that is not
// its own issuer, the chain may be what is missing, which Go's own text does not tell from a wrong CA.
func (c *Client) unreachable(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = errors.Join(err, ctx.Err())
	}
	if c.leafOnly(err) {
		err = fmt.Errorf("%w: the server sent its own certificate only, without the intermediate ones", err)
	}
	return &UnreachableError{Op: op, Host: c.base.Host, Err: err}
}

// leafOnly reports whether verification failed for a lone certificate that an intermediate one of a trusted CA may have issued.
func (c *Client) leafOnly(err error) bool {
	var failed *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &failed) || !errors.As(err, &unknown) || len(failed.UnverifiedCertificates) != 1 {
		return false
	}
	leaf := failed.UnverifiedCertificates[0]
	return !leaf.IsCA && leaf.Issuer.String() != leaf.Subject.String() && len(leaf.IssuingCertificateURL) > 0
}
