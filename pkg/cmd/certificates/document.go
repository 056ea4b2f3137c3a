package certificates

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/authority"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// Change says what became of a certificate in the cluster.
type Change string

// The changes.
const (
	Kept    Change = "kept"
	Added   Change = "added"
	Removed Change = "removed"
)

// Certificate is a certificate in a document.
type Certificate struct {
	Change    Change    `json:"change"`
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	SHA256    string    `json:"sha256"`
	IsCA      bool      `json:"isCA"`
}

// Changes compares what the cluster held with what it holds.
func Changes(before, after trust.Bundle) []Certificate {
	out := []Certificate{}
	for _, c := range before.Without(after).Certificates {
		out = append(out, certificate(c, Removed))
	}
	for _, c := range after.Certificates {
		change := Added
		if before.Contains(c) {
			change = Kept
		}
		out = append(out, certificate(c, change))
	}
	return out
}

func certificate(c *x509.Certificate, change Change) Certificate {
	return Certificate{Change: change, Subject: trust.Name(c), Issuer: c.Issuer.String(), NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(),
		SHA256: trust.Fingerprint(c), IsCA: c.IsCA}
}

// Object names an object of the cluster in a document.
type Object struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// ObjectOf is the object that holds a CA.
func ObjectOf(s eso.CASource) Object { return Object{s.Kind(), s.Namespace, s.Name} }

// Store is a store that ESO has judged with the CA.
type Store struct {
	// Name is NAMESPACE/NAME for a SecretStore.
	Name string `json:"name"`
	// Ready is true, false or unknown, as a condition of Kubernetes is.
	Ready   string `json:"ready"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	Fix     string `json:"fix,omitempty"`
}

// Stores are the stores in a document.
func Stores(judged []authority.Judged) []Store {
	out := []Store{}
	for _, j := range judged {
		s := Store{Name: j.Store.ID(), Ready: "True"}
		if j.Err != nil {
			s.Ready, s.Message = "False", j.Err.Error()
		}
		var named *cause.Error
		if errors.As(j.Err, &named) {
			s.Code, s.Message, s.Fix = string(named.Cause.Code), named.Cause.Summary, named.Cause.Fix
		}
		if j.Unknown {
			s.Ready = "Unknown"
		}
		out = append(out, s)
	}
	return out
}

// WriteChanges shows people what became of the certificates; nothing where all were kept.
func WriteChanges(w io.Writer, changes []Certificate) {
	marks := map[Change]string{Kept: "kept   ", Added: "new    ", Removed: "removed"}
	altered := false
	for _, c := range changes {
		altered = altered || c.Change != Kept
	}
	for _, c := range changes {
		if altered {
			fmt.Fprintf(w, "  %s %s, valid until %s, SHA-256 %s\n", marks[c.Change], c.Subject, c.NotAfter.Format(time.DateOnly), c.SHA256)
		}
	}
}

// WriteStores shows people which stores are ready.
func WriteStores(w io.Writer, stores []Store) {
	for _, s := range stores {
		switch s.Ready {
		case "True":
			fmt.Fprintf(w, "  store %s is ready with it\n", s.Name)
		case "Unknown":
			fmt.Fprintf(w, "  store %s: no verdict of ESO in time: %s\n", s.Name, s.Message)
		default:
			fmt.Fprintf(w, "  store %s is not ready: %s%s\n", s.Name, s.Message, bracketed(s.Code))
		}
	}
}

func bracketed(code string) string {
	if code == "" {
		return ""
	}
	return " (" + code + ")"
}

// Adopted says from whom an object was taken over.
func Adopted(managers []string) string {
	if len(managers) == 0 {
		return ""
	}
	return "taken over from " + strings.Join(managers, ", ")
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }
