package credentials

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Annotations on the Secret. They say where the pair is from and what is known of it, and hold nothing that lets anyone in: the
// prefix is what Infisical itself shows to tell client secrets apart.
const (
	prefixAnnotation        = "eso-infisical.dev/client-secret-prefix"
	secretIDAnnotation      = "eso-infisical.dev/client-secret-id"
	identityAnnotation      = "eso-infisical.dev/identity-id"
	madeAsAnnotation        = "eso-infisical.dev/identity-made-as"
	verifiedAtAnnotation    = "eso-infisical.dev/verified-at"
	verifiedFromAnnotation  = "eso-infisical.dev/verified-from"
	previousIDAnnotation    = "eso-infisical.dev/previous-client-secret-id"
	previousOwnerAnnotation = "eso-infisical.dev/previous-identity-id"
	replacedAtAnnotation    = "eso-infisical.dev/replaced-at"
	adoptedAnnotation       = "eso-infisical.dev/adopted-from"
	provedAtAnnotation      = "eso-infisical.dev/replacement-proved-at"
	keptUntilAnnotation     = "eso-infisical.dev/previous-kept-until"
)

// prefixLength is how much of a client secret Infisical shows to tell it from others, in characters.
const prefixLength = 4

// Record is what is known of a pair. Empty fields are unknown.
type Record struct {
	// SecretID and IdentityID are Infisical's ids of the client secret and of the machine identity.
	SecretID, IdentityID string
	// MadeAs is the name under which this program has made the machine identity, or empty for an identity of others.
	MadeAs string
	// VerifiedAt is when the pair was last seen to work, and VerifiedFrom from where: "local" or "cluster".
	VerifiedAt   time.Time
	VerifiedFrom string
}

// AdoptedFrom names who made a Secret that was taken over, as it was recorded then. It is empty for one that this program made.
func AdoptedFrom(obj metav1.Object) string { return obj.GetAnnotations()[adoptedAnnotation] }

// Prefix is the part of a client secret that Infisical shows, or nothing of one that is too short to show a part of.
func Prefix(clientSecret string) string {
	if len(clientSecret) < 4*prefixLength {
		return ""
	}
	return clientSecret[:prefixLength]
}

// annotations renders what is known of the content; unknown fields are left out.
func (c Content) annotations() map[string]any {
	out := map[string]any{}
	set := func(name, value string) {
		if value != "" {
			out[name] = value
		}
	}
	set(prefixAnnotation, Prefix(c.Pair.ClientSecret))
	set(secretIDAnnotation, c.SecretID)
	set(identityAnnotation, c.IdentityID)
	set(madeAsAnnotation, c.MadeAs)
	set(verifiedAtAnnotation, stamp(c.VerifiedAt))
	set(verifiedFromAnnotation, c.VerifiedFrom)
	if c.Previous != nil {
		set(previousIDAnnotation, c.Previous.SecretID)
		set(previousOwnerAnnotation, c.Previous.IdentityID)
		set(replacedAtAnnotation, stamp(c.Previous.ReplacedAt))
		set(provedAtAnnotation, stamp(c.Previous.ProvedAt))
		set(keptUntilAnnotation, stamp(c.Previous.KeptUntil))
	}
	return out
}

func readRecord(obj *unstructured.Unstructured) Record {
	a := obj.GetAnnotations()
	return Record{SecretID: a[secretIDAnnotation], IdentityID: a[identityAnnotation], MadeAs: a[madeAsAnnotation],
		VerifiedAt: parseStamp(a[verifiedAtAnnotation]), VerifiedFrom: a[verifiedFromAnnotation]}
}

// IdentityAnnotations are what is recorded of a machine identity that this program has made and that has no client secret.
func IdentityAnnotations(identityID, madeAs string) map[string]string {
	return map[string]string{identityAnnotation: identityID, madeAsAnnotation: madeAs}
}

// MadeIdentity reads which machine identity this program has made for a Secret, of whatever kind, and under which name.
func MadeIdentity(annotations map[string]string) (identityID, madeAs string) {
	return annotations[identityAnnotation], annotations[madeAsAnnotation]
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// parseStamp takes what cannot be read as unknown: the annotations are for information, and anyone may edit them.
func parseStamp(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t
}
