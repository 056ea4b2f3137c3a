package cause

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
)

// OfNetwork finds the cause of an error of Go's network and TLS packages: by its type, which no translation and no wording of an
// operating system changes, and by its text where no type tells enough.
func OfNetwork(err error) (Cause, bool) {
	if err == nil {
		return Cause{}, false
	}
	for _, kind := range []func(error) Code{certificateCode, connectionCode} {
		if code := kind(err); code != "" {
			return worded(code, err.Error()), true
		}
	}
	return FromText(err.Error())
}

// worded is the cause of that code, with the sentence for the text where there are several.
func worded(code Code, text string) Cause {
	var found *rule
	for i, r := range rules {
		if r.Code != code {
			continue
		}
		if r.matches(text) {
			return r.cause(text)
		}
		if found == nil {
			found = &rules[i]
		}
	}
	return found.cause(text)
}

// certificateCode judges what package x509 has found. An unknown authority has several kinds, which the text alone tells.
func certificateCode(err error) Code {
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return CertificateDates
	case errors.As(err, &invalid) && invalid.Reason == x509.NotAuthorizedToSign:
		return NotAnAuthority
	case errors.As(err, &host) && strings.Contains(host.Error(), "legacy Common Name"):
		return CommonNameOnly
	case errors.As(err, &host):
		return WrongHostName
	case errors.As(err, &record):
		return PlainHTTP
	}
	return ""
}

// connectionCode judges how far the connection came. A name that is not resolved in time is no better than an unknown one.
func connectionCode(err error) Code {
	var resolution *net.DNSError
	var op *net.OpError
	var network net.Error
	switch {
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return ProxyUnreachable
	case errors.As(err, &resolution):
		return HostUnknown
	case errors.Is(err, syscall.ECONNREFUSED):
		return ConnectionRefused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ConnectionCut
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &network) && network.Timeout():
		return TimedOut
	}
	return ""
}
