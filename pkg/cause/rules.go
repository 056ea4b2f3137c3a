package cause

import (
	"regexp"
	"strings"
)

// rule recognises one failure by its text. The texts are literal messages of ESO 0.20–2.9, of Infisical servers of both error
// dialects and of Go's crypto and net packages.
type rule struct {
	Cause
	// any of these must occur; all of also must.
	any  []string
	also []string
	// detail, where set, adapts summary and fix to the text.
	detail func(c Cause, text string) Cause
}

func (r rule) matches(text string) bool {
	for _, s := range r.also {
		if !strings.Contains(text, s) {
			return false
		}
	}
	for _, s := range r.any {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

func (r rule) cause(text string) Cause {
	if r.detail == nil {
		return r.Cause
	}
	return r.detail(r.Cause, text)
}

// quoted fills what pattern captures into the %NAME% of the summary. At most one of pattern's groups may capture, and what it
// captures includes its quotes. Without a capture %NAME% goes, with the blank before it: write a summary to read well both ways.
func quoted(pattern string) func(Cause, string) Cause {
	re := regexp.MustCompile(pattern)
	return func(c Cause, text string) Cause {
		name := ""
		if m := re.FindStringSubmatch(text); m != nil {
			name = " " + strings.Join(m[1:], "")
		}
		c.Summary = strings.ReplaceAll(c.Summary, " %NAME%", name)
		return c
	}
}

var environmentName = quoted(`(?i)environment (?:with slug )?('[^']+')|('[^']+') environment not found`)

// permission adds what is not allowed: the action and the subject.
func permission(c Cause, text string) Cause {
	what := ""
	if m := notAllowed.FindStringSubmatch(text); m != nil {
		what = ": " + m[1] + " on " + m[2]
	}
	c.Summary = strings.ReplaceAll(c.Summary, "%NAME%", what)
	return c
}

var notAllowed = regexp.MustCompile(`(?:You are not allowed to|Missing permission|missing:) ([A-Za-z-]+) on ([A-Za-z-]+)`)

// environmentHint adds the slug people mean when they type the display name of an environment.
func environmentHint(c Cause, text string) Cause {
	c = environmentName(c, text)
	slugs := map[string]string{"production": "prod", "development": "dev", "Production": "prod", "Development": "dev", "Staging": "staging"}
	for name, slug := range slugs {
		if strings.Contains(text, "'"+name+"'") {
			c.Fix = "Infisical shows the name, ESO needs the slug, which for '" + name + "' is '" + slug +
				"' by default: --environment " + slug + ", as in kubectl eso-infisical apply-store --environment " + slug
		}
	}
	return c
}

// unlessTraced takes an internal error for one when it has a reference into the server's log, which servers of 2024 do not give. Those fail in the
// same words over a project that they do not know.
func unlessTraced(c Cause, text string) Cause {
	if strings.Contains(text, "reqId=") && !strings.Contains(text, "[reqId=]") {
		return internalError
	}
	return c
}

// rules are tried in order: the more telling text comes first. A webhook's failure quotes the same TLS and network errors as
// Infisical's, and so does ESO's failure to read a store or a Secret from the API server; both come before them.
var rules = concat(operatorRules, externalSecretRules, credentialRules, trustRules, scopeRules, reachRules)

func concat(groups ...[]rule) []rule {
	var all []rule
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}
