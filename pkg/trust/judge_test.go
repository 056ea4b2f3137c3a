package trust

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// judgement is a server, a bundle, and what must come of the two.
type judgement struct {
	name     string
	served   []issued
	trusted  Bundle
	system   Bundle
	want     []cause.Code
	warnings []Kind
	// text must occur in what is said.
	text string
}

func judgements(t *testing.T) []judgement {
	root, renewed, other := issue(t, nil, ca("Root")), issue(t, nil, ca("Root")), issue(t, nil, ca("Other"))
	middle := issue(t, &root, ca("Middle"))
	corporate := issue(t, nil, ca("Corp Root"), organisation("Corp"))
	issuing := issue(t, &corporate, ca("Corp Issuing"), organisation("Corp"))
	server := func(issuer issued, changes ...change) issued {
		return issue(t, &issuer, append([]change{forHosts("127.0.0.1")}, changes...)...)
	}
	pinned := issue(t, nil, forHosts("127.0.0.1"))
	unmarkedCA := issue(t, nil, named("Home CA"), unmarked)
	mute := issue(t, nil, ca("Mute"), usage(x509.KeyUsageDigitalSignature))
	pointing := func(c *x509.Certificate) { c.IssuingCertificateURL = []string{"http://ca.example/middle.crt"} }
	over := issue(t, nil, ca("Over"), valid(now.AddDate(-2, 0, 0), now.AddDate(0, 0, -1)))
	overMiddle := issue(t, &root, ca("Over Middle"), valid(now.AddDate(-2, 0, 0), now.AddDate(0, 0, -1)))
	small, ofSmall := smallRSA(t, forHosts("127.0.0.1"))
	onlyMail := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} }
	limited := issue(t, nil, ca("Limited"), func(c *x509.Certificate) {
		c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = []string{"corp.example"}, true
	})
	crossed := issueFor(t, &other, root.key, ca("Root"))
	return []judgement{
		{name: "root", served: []issued{server(root)}, trusted: bundle(root)},
		{name: "root and intermediate", served: []issued{server(middle), middle}, trusted: bundle(root)},
		{name: "whole chain with the root", served: []issued{server(middle), middle, root}, trusted: bundle(root)},
		{name: "chain in the wrong order", served: []issued{server(middle), root, middle}, trusted: bundle(root)},
		{name: "intermediate is trusted, root is not known", served: []issued{server(middle), middle}, trusted: bundle(middle)},
		{name: "pinned certificate", served: []issued{pinned}, trusted: bundle(pinned)},
		{name: "signed crosswise", served: []issued{server(root), crossed}, trusted: bundle(other)},
		{name: "old and new root together", served: []issued{server(renewed)}, trusted: bundle(root, renewed)},

		{name: "wrong CA", served: []issued{server(other)}, trusted: bundle(root), want: []cause.Code{cause.UnknownAuthority}, text: "issued by CN=Other, which is not trusted; given is CN=Root"},
		{name: "wrong CA, the server sends its root", served: []issued{server(other), other}, trusted: bundle(root), want: []cause.Code{cause.UnknownAuthority}, text: "ends at CN=Other"},
		{name: "no CA", served: []issued{server(root)}, want: []cause.Code{cause.UnknownAuthority}, text: "no CA is given"},
		{name: "another pinned certificate", served: []issued{pinned}, trusted: bundle(root), want: []cause.Code{cause.UnknownAuthority}, text: "self-signed"},
		{name: "renewed CA of the same subject", served: []issued{server(renewed)}, trusted: bundle(root), want: []cause.Code{cause.RenewedAuthority}, text: "the CA has been renewed"},
		{name: "renewed CA that the server sends", served: []issued{server(renewed), renewed}, trusted: bundle(root), want: []cause.Code{cause.RenewedAuthority}},
		{name: "renewed pinned certificate", served: []issued{issue(t, nil, forHosts("127.0.0.1"))}, trusted: bundle(pinned), want: []cause.Code{cause.RenewedAuthority}},
		{name: "missing intermediate that is pointed to", served: []issued{server(middle, pointing)}, trusted: bundle(root), want: []cause.Code{cause.IncompleteChain}, text: "CN=Middle"},
		{name: "missing intermediate of the same organisation", served: []issued{server(issuing)}, trusted: bundle(corporate), want: []cause.Code{cause.IncompleteChain}, text: "CN=Corp Issuing"},
		{name: "missing intermediate that the bundle has", served: []issued{server(issuing)}, trusted: bundle(corporate, issuing), warnings: []Kind{MissingIntermediate}},

		{name: "other address", served: []issued{issue(t, &root, forHosts("10.0.0.1"))}, trusted: bundle(root), want: []cause.Code{cause.WrongHostName}, text: "not valid for 127.0.0.1, but for 10.0.0.1"},
		{name: "address without a SAN for it", served: []issued{issue(t, &root, forHosts("infisical.example"))}, trusted: bundle(root), want: []cause.Code{cause.WrongHostName},
			text: "127.0.0.1 is an IP address, and the server's certificate lists none"},
		{name: "common name only", served: []issued{issue(t, &root, named("127.0.0.1"))}, trusted: bundle(root), want: []cause.Code{cause.CommonNameOnly}},

		{name: "expired", served: []issued{server(root, valid(now.AddDate(-1, 0, 0), now.Add(-time.Hour)))}, trusted: bundle(root), want: []cause.Code{cause.CertificateDates}, text: "expired on 2026-06-01 11:00 UTC"},
		{name: "not valid yet", served: []issued{server(root, valid(now.AddDate(0, 1, 0), now.AddDate(1, 0, 0)))}, trusted: bundle(root), want: []cause.Code{cause.CertificateDates}, text: "not valid before 2026-07-01"},
		{name: "not valid for another hour", served: []issued{server(root, valid(now.Add(time.Hour), now.AddDate(1, 0, 0)))}, trusted: bundle(root), want: []cause.Code{cause.CertificateDates}, text: "a clock that is wrong"},
		{name: "expired, and of a wrong CA", served: []issued{server(other, valid(now.AddDate(-1, 0, 0), now.Add(-time.Hour)))}, trusted: bundle(root),
			want: []cause.Code{cause.CertificateDates, cause.UnknownAuthority}},
		{name: "expired, and for another host", served: []issued{issue(t, &root, forHosts("a.example"), valid(now.AddDate(-1, 0, 0), now.Add(-time.Hour)))}, trusted: bundle(root),
			want: []cause.Code{cause.WrongHostName, cause.CertificateDates}},
		{name: "expired root", served: []issued{server(over)}, trusted: bundle(over), want: []cause.Code{cause.CertificateDates}, text: "CN=Over"},
		{name: "expired intermediate", served: []issued{server(overMiddle), overMiddle}, trusted: bundle(root), want: []cause.Code{cause.CertificateDates}, text: "CN=Over Middle"},
		{name: "ends in 10 days", served: []issued{server(root, valid(now.AddDate(-1, 0, 0), now.AddDate(0, 0, 10)))}, trusted: bundle(root), warnings: []Kind{ServerExpiresSoon}},

		{name: "issued by what is not marked as a CA", served: []issued{server(unmarkedCA)}, trusted: bundle(unmarkedCA), want: []cause.Code{cause.NotAnAuthority}, text: "CN=Home CA"},
		{name: "issued by what may not sign", served: []issued{server(mute)}, trusted: bundle(mute), want: []cause.Code{cause.NotAnAuthority}},
		{name: "weak key of the CA", served: []issued{ofSmall}, trusted: bundle(small), want: []cause.Code{cause.WeakCertificate}, text: "512 bits"},
		{name: "weak signature", served: []issued{server(root, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 })}, trusted: bundle(root), want: []cause.Code{cause.WeakCertificate}, text: "SHA1"},
		{name: "for mail alone", served: []issued{server(root, onlyMail)}, trusted: bundle(root), want: []cause.Code{cause.UsageForbidden}},
		{name: "outside of the CA's domain", served: []issued{server(limited, forHosts("infisical.example"))}, trusted: bundle(limited), want: []cause.Code{cause.UsageForbidden}},

		{name: "the system suffices, nothing is given", served: []issued{server(root)}, system: bundle(root), warnings: []Kind{SystemSuffices, BundleUnused}},
		{name: "the system suffices, and the same is given", served: []issued{server(root)}, system: bundle(root), trusted: bundle(root), warnings: []Kind{SystemSuffices}, text: "no CA is needed"},
		{name: "the system suffices, another is given", served: []issued{server(root)}, system: bundle(root), trusted: bundle(other), warnings: []Kind{SystemSuffices, BundleUnused}},
		{name: "the system knows the CA, but the name is wrong", served: []issued{issue(t, &root, forHosts("a.example"))}, system: bundle(root), trusted: bundle(root), want: []cause.Code{cause.WrongHostName}},
	}
}

func TestJudge(t *testing.T) {
	for _, tt := range judgements(t) {
		t.Run(tt.name, func(t *testing.T) {
			system := tt.system.onTopOf(x509.NewCertPool())
			v := look(t, tt.served...).Judge(tt.trusted, system, now)
			var got []cause.Code
			said := ""
			for _, f := range v.Failures {
				got, said = append(got, f.Cause.Code), said+f.Cause.Summary+"\n"+f.Cause.Fix+"\n"
			}
			var kinds []Kind
			for _, w := range v.Warnings {
				kinds, said = append(kinds, w.Kind), said+w.Text+"\n"
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("failures: %s%s", diff, said)
			}
			if diff := cmp.Diff(tt.warnings, kinds); diff != "" {
				t.Errorf("warnings: %s%s", diff, said)
			}
			if !strings.Contains(said, tt.text) {
				t.Errorf("%q does not say %q", said, tt.text)
			}
			checkAgainstGo(t, tt, system, len(got) == 0)
		})
	}
}

// checkAgainstGo compares with a real handshake as ESO does it. A handshake has no time of its own, so that it is left to the packages that
// do it: here the same certificates are verified in one go.
func checkAgainstGo(t *testing.T, tt judgement, system *x509.CertPool, holds bool) {
	t.Helper()
	intermediates := x509.NewCertPool()
	for _, c := range tt.served[1:] {
		intermediates.AddCert(c.Certificate)
	}
	_, err := tt.served[0].Verify(x509.VerifyOptions{Roots: tt.trusted.onTopOf(system), Intermediates: intermediates, CurrentTime: now, DNSName: "127.0.0.1"})
	if (err == nil) != holds {
		t.Errorf("holds = %t, and Go says %v", holds, err)
	}
}

func TestClocksThatDiffer(t *testing.T) {
	root := issue(t, nil, ca("Root"))
	p := look(t, issue(t, &root, forHosts("127.0.0.1"), valid(now, now.AddDate(1, 0, 0))))
	ours := now.Add(-90 * time.Minute)
	p.At, p.Date = ours, now.Add(time.Minute)
	v := p.Judge(bundle(root), x509.NewCertPool(), ours)
	if len(v.Failures) != 1 || !strings.Contains(v.Failures[0].Cause.Fix, "set this machine's clock right: it differs from the server's by 1h31m0s") {
		t.Errorf("failures %v", v.Failures)
	}
	if len(v.Warnings) != 1 || v.Warnings[0].Kind != ClockSkew {
		t.Errorf("warnings %v", v.Warnings)
	}
}

func TestAVerdictIsOneError(t *testing.T) {
	root, other := issue(t, nil, ca("Root")), issue(t, nil, ca("Other"))
	p := look(t, issue(t, &other, forHosts("a.example")))
	err := p.Judge(bundle(root), x509.NewCertPool(), now).Err("verify the server")
	if c, _ := cause.Of(err); c.Code != cause.WrongHostName || !strings.Contains(err.Error(), "also: ") || !strings.Contains(err.Error(), "EI401") {
		t.Errorf("error %v", err)
	}
	good := look(t, issue(t, &root, forHosts("127.0.0.1")))
	if err := good.Judge(bundle(root), x509.NewCertPool(), now).Err("verify"); err != nil {
		t.Errorf("error %v", err)
	}
}

func TestCandidate(t *testing.T) {
	root := issue(t, nil, ca("Root"))
	middle := issue(t, &root, ca("Middle"))
	leaf := issue(t, &middle, forHosts("127.0.0.1"))
	pinned := issue(t, nil, forHosts("127.0.0.1"))
	over := issue(t, nil, ca("Over"), valid(now.AddDate(-2, 0, 0), now.AddDate(0, 0, -1)))
	stranger := issue(t, nil, ca("Stranger"))
	for _, tt := range []struct {
		name     string
		served   []issued
		want     issued
		warnings []Kind
		problem  Problem
	}{
		{"root is sent", []issued{leaf, middle, root}, root, nil, ""},
		{"root is not sent", []issued{leaf, middle}, middle, []Kind{PinnedIntermediate}, ""},
		{"self-signed", []issued{pinned}, pinned, []Kind{PinnedLeaf}, ""},
		{"own certificate only", []issued{leaf}, issued{}, nil, LeafOnly},
		{"own certificate and a root that has nothing to do with it", []issued{leaf, stranger}, issued{}, nil, LeafOnly},
		{"expired root", []issued{issue(t, &over, forHosts("127.0.0.1")), over}, issued{}, nil, Expired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, warnings, err := look(t, tt.served...).Candidate(now)
			checkProblem(t, input{problem: tt.problem}, err)
			if tt.problem == "" && !sameOrder(b, []issued{tt.want}) {
				t.Errorf("got %v", b)
			}
			var kinds []Kind
			for _, w := range warnings {
				kinds = append(kinds, w.Kind)
			}
			if diff := cmp.Diff(tt.warnings, kinds); diff != "" {
				t.Error(diff)
			}
		})
	}
}
