// Package helm installs charts and reads releases. It is the only importer of helm.sh/helm; no type of it leaves the package,
// so that Helm 4 can replace Helm 3 here alone.
package helm

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/registry"
)

// FromStdin as Source.Chart stands for an archive on standard input.
const FromStdin = "-"

// fetchTimeout bounds all of a fetch; maxArchive and maxIndex are in bytes.
const (
	fetchTimeout = 2 * time.Minute
	maxArchive   = 100 << 20
	maxIndex     = 64 << 20
)

// Source says where a chart is, and how to tell that it is the right one. Helm's own way to find a chart is not used: it prefers a
// directory of the chart's name in the working directory over the repository, and runs the user's Helm plugins.
type Source struct {
	// Repository is an http(s) address of a chart repository.
	Repository string
	// Chart is a name in the repository, an oci:// reference, a path that begins with ./, ../ or /, or FromStdin.
	Chart string
	// Version is a version or a range, as Helm takes it; with an oci:// reference it is the tag.
	Version string
	// Digest is what the chart must have, sha256:HEX: that of the archive's bytes, or of the manifest where the chart is in a registry.
	Digest string
	// Verify demands a provenance file whose signature a key in the file Keyring makes.
	Verify  bool
	Keyring string
	// Stdin is read for FromStdin.
	Stdin io.Reader
}

func (s Source) String() string {
	switch {
	case s.Chart == FromStdin:
		return "on standard input"
	case s.isPath():
		return s.Chart
	case registry.IsOCI(s.Chart):
		return s.reference()
	default:
		return fmt.Sprintf("%s %s from %s", s.Chart, s.Version, redacted(s.Repository))
	}
}

// Local reports whether the chart is at hand, so that a version chooses nothing.
func (s Source) Local() bool { return s.Chart == FromStdin || s.isPath() }

// Pinned reports whether the chart's reference says which version it is, so that none has to be given.
func (s Source) Pinned() bool {
	if s.Local() {
		return true
	}
	last := s.Chart[strings.LastIndex(s.Chart, "/")+1:]
	return registry.IsOCI(s.Chart) && strings.ContainsAny(last, ":@")
}

// Flags are those of the command line that choose this chart.
func (s Source) Flags() string {
	if s.Pinned() {
		return "--chart " + s.Chart
	}
	return "--version " + s.Version
}

// pathForm is how a path begins, on any system: no chart in a repository is named like that.
var pathForm = regexp.MustCompile(`^(\.{0,2}[/\\]|[A-Za-z]:[/\\]|\.{1,2}$)`)

// InRegistry takes a chart's oci:// reference apart: oci:// and the folder, its name, its tag and its digest, of which one may be empty. It reports
// false for a chart that is elsewhere.
func (s Source) InRegistry() (folder, name, tag, digest string, found bool) {
	if s.Local() || !registry.IsOCI(s.Chart) {
		return "", "", "", "", false
	}
	reference, digest, _ := strings.Cut(s.Chart, "@")
	slash := strings.LastIndex(reference, "/")
	name, tag, _ = strings.Cut(reference[slash+1:], ":")
	return reference[:slash], name, cmp.Or(tag, s.Version), cmp.Or(digest, s.Digest), true
}

func (s Source) isPath() bool { return pathForm.MatchString(s.Chart) }

func (s Source) isDirectory() bool {
	info, err := os.Stat(s.Chart)
	return s.isPath() && err == nil && info.IsDir()
}

// Validate refuses what cannot be right, before anybody is asked.
func (s Source) Validate() error {
	hex, isSHA := strings.CutPrefix(s.Digest, "sha256:")
	named := !s.Local() && !registry.IsOCI(s.Chart)
	switch {
	case named && strings.ContainsAny(s.Chart, `/\`):
		return fmt.Errorf("--chart %s: a path begins with ./, ../ or /, and a registry's reference with oci://", s.Chart)
	case s.Digest != "" && (!isSHA || len(hex) != 64 || strings.Trim(hex, "0123456789abcdef") != ""):
		return errors.New("--chart-digest must be sha256: and 64 digits, as sha256sum writes them")
	case s.Digest != "" && s.isDirectory():
		return errors.New("--chart-digest is for archives and registries; a directory has no digest")
	case s.Verify && (s.isDirectory() || s.Chart == FromStdin):
		return errors.New("--verify-chart needs a provenance file, which only an archive in a file, a repository or a registry has")
	}
	return nil
}

// Chart is a loaded chart.
type Chart struct{ chart *chart.Chart }

// Name of the chart.
func (c *Chart) Name() string { return c.chart.Metadata.Name }

// Version of the chart.
func (c *Chart) Version() string { return c.chart.Metadata.Version }

// AppVersion is the version of what the chart installs.
func (c *Chart) AppVersion() string { return c.chart.Metadata.AppVersion }

// Load fetches and reads the chart. An archive that does not have the digest or signature that was asked for is not read.
func (s Source) Load(ctx context.Context) (*Chart, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	loaded, err := s.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("fetch chart %s: %w", s, err)
	}
	if loaded.Metadata == nil || loaded.Metadata.Name == "" {
		return nil, fmt.Errorf("fetch chart %s: it names no chart in Chart.yaml", s)
	}
	return &Chart{chart: loaded}, nil
}

func (s Source) load(ctx context.Context) (*chart.Chart, error) {
	if s.isDirectory() {
		return loader.Load(s.Chart)
	}
	fetched, err := s.fetch(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.prove(fetched); err != nil {
		return nil, err
	}
	return loader.LoadArchive(bytes.NewReader(fetched.data))
}

// archive is a packaged chart as it was fetched.
type archive struct {
	// name is the file's, as its provenance knows it.
	name string
	data []byte
	// digest is what Source.Digest is compared with; provenance is empty unless it was asked for.
	digest     string
	provenance []byte
}

func (s Source) fetch(ctx context.Context) (archive, error) {
	switch {
	case s.Chart == FromStdin:
		return s.readStdin(ctx)
	case s.isPath():
		return s.readFile()
	case registry.IsOCI(s.Chart):
		return s.pull(ctx)
	default:
		return s.download(ctx)
	}
}

func (s Source) readStdin(ctx context.Context) (archive, error) {
	data, err := readInput(ctx, s.Stdin)
	if err == nil && len(data) == 0 {
		err = errors.New("it is empty")
	}
	return archive{name: "stdin.tgz", data: data, digest: digestOf(data)}, err
}

func (s Source) readFile() (archive, error) {
	data, err := os.ReadFile(s.Chart)
	if errors.Is(err, fs.ErrNotExist) {
		return archive{}, fmt.Errorf("there is no such file or directory: %w", err)
	}
	if err != nil {
		return archive{}, err
	}
	a := archive{name: filepath.Base(s.Chart), data: data, digest: digestOf(data)}
	if s.Verify {
		if a.provenance, err = os.ReadFile(s.Chart + ".prov"); err != nil {
			return a, fmt.Errorf("read its provenance: %w", err)
		}
	}
	return a, nil
}
