package cause

import "strings"

// incompleteChain is how package infisical words what Go's own text does not tell.
const incompleteChain = "the server sent its own certificate only"

const applyCA = "put the right CA in place: kubectl eso-infisical apply-ca --ca-file FILE"

// Causes about the CA that are found by looking at the ConfigMap, too.
var (
	CAMissing = Cause{"EI402", "the ConfigMap with the CA certificate does not exist",
		"create it: kubectl eso-infisical apply-ca --ca-file FILE"}
	CAUnusable = Cause{"EI409", "the CA certificate in the cluster cannot be used", applyCA}
)

var trustRules = []rule{
	{CAMissing,
		[]string{"not found"}, []string{"failed to get CA certificate"}, nil},
	{Cause{"EI403", "the ConfigMap with the CA certificate lacks the key that the store names", applyCA},
		[]string{"failed to get caProvider configMap"}, nil, nil},
	{CAUnusable,
		[]string{"failed to get CA certificate"}, nil, nil},
	{Cause{CommonNameOnly, "Infisical's certificate names its host in the Common Name only, which is no longer accepted",
		"issue a certificate with a subject alternative name for the host"},
		[]string{"relies on legacy Common Name field"}, nil, nil},
	{Cause{WrongHostName, "Infisical's certificate lists no IP address, and the address that is used is one",
		"use a host name that the certificate lists (--host), or issue a certificate for the IP address"},
		[]string{"doesn't contain any IP SANs"}, nil, nil},
	{Cause{WrongHostName, "Infisical's certificate is not valid for the host name or address that is used",
		"use a host name that the certificate lists (--host), or issue a certificate for this one"},
		[]string{"x509: certificate is valid for", "certificate is not valid for any names"}, nil, nil},
	{Cause{CertificateDates, "Infisical's certificate has expired or is not valid yet",
		"renew the server's certificate, or set the clock right"},
		[]string{"certificate has expired or is not yet valid"}, nil, dates},
	{Cause{NotAnAuthority, "a certificate in Infisical's chain was issued by one that may not issue certificates",
		"issue the server's certificate from a CA certificate (CA:TRUE)"},
		[]string{"not authorized to sign other certificates", "parent certificate cannot sign this kind of certificate"}, nil, nil},
	{Cause{WeakCertificate, "a certificate in Infisical's chain has a key or a signature that is too weak to be accepted",
		"issue it anew with a key and a signature of today, such as ECDSA P-256 or RSA 2048 with SHA-256"},
		[]string{"insecure algorithm", "-bit keys are insecure"}, nil, nil},
	{Cause{UsageForbidden, "Infisical's certificate may not be used for this host or by a server, by its own limits or by its CA's",
		"have it issued for this host and for use by a server (serverAuth)"},
		[]string{"incompatible key usage", "is not authorized to sign for this name"}, nil, nil},
	{Cause{RenewedAuthority, "Infisical's certificate was signed by another CA of the same name: the CA has been renewed, or this is another server",
		applyCA},
		[]string{"while trying to verify candidate authority certificate"}, nil, nil},
	{Cause{IncompleteChain, "Infisical's server does not send the intermediate certificates that lead to the CA",
		"configure the server with its full chain, or add the intermediate certificate to the CA file"},
		[]string{incompleteChain}, nil, nil},
	{Cause{ClientCertificate, "the server asks for a client certificate, which ESO cannot present",
		"let Infisical be reached without mutual TLS, such as through another ingress"},
		[]string{"tls: certificate required"}, nil, nil},
	{Cause{HandshakeFailed, "the server and this program have no version or cipher of TLS in common",
		"let the server speak TLS 1.2 or newer"},
		[]string{"tls: handshake failure", "protocol version not supported", "no supported versions satisfy", "remote error: tls:"}, nil, nil},
	{Cause{UnknownAuthority, "Infisical's certificate was not signed by the CA that the store trusts (wrong or missing CA)", applyCA},
		[]string{"certificate signed by unknown authority"}, nil, nil},
}

// dates says which of the two dates of a certificate is the trouble.
func dates(c Cause, text string) Cause {
	switch {
	case strings.Contains(text, " is after "):
		c.Summary, c.Fix = "Infisical's certificate has expired", "renew the server's certificate"
	case strings.Contains(text, " is before "):
		c.Summary, c.Fix = "Infisical's certificate is not valid yet", "set the clocks right, or wait until it is valid"
	}
	return c
}
