package helm

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"helm.sh/helm/v3/pkg/registry"
)

// reference is the chart's in its registry. Helm ignores a digest behind a tag, so that the tag is left out then.
func (s Source) reference() string {
	name, digest, _ := strings.Cut(s.Chart, "@")
	slash := strings.LastIndex(name, "/")
	colon := strings.LastIndex(name, ":")
	tagged := colon > slash
	switch {
	case digest != "" && tagged:
		return name[:colon] + "@" + digest
	case digest != "" || tagged || s.Version == "":
		return s.Chart
	}
	return s.Chart + ":" + s.Version
}

// pull fetches the chart from a registry, with the credentials that helm and docker keep for it. A registry on this machine is
// spoken to without TLS, as docker does.
func (s Source) pull(ctx context.Context) (archive, error) {
	ref := strings.TrimPrefix(s.reference(), registry.OCIScheme+"://")
	options := []registry.ClientOption{registry.ClientOptWriter(io.Discard), registry.ClientOptHTTPClient(&http.Client{Transport: bound{ctx, transport()}})}
	if onThisMachine(ref) {
		options = append(options, registry.ClientOptPlainHTTP())
	}
	client, err := registry.NewClient(options...)
	if err != nil {
		return archive{}, fmt.Errorf("prepare to ask the registry: %w", err)
	}
	pulled, err := client.Pull(ref, registry.PullOptWithProv(s.Verify))
	if err != nil {
		return archive{}, err
	}
	a := archive{data: pulled.Chart.Data, digest: pulled.Manifest.Digest, provenance: pulled.Prov.Data}
	if pulled.Chart.Meta != nil {
		a.name = pulled.Chart.Meta.Name + "-" + pulled.Chart.Meta.Version + ".tgz"
	}
	return a, nil
}

// bound ends requests with a context. Helm's registry client takes none.
type bound struct {
	ctx  context.Context
	base http.RoundTripper
}

func (b bound) RoundTrip(r *http.Request) (*http.Response, error) {
	return b.base.RoundTrip(r.WithContext(b.ctx))
}

func onThisMachine(ref string) bool {
	host, _, _ := strings.Cut(ref, "/")
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
