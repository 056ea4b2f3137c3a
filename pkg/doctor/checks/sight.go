package checks

import (
	"context"
	"crypto/x509"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

const (
	// glance is how long one look at a server may take whose stores are ready, and stare where one is not: only then much hangs on it.
	glance = time.Second
	stare  = 4 * time.Second
	// mostSights bounds how many servers are looked at.
	mostSights = 8
)

// sight is what a server of Infisical presents to this machine. ESO may reach another one by the same name.
type sight struct {
	Host string
	// Chain are the certificates that it sent, as DER; none where no look came about, and Problem says why.
	Chain             [][]byte
	ClientCertificate bool
	// Status is that of the answer to GET /api/status, 0 where there was none.
	Status                int
	ContentType, Location string
	Date, At              time.Time
	Problem               string
	Code                  cause.Code
}

// sights are looks at the servers that stores name, by address, one handshake for each. Nothing is verified, and nothing secret is sent. Left out
// is what only the cluster can reach.
var sights = doctor.NewInput("the servers of Infisical", func(ctx context.Context, s *doctor.Snapshot) (map[string]sight, error) {
	found, err := stores.Of(ctx, s)
	if err != nil {
		return nil, err
	}
	patience := map[string]time.Duration{}
	for _, st := range found {
		if !visible(st.Host) || len(patience) == mostSights && patience[st.Host] == 0 {
			continue
		}
		if ready, _ := eso.Ready(st.object); ready.Status != "True" {
			patience[st.Host] = stare
		}
		patience[st.Host] = max(patience[st.Host], glance)
	}
	return lookAtAll(ctx, patience), nil
}).Late().Asking(func(doctor.Cluster) []kube.Right { return nil }).Keeping(func(all map[string]sight) map[string]sight { return all })

func lookAtAll(ctx context.Context, patience map[string]time.Duration) map[string]sight {
	seen := map[string]sight{}
	var all sync.WaitGroup
	var mu sync.Mutex
	for host, limit := range patience {
		all.Go(func() {
			found := lookWithin(ctx, limit, host)
			if found.hangs() && limit < stare {
				found = lookWithin(ctx, stare, host)
			}
			mu.Lock()
			defer mu.Unlock()
			seen[host] = found
		})
	}
	all.Wait()
	return seen
}

func lookWithin(ctx context.Context, limit time.Duration, host string) sight {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return look(limited, host)
}

// hangs reports whether the server has shown its certificate and then said nothing more.
func (s sight) hangs() bool { return len(s.Chain) > 0 && s.Status == 0 && s.Code == cause.TimedOut }

// visible reports whether the address is one that this machine might reach as ESO does. One that names the cluster's own Service is not, nor is
// one without encryption, of which there is nothing to see.
func visible(host string) bool {
	u, err := url.Parse(host)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return false
	}
	_, inside := kube.ClusterService(u.Hostname())
	return !inside
}

func look(ctx context.Context, host string) sight {
	// ESO asks below the host itself, however the address is written.
	u, err := url.Parse(host)
	if err != nil {
		return sight{Host: host, Problem: err.Error()}
	}
	p, err := trust.Look(ctx, u.Scheme+"://"+u.Host, nil)
	found := sight{Host: u.Hostname(), ClientCertificate: p.ClientCertificate, Status: p.Status, ContentType: p.ContentType, Location: p.Location, Date: p.Date, At: p.At}
	for _, c := range p.Chain {
		found.Chain = append(found.Chain, c.Raw)
	}
	if err != nil {
		c, _ := cause.OfNetwork(err)
		found.Problem, found.Code = err.Error(), c.Code
	}
	return found
}

// presented is the sight as package trust judges it, or false where no certificate was seen.
func (s sight) presented() (trust.Presented, bool) {
	p := trust.Presented{Host: s.Host, ClientCertificate: s.ClientCertificate, Status: s.Status, ContentType: s.ContentType, Location: s.Location, Date: s.Date, At: s.At}
	for _, der := range s.Chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return p, false
		}
		p.Chain = append(p.Chain, c)
	}
	return p, len(p.Chain) > 0
}

// html reports whether something else than Infisical's API has answered: a page, or a redirect to one.
func (s sight) html() bool {
	return s.Status >= 300 && s.Status < 400 || s.Status == 200 && !strings.HasPrefix(s.ContentType, "application/json")
}

// sightOf is the look at a store's server, the CA that the store trusts, and what comes of the two together.
func sightOf(ctx context.Context, s *doctor.Snapshot, st store) (sight, trust.Verdict, bool, error) {
	all, err := sights.Of(ctx, s)
	seen, looked := all[st.Host]
	if err != nil || !looked {
		return sight{}, trust.Verdict{}, false, err
	}
	p, shown := seen.presented()
	if !shown {
		return seen, trust.Verdict{}, true, nil
	}
	return seen, p.Judge(bundleOf(ctx, s, st), trust.SystemPool(), s.Now), true, nil
}
