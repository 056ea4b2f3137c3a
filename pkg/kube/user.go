package kube

import (
	"crypto/x509"
	"encoding/pem"
	"time"

	"k8s.io/client-go/rest"
)

// User is how the kubeconfig makes itself known to the API server, without what is secret of it.
type User struct {
	// CertificateEnds is when its client certificate expires; it is zero where there is none.
	CertificateEnds time.Time
	// Plugin is the program that obtains its credentials, or empty.
	Plugin string
}

// User reads the kubeconfig's user.
func (c *Connection) User() (User, error) {
	c.once.Do(c.connect)
	if c.err != nil {
		return User{}, c.err
	}
	return userOf(c.config)
}

func userOf(config *rest.Config) (User, error) {
	var u User
	if config.ExecProvider != nil {
		u.Plugin = config.ExecProvider.Command
	}
	loaded := rest.CopyConfig(config)
	if err := rest.LoadTLSFiles(loaded); err != nil {
		return u, err
	}
	block, _ := pem.Decode(loaded.CertData)
	if block == nil {
		return u, nil
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err == nil {
		u.CertificateEnds = certificate.NotAfter
	}
	return u, err
}
