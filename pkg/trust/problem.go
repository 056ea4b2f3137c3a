package trust

import "fmt"

// Problem is a reason why a file cannot serve as a CA.
type Problem string

// The problems of files.
const (
	Empty           Problem = "Empty"
	NoCertificate   Problem = "NoCertificate"
	Damaged         Problem = "Damaged"
	PrivateKey      Problem = "PrivateKey"
	Expired         Problem = "Expired"
	NotYetValid     Problem = "NotYetValid"
	LeafOnly        Problem = "LeafOnly"
	CannotSign      Problem = "CannotSign"
	PasswordMissing Problem = "PasswordMissing"
	PasswordWrong   Problem = "PasswordWrong"
	TooLarge        Problem = "TooLarge"
)

// FileError says why a file cannot serve as a CA, and what would. It quotes nothing of the file but names of certificates.
type FileError struct {
	Problem Problem
	Text    string
}

func (e *FileError) Error() string { return e.Text }

// Is makes errors.Is compare problems, so that &FileError{Problem: PrivateKey} stands for all private keys.
func (e *FileError) Is(target error) bool {
	other, ok := target.(*FileError)
	return ok && other.Problem == e.Problem
}

func refuse(p Problem, format string, args ...any) error {
	return &FileError{Problem: p, Text: fmt.Sprintf(format, args...)}
}

func refusePrivateKey() error {
	return refuse(PrivateKey, "the file holds a private key, which must never be put into a ConfigMap; give the certificate alone, "+
		"and consider the key as known to whoever has had this file")
}

// Kind names what a Warning is about.
type Kind string

// What is said of a file: it can be used, but this is worth knowing. Left out is what the bundle does not need or cannot have.
const (
	Duplicate          Kind = "Duplicate"
	ExpiresSoon        Kind = "ExpiresSoon"
	PinnedLeaf         Kind = "PinnedLeaf"
	NotMarkedAsCA      Kind = "NotMarkedAsCA"
	WeakKey            Kind = "WeakKey"
	NoNames            Kind = "NoNames"
	WholeStore         Kind = "WholeStore"
	LeafLeftOut        Kind = "LeafLeftOut"
	ExpiredLeftOut     Kind = "ExpiredLeftOut"
	NotYetValidLeftOut Kind = "NotYetValidLeftOut"
	CannotSignLeftOut  Kind = "CannotSignLeftOut"
	OtherLeftOut       Kind = "OtherLeftOut"
)

// What is said of a server, together with a bundle.
const (
	SystemSuffices      Kind = "SystemSuffices"
	BundleUnused        Kind = "BundleUnused"
	MissingIntermediate Kind = "MissingIntermediate"
	PinnedIntermediate  Kind = "PinnedIntermediate"
	ServerExpiresSoon   Kind = "ServerExpiresSoon"
	ClockSkew           Kind = "ClockSkew"
)

// Warning is what a person should know although it stops nothing now.
type Warning struct {
	Kind Kind   `json:"kind"`
	Text string `json:"text"`
}

func warn(k Kind, format string, args ...any) Warning {
	return Warning{Kind: k, Text: fmt.Sprintf(format, args...)}
}
