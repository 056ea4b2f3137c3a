package cause

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
)

// certificate is one that names its host in the way that names says.
func certificate(commonName string, names ...string) *x509.Certificate {
	c := &x509.Certificate{DNSNames: names}
	c.Subject.CommonName = commonName
	return c
}

func dial(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }

func TestOfNetworkJudgesByType(t *testing.T) {
	tests := []struct {
		name    string
		err     error
		code    Code
		summary string
	}{
		{"expired", x509.CertificateInvalidError{Reason: x509.Expired, Detail: "current time x is after y"}, CertificateDates, "has expired"},
		{"not valid yet", x509.CertificateInvalidError{Reason: x509.Expired, Detail: "current time x is before y"}, CertificateDates, "not valid yet"},
		{"dates untold", x509.CertificateInvalidError{Reason: x509.Expired}, CertificateDates, "expired or is not valid yet"},
		{"not a CA", x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}, NotAnAuthority, "may not issue"},
		{"other host", x509.HostnameError{Certificate: certificate("", "a.example"), Host: "h"}, WrongHostName, "not valid for the host name"},
		{"no IP", x509.HostnameError{Certificate: certificate("", "a.example"), Host: "10.0.0.5"}, WrongHostName, "lists no IP address"},
		{"common name only", x509.HostnameError{Certificate: certificate("h"), Host: "h"}, CommonNameOnly, "Common Name"},
		{"unknown authority", x509.UnknownAuthorityError{}, UnknownAuthority, "not signed by the CA"},
		{"leaf only", fmt.Errorf("%w: %s, without", x509.UnknownAuthorityError{}, incompleteChain), IncompleteChain, "intermediate"},
		{"not TLS", tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, PlainHTTP, "plain HTTP"},
		{"unknown name", dial(&net.DNSError{Err: "no such host", Name: "h", IsNotFound: true}), HostUnknown, "cannot be resolved"},
		{"slow resolver", dial(&net.DNSError{Err: "i/o timeout", Name: "h", IsTimeout: true}), HostUnknown, "cannot be resolved"},
		{"resolver away", dial(&net.DNSError{Err: "connection refused", Name: "h"}), HostUnknown, "cannot be resolved"},
		{"refused", dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), ConnectionRefused, "refused"},
		{"refusing proxy", &net.OpError{Op: "proxyconnect", Err: dial(syscall.ECONNREFUSED)}, ProxyUnreachable, "proxy"},
		{"no route", dial(syscall.EHOSTUNREACH), TimedOut, "in time"},
		{"time-out", dial(os.ErrDeadlineExceeded), TimedOut, "in time"},
		{"deadline", context.DeadlineExceeded, TimedOut, "in time"},
		{"reset", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, ConnectionCut, "cut"},
		{"end", io.EOF, ConnectionCut, "cut"},
		{"a stream that was ended", errors.New(`Post "https://h": stream error: stream ID 7; INTERNAL_ERROR; received from peer`), ConnectionCut, "cut"},
		{"early end", fmt.Errorf("read the answer: %w", io.ErrUnexpectedEOF), ConnectionCut, "cut"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, ok := OfNetwork(&url.Error{Op: "Post", URL: "https://h", Err: tt.err})
			if !ok || c.Code != tt.code || !strings.Contains(c.Summary, tt.summary) || c.Fix == "" {
				t.Errorf("%v: got %s %q, want %s %q", tt.err, c.Code, c.Summary, tt.code, tt.summary)
			}
		})
	}
}

func TestOfNetworkFallsBackToTheText(t *testing.T) {
	tests := []struct {
		text string
		code Code
	}{
		{"http: server gave HTTP response to HTTPS client", PlainHTTP},
		{"remote error: tls: certificate required", ClientCertificate},
		{"remote error: tls: handshake failure", HandshakeFailed},
		{"remote error: tls: protocol version not supported", HandshakeFailed},
		{`x509: certificate signed by unknown authority (possibly because of "x" while trying to verify candidate authority certificate "CN")`, RenewedAuthority},
		{`x509: certificate signed by unknown authority (possibly because of "x509: invalid signature: parent certificate cannot sign this kind of certificate" while trying to verify candidate authority certificate "CN")`, NotAnAuthority},
		{"connectex: No connection could be made because the target machine actively refused it.", ConnectionRefused},
		{"wsarecv: An existing connection was forcibly closed by the remote host.", ConnectionCut},
	}
	for _, tt := range tests {
		if c, ok := OfNetwork(errors.New(tt.text)); !ok || c.Code != tt.code {
			t.Errorf("%s: got %s (%t), want %s", tt.text, c.Code, ok, tt.code)
		}
	}
	for _, err := range []error{nil, context.Canceled, errors.New("the moon is full")} {
		if c, ok := OfNetwork(err); ok {
			t.Errorf("%v: got %s", err, c.Code)
		}
	}
}

func TestEveryNetworkCodeHasASentence(t *testing.T) {
	for _, code := range []Code{CertificateDates, NotAnAuthority, CommonNameOnly, WrongHostName, PlainHTTP, HostUnknown, ConnectionRefused,
		ConnectionCut, TimedOut, ProxyUnreachable} {
		if c := worded(code, "a text that no rule knows"); c.Code != code || c.Summary == "" || c.Fix == "" {
			t.Errorf("%s: got %+v", code, c)
		}
	}
}
