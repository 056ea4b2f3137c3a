package api

import (
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

const longestTTL = 315360000 // seconds: ten years

// readTokenTerms reads what all auth methods grant, in the place of what is there.
func (s *server) readTokenTerms(in input, terms *store.TokenTerms) *store.Failure {
	shortest := 1
	if s.dialect.modern {
		shortest = 0
		terms.Period = in.seconds("accessTokenPeriod", terms.Period, 0)
	}
	terms.TTL = in.seconds("accessTokenTTL", terms.TTL, shortest)
	if in.has("accessTokenTTL") && in.fields["accessTokenTTL"] == 0.0 && !s.dialect.modern {
		in.report(breaksRule("accessTokenTTL must have a non zero number", "accessTokenTTL"))
	}
	terms.MaxTTL = in.seconds("accessTokenMaxTTL", terms.MaxTTL, 0)
	if in.has("accessTokenMaxTTL") && in.fields["accessTokenMaxTTL"] == 0.0 && !s.dialect.modern {
		in.report(breaksRule("accessTokenMaxTTL must have a non zero number", "accessTokenMaxTTL"))
	}
	terms.UsesLimit = in.integer("accessTokenNumUsesLimit", terms.UsesLimit, 0, 1<<30)
	both := in.has("accessTokenTTL") && in.has("accessTokenMaxTTL")
	if s.dialect.modern && both && terms.MaxTTL > 0 && terms.TTL > terms.MaxTTL {
		in.report(breaksRule("Access Token TTL cannot be greater than Access Token Max TTL.", "accessTokenTTL"))
	}
	return readTrusted(in, "accessTokenTrustedIps", &terms.Trusted)
}

// seconds is a duration that callers write as a number of seconds.
func (in input) seconds(name string, preset time.Duration, shortest int) time.Duration {
	return time.Duration(in.integer(name, int(preset/time.Second), shortest, longestTTL)) * time.Second
}

// readTrusted reads a list of addresses, in the place of what is there.
func readTrusted(in input, name string, to *[]store.TrustedAddress) *store.Failure {
	if !in.has(name) {
		return nil
	}
	texts := []string{}
	for _, item := range in.objects(name) {
		texts = append(texts, item.text("ipAddress"))
	}
	if len(texts) == 0 {
		in.report(smallIssue{"too_small", 1, "array", true, false, "Array must contain at least 1 element(s)", in.path(name)})
	}
	if in.failure() != nil {
		return nil // it is reported with the other findings
	}
	list, failure := store.ParseTrusted(texts)
	if failure == nil {
		*to = list
	}
	return failure
}

type tokenTermsBody struct {
	TTL       int64         `json:"accessTokenTTL"`
	MaxTTL    int64         `json:"accessTokenMaxTTL"`
	UsesLimit int           `json:"accessTokenNumUsesLimit"`
	Period    *int64        `json:"accessTokenPeriod,omitempty"`
	Trusted   []trustedBody `json:"accessTokenTrustedIps"`
}

type trustedBody struct {
	Type      string `json:"type"`
	Prefix    *int   `json:"prefix,omitempty"`
	IPAddress string `json:"ipAddress"`
}

func (s *server) tokenTermsBody(terms store.TokenTerms) tokenTermsBody {
	body := tokenTermsBody{
		TTL: int64(terms.TTL / time.Second), MaxTTL: int64(terms.MaxTTL / time.Second),
		UsesLimit: terms.UsesLimit, Trusted: trustedBodies(terms.Trusted),
	}
	if s.dialect.modern {
		period := int64(terms.Period / time.Second)
		body.Period = &period
	}
	return body
}

func trustedBodies(list []store.TrustedAddress) []trustedBody {
	bodies := []trustedBody{}
	for _, trusted := range list {
		body := trustedBody{Type: trusted.Type(), IPAddress: trusted.Address}
		if trusted.Prefix >= 0 {
			body.Prefix = &trusted.Prefix
		}
		bodies = append(bodies, body)
	}
	return bodies
}
