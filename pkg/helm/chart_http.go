package helm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"helm.sh/helm/v3/pkg/repo"
	"sigs.k8s.io/yaml"
)

// download finds the chart in the repository's index and fetches it, and its provenance if that is asked for.
func (s Source) download(ctx context.Context) (archive, error) {
	client := &http.Client{Transport: transport()}
	entry, err := s.find(ctx, client)
	if err != nil {
		return archive{}, err
	}
	address, err := repo.ResolveReferenceURL(s.Repository, entry.URLs[0])
	if err != nil {
		return archive{}, fmt.Errorf("the repository names a download that is no address: %w", err)
	}
	data, err := get(ctx, client, address, maxArchive)
	if err != nil {
		return archive{}, err
	}
	a := archive{name: fileName(address), data: data, digest: digestOf(data)}
	if listed := strings.TrimPrefix(entry.Digest, "sha256:"); listed != "" && "sha256:"+listed != a.digest {
		return a, fmt.Errorf("the archive's digest is %s, and the repository's index says sha256:%s", a.digest, listed)
	}
	if s.Verify {
		if a.provenance, err = get(ctx, client, address+".prov", maxArchive); err != nil {
			return a, fmt.Errorf("fetch its provenance: %w", err)
		}
	}
	return a, nil
}

// find looks the chart up in the repository's index.
func (s Source) find(ctx context.Context, client *http.Client) (*repo.ChartVersion, error) {
	base, err := url.Parse(s.Repository)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, errors.New("a repository's address begins with https:// and a host")
	}
	data, err := get(ctx, client, base.JoinPath("index.yaml").String(), maxIndex)
	if err != nil {
		return nil, fmt.Errorf("read the repository's index: %w", err)
	}
	index := repo.NewIndexFile()
	index.APIVersion = ""
	if err := yaml.Unmarshal(data, index); err != nil || index.APIVersion == "" {
		return nil, errors.New("what the address answers with is not the index of a chart repository")
	}
	dropIncomplete(index)
	entry, err := index.Get(s.Chart, s.Version)
	if err != nil {
		return nil, fmt.Errorf("%w; the repository has %s", err, offered(index, s.Chart))
	}
	if len(entry.URLs) == 0 {
		return nil, errors.New("the repository names no download for it")
	}
	return entry, nil
}

// dropIncomplete removes entries that are none and brings the rest into order, newest first, as Helm does.
func dropIncomplete(index *repo.IndexFile) {
	for name, entries := range index.Entries {
		kept := repo.ChartVersions{}
		for _, entry := range entries {
			if entry != nil && entry.Metadata != nil {
				kept = append(kept, entry)
			}
		}
		index.Entries[name] = kept
	}
	index.SortEntries()
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

// get reads what an address answers with, up to limit bytes.
func get(ctx context.Context, client *http.Client, address string, limit int64) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%s is no address", redacted(address))
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err // names the address without a password
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", request.URL.Redacted(), answer.Status)
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("it is larger than %d MiB", limit>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", request.URL.Redacted(), err)
	}
	return data, nil
}

// transport is Go's own, with a limit for a server that accepts a request and never answers.
func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = 30 * time.Second
	return t
}

func fileName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return path.Base(address)
	}
	return path.Base(u.Path)
}

// redacted is an address without the password that it may hold.
func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address that cannot be read"
	}
	return u.Redacted()
}
