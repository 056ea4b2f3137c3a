// Package helm installs charts and reads releases. It is the only importer of helm.sh/helm; no type of it leaves the package,
// so that Helm 4 can replace Helm 3 here alone.
package helm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/getter"
	"helm.sh/helm/v3/pkg/registry"
	"helm.sh/helm/v3/pkg/repo"
)

const fetchTimeout = 60 * time.Second

// Source says where a chart is. Helm's own way to find one is not used: it prefers a directory of the chart's name in the working
// directory over the repository, and runs the user's Helm plugins.
type Source struct {
	// Repository is an http(s) address of a chart repository.
	Repository string
	// Chart is a name in the repository, an oci:// reference, or a path that begins with ./, ../ or /.
	Chart string
	// Version is a version or a range, as Helm takes it; with an oci:// reference it is the tag.
	Version string
}

func (s Source) String() string {
	switch {
	case s.isPath():
		return s.Chart
	case registry.IsOCI(s.Chart):
		return s.Chart + ":" + s.Version
	default:
		return fmt.Sprintf("%s %s from %s", s.Chart, s.Version, s.Repository)
	}
}

func (s Source) isPath() bool {
	return filepath.IsAbs(s.Chart) || strings.HasPrefix(s.Chart, "./") || strings.HasPrefix(s.Chart, "../")
}

// Chart is a loaded chart.
type Chart struct{ chart *chart.Chart }

// Version of the chart.
func (c *Chart) Version() string { return c.chart.Metadata.Version }

// Load fetches and reads the chart.
func (s Source) Load(ctx context.Context) (*Chart, error) {
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
	if s.isPath() {
		if _, err := os.Stat(s.Chart); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no such file or directory: %w", err)
		}
		return loader.Load(s.Chart)
	}
	type result struct {
		data *bytes.Buffer
		err  error
	}
	// The repository's index goes through a directory of its own, since Helm reads it from a file.
	cache, err := os.MkdirTemp("", "eso-infisical-index-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(cache)
	// Helm's getters take no context; an interrupted fetch is left behind to end by its own time-out.
	done := make(chan result, 1)
	go func() {
		data, err := s.download(cache)
		done <- result{data, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		if r.err != nil {
			return nil, r.err
		}
		return loader.LoadArchive(r.data)
	}
}

func (s Source) download(cache string) (*bytes.Buffer, error) {
	if registry.IsOCI(s.Chart) {
		get, err := getter.NewOCIGetter()
		if err != nil {
			return nil, err
		}
		return get.Get(s.Chart + ":" + s.Version)
	}
	// Only http, https and oci: no downloader plugins.
	getters := getter.Getters(getter.WithTimeout(fetchTimeout))
	url, err := s.find(getters, cache)
	if err != nil {
		return nil, err
	}
	get, err := getter.NewHTTPGetter(getter.WithTimeout(fetchTimeout))
	if err != nil {
		return nil, err
	}
	return get.Get(url)
}

// find looks the chart up in the repository's index.
func (s Source) find(getters getter.Providers, cache string) (string, error) {
	r, err := repo.NewChartRepository(&repo.Entry{Name: "eso", URL: s.Repository}, getters)
	if err != nil {
		return "", err
	}
	r.CachePath = cache
	file, err := r.DownloadIndexFile()
	if err != nil {
		return "", err
	}
	index, err := repo.LoadIndexFile(file)
	if err != nil {
		return "", err
	}
	version, err := index.Get(s.Chart, s.Version)
	if err != nil {
		return "", fmt.Errorf("%w; the repository has %s", err, offered(index, s.Chart))
	}
	if len(version.URLs) == 0 {
		return "", errors.New("the repository names no download for it")
	}
	return repo.ResolveReferenceURL(s.Repository, version.URLs[0])
}

func offered(index *repo.IndexFile, name string) string {
	var versions []string
	for _, v := range index.Entries[name] {
		versions = append(versions, v.Version)
	}
	switch {
	case len(versions) == 0:
		return "no chart of that name"
	case len(versions) > 5:
		versions = append(versions[:5], "…")
	}
	return "the versions " + strings.Join(versions, ", ")
}
