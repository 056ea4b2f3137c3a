package krew

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"
)

// Pair is a system that krew knows.
type Pair struct{ OS, Arch string }

// String is the pair as Go and the archives' names have it.
func (p Pair) String() string { return p.OS + "_" + p.Arch }

// known are all pairs that krew's validator has.
var known = []Pair{{"windows", "386"}, {"windows", "amd64"}, {"windows", "arm64"}, {"linux", "386"}, {"linux", "amd64"}, {"linux", "arm"}, {"linux", "arm64"},
	{"linux", "ppc64le"}, {"darwin", "386"}, {"darwin", "amd64"}, {"darwin", "arm64"}}

// Released are the systems that each release has an archive for.
var Released = []Pair{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"}}

var (
	nameForm   = regexp.MustCompile(`^[\w-]+$`)
	devices    = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com\d|lpt\d)$`)
	sha256Form = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Problems are what krew would refuse in a manifest of that file name, without its ending; no name stands for any.
func (m Manifest) Problems(fileName string) []string {
	var problems []string
	demand := func(holds bool, format string, args ...any) {
		if !holds {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	demand(m.APIVersion == APIVersion, "apiVersion is %q, not %s", m.APIVersion, APIVersion)
	demand(m.Kind == Kind, "kind is %q, not %s", m.Kind, Kind)
	demand(nameForm.MatchString(m.Metadata.Name) && !devices.MatchString(m.Metadata.Name), "%q cannot be a plugin's name", m.Metadata.Name)
	demand(fileName == "" || fileName == m.Metadata.Name, "the file is %q and the plugin %q", fileName, m.Metadata.Name)
	_, err := version.ParseSemantic(m.Spec.Version)
	demand(err == nil && strings.HasPrefix(m.Spec.Version, "v"), "version %q is not v and three numbers", m.Spec.Version)
	demand(m.Spec.ShortDescription != "" && !strings.Contains(m.Spec.ShortDescription, "\n"), "shortDescription is not one line")
	demand(len(m.Spec.Platforms) > 0, "there is no platform")
	for i, p := range m.Spec.Platforms {
		for _, problem := range p.problems() {
			problems = append(problems, fmt.Sprintf("platform %d: %s", i, problem))
		}
	}
	for _, pair := range known {
		matching := 0
		for _, p := range m.Spec.Platforms {
			if p.Selector.matches(pair) {
				matching++
			}
		}
		demand(matching <= 1, "%s matches %d platforms", pair, matching)
	}
	return problems
}

func (p Platform) problems() []string {
	var problems []string
	demand := func(holds bool, format string, args ...any) {
		if !holds {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	demand(p.URI != "", "uri is missing")
	demand(sha256Form.MatchString(p.SHA256), "sha256 %q is not 64 lower-case hexadecimal digits", p.SHA256)
	demand(p.Bin != "", "bin is missing")
	demand(len(p.Selector.MatchLabels) > 0, "selector is empty")
	for label := range p.Selector.MatchLabels {
		demand(label == "os" || label == "arch", "selector has the label %q; only os and arch are known", label)
	}
	demand(slices.ContainsFunc(known, p.Selector.matches), "selector matches no system that krew knows")
	demand(p.Files == nil || len(p.Files) > 0, "files is there and empty")
	for _, f := range p.Files {
		demand(f.From != "" && f.To != "" && path.Clean(f.To) == f.To, "files moves %q to %q", f.From, f.To)
	}
	return problems
}

func (s Selector) matches(pair Pair) bool {
	has := map[string]string{"os": pair.OS, "arch": pair.Arch}
	for label, value := range s.MatchLabels {
		if has[label] != value {
			return false
		}
	}
	return len(s.MatchLabels) > 0
}

// What reviewers of krew's index demand besides.
const (
	shortLength = 50
	lineLength  = 80
)

// House are the rules of ours that go beyond krew's: one archive for each released system, of this repository and this version, and what
// reviewers of krew's index look at.
func (m Manifest) House() []string {
	var problems []string
	demand := func(holds bool, format string, args ...any) {
		if !holds {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	short := m.Spec.ShortDescription
	demand(len(short) <= shortLength && !strings.HasSuffix(short, "."), "shortDescription has %d characters, %d are the limit, or ends in a full stop", len(short), shortLength)
	demand(m.Spec.Description != "", "description is missing")
	for _, line := range strings.Split(m.Spec.Description, "\n") {
		demand(len(line) <= lineLength, "description has a line of %d characters, %d are the limit", len(line), lineLength)
	}
	demand(len(m.Spec.Platforms) == len(Released), "there are %d platforms, %d are released", len(m.Spec.Platforms), len(Released))
	for _, pair := range Released {
		p, found := m.For(pair)
		demand(found, "%s has no platform", pair)
		demand(!found || p.Bin == Binary(pair), "%s: bin is %q, not %s", pair, p.Bin, Binary(pair))
		demand(!found || p.URI == m.address(pair), "%s: uri is %q, not %s", pair, p.URI, m.address(pair))
		demand(p.Files == nil, "%s: files is not needed", pair)
	}
	return problems
}

// Binary is the program's file for a system. kubectl finds "kubectl eso-infisical" under this name alone.
func Binary(pair Pair) string {
	if pair.OS == "windows" {
		return "kubectl-eso_infisical.exe"
	}
	return "kubectl-eso_infisical"
}

// Archive is the name of the release's file for a system.
func Archive(pair Pair) string {
	ending := ".tar.gz"
	if pair.OS == "windows" {
		ending = ".zip"
	}
	return "kubectl-eso_infisical_" + pair.String() + ending
}

func (m Manifest) address(pair Pair) string {
	address, err := url.JoinPath(m.Spec.Homepage, "releases", "download", m.Spec.Version, Archive(pair))
	if err != nil {
		return err.Error()
	}
	return address
}
