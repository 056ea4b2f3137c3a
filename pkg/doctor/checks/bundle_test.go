package checks

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/bundle"
)

// judged are the codes and outcomes of a report, without names.
func judged(r doctor.Report) []string {
	var lines []string
	for _, o := range r.Outcomes {
		for _, f := range o.Findings {
			lines = append(lines, string(o.Code)+" "+string(f.Status)+" "+string(f.Code()))
		}
	}
	return append(lines, join(r.RootCauses()))
}

func join(codes []cause.Code) string {
	texts := make([]string, len(codes))
	for i, c := range codes {
		texts[i] = string(c)
	}
	return "root causes: " + strings.Join(texts, " ")
}

func TestAMaskedBundleComesToTheSameVerdict(t *testing.T) {
	sources := doctor.Sources(append(All(), Live()...))
	for _, h := range append(harms, deliveryHarms...) {
		t.Run(h.name, func(t *testing.T) {
			w := healthy(t)
			h.do(t, w)
			s := w.snapshot(t)
			direct := judged(doctor.Examine(t.Context(), append(All(), Live()...), s))
			var file bytes.Buffer
			err := bundle.Write(t.Context(), &file, bundle.Content{Snapshot: s, Sources: sources, Secrets: SecretValues(s), Mask: true,
				Manifest: bundle.Manifest{Time: s.Now, Cluster: s.Cluster.Name, Namespace: s.Cluster.Namespace, Release: s.Cluster.Release}})
			if err != nil {
				t.Fatal(err)
			}
			opened, err := bundle.Read(bytes.NewReader(file.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			offline, err := opened.Snapshot(t.Context(), sources)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(direct, judged(doctor.Examine(t.Context(), append(All(), Live()...), offline))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
