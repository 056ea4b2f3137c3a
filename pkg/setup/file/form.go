package file

import (
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// form is what a field's text must look like.
type form struct {
	// choices are all that there are, and pattern what the JSON schema demands; either may be empty.
	choices []string
	pattern string
	// refuse says what is wrong with a text, without repeating it; nil takes any.
	refuse func(text string) string
}

// problem is what is wrong with the text, or empty.
func (f form) problem(text string) string {
	switch {
	case text == "":
		return "is empty; give it a value, or leave it out"
	case strings.ContainsAny(text, "\r\n\t"):
		return "must be one line"
	case looksSecret(text):
		return "looks like a client secret or a token; remove it from this file, and revoke it if the file has been shared"
	case len(f.choices) > 0 && !slices.Contains(f.choices, text):
		return "must be " + either(f.choices)
	case f.pattern != "" && f.refuse == nil && !regexp.MustCompile(f.pattern).MatchString(text):
		return "has not the form that is wanted"
	case f.refuse != nil:
		return f.refuse(text)
	}
	return ""
}

// forms are the ones that fields name in their tags.
var forms = map[string]form{
	"text":     {},
	"version":  {choices: []string{APIVersion}},
	"kind":     {choices: []string{Kind}},
	"auth":     {choices: []string{string(eso.UniversalAuth), string(eso.KubernetesAuth)}},
	"verify":   {choices: []string{string(verify.Local), string(verify.Cluster), string(verify.None)}},
	"label":    {pattern: `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`, refuse: refuseLabel},
	"name":     {pattern: `^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$`, refuse: refuseName},
	"slug":     {pattern: setup.SlugPattern, refuse: refuseSlug},
	"folder":   {pattern: `^/`, refuse: must(`^/`, "must begin with a slash, as in /app")},
	"duration": {pattern: `^([0-9.]+(h|m|s|ms))+$`, refuse: refuseDuration},
	"digest":   {pattern: `^sha256:[0-9a-f]{64}$`, refuse: must(`^sha256:[0-9a-f]{64}$`, "must be sha256: and 64 digits, as sha256sum writes them")},
	"host":     {pattern: `^https?://`, refuse: refuseHost},
	"url":      {pattern: `^https?://`, refuse: refuseURL},
	"service":  {pattern: `^(service|svc)/[^.]+\.[^.:]+(:[0-9]+)?$`, refuse: refuseService},
	"file":     {pattern: `^[^~]`, refuse: refusePath},
	"chart":    {refuse: refuseChart},
	"id":       {refuse: refuseID},
	"selector": {refuse: refuseSelector},
}

func must(pattern, otherwise string) func(string) string {
	compiled := regexp.MustCompile(pattern)
	return func(text string) string {
		if compiled.MatchString(text) {
			return ""
		}
		return otherwise
	}
}

func refuseLabel(text string) string {
	if len(validation.IsDNS1123Label(text)) > 0 {
		return "must be a name of lower-case letters, digits and -, of at most 63"
	}
	return ""
}

func refuseName(text string) string {
	if len(validation.IsDNS1123Subdomain(text)) > 0 {
		return "must be a name of lower-case letters, digits, - and ."
	}
	return ""
}

var slugForm = regexp.MustCompile(setup.SlugPattern)

func refuseSlug(text string) string {
	if slugForm.MatchString(text) {
		return ""
	}
	return "must be a slug, of lower-case letters, digits, - and _; Infisical shows names, and the slug in the project's settings"
}

func refuseDuration(text string) string {
	if d, err := time.ParseDuration(text); err != nil || d <= 0 {
		return "must be a time, as in 90s or 3m"
	}
	return ""
}

func refuseHost(text string) string {
	if _, err := infisical.NormalizeHost(text); err != nil {
		return "must be an address without user and query, https://HOST[:PORT]"
	}
	return ""
}

func refuseURL(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "must be an address, as in https://charts.example.com"
	case u.User != nil || u.RawQuery != "":
		return "must hold neither a user nor a query, which could be secret"
	}
	return ""
}

func refuseService(text string) string {
	if _, err := kube.ParseServicePort(text); err != nil {
		return "must be service/NAME.NAMESPACE[:PORT]"
	}
	return ""
}

func refusePath(text string) string {
	switch {
	case text == Stdin:
		return "must be a file; standard input is named on the command line alone"
	case strings.HasPrefix(text, "~"):
		return "must be a path in full: no shell replaces the ~ in it"
	case strings.Contains(text, "-----BEGIN"):
		return "must be the path of a file, not its content"
	}
	return ""
}

func refuseChart(text string) string {
	source := helm.Source{Repository: setup.DefaultRepository, Chart: text}
	switch {
	case source.Chart == helm.FromStdin:
		return refusePath(text)
	case source.Validate() != nil:
		return "must be a name in the repository, an oci:// reference, or a path that begins with ./, ../ or /"
	case strings.Contains(text, "@") && strings.Contains(text, "://") && !strings.Contains(text, "@sha256:"):
		return "must hold no user"
	}
	return ""
}

func refuseID(text string) string {
	if strings.ContainsAny(text, " =:") {
		return "must be the client ID alone"
	}
	return ""
}

func refuseSelector(text string) string {
	if _, err := metav1.ParseToLabelSelector(text); err != nil {
		return "must select labels, as in team=a or 'stage in (test,prod)'"
	}
	return ""
}

// fromHere is a path in the file as the working directory sees it.
func (s *Setup) fromHere(path string) string {
	path = filepath.FromSlash(path)
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.dir, path)
}

// either lists choices.
func either(choices []string) string {
	last := len(choices) - 1
	if last == 0 {
		return choices[0]
	}
	return strings.Join(choices[:last], ", ") + " or " + choices[last]
}
