package checks

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// bundleChecks are about what is in the CA bundle beside the certificate that does the work.
var bundleChecks = []doctor.Check{
	{Code: "EI432", Needs: codes("EI409"), Inputs: authorityInputs, Run: eachStore(bundleHoldsNothingElse)},
	{Code: "EI433", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(authorityIsInOnePlace)},
}

// useless are the kinds of certificates in a bundle that serve nobody.
var useless = []trust.Kind{trust.ExpiredLeftOut, trust.NotYetValidLeftOut, trust.LeafLeftOut, trust.WholeStore}

func bundleHoldsNothingElse(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return present(ctx, s, st, func(h held) (doctor.Finding, bool) {
		file, err := trust.Read(h.data[h.key.key], "", s.Now)
		if err != nil {
			return doctor.Finding{}, false
		}
		var texts []string
		for _, w := range file.Warnings {
			for _, kind := range useless {
				if w.Kind == kind {
					texts = append(texts, w.Text)
				}
			}
		}
		return problem("EI432", fmt.Sprintf("%d of what is in the CA bundle is of no use", len(texts)), "put the CA alone in place: "+applyCA, h.key.object()).
			Saying(strings.Join(texts, "; ")).MendedBy(applyCA).From(h.evidence("data."+h.key.key, strings.Join(texts, "; "))), len(texts) > 0
	})
}

func authorityIsInOnePlace(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	if st.text("caBundle") == "" || st.text("caProvider", "type") == "" {
		return one(doctor.Holds("", st.named()))
	}
	command := "kubectl eso-infisical apply-store"
	return one(problem("EI433", "the store holds a CA in caBundle and names another place in caProvider; ESO takes caBundle alone",
		"take one of them out, such as by writing the store anew: "+command, st.named()).MendedBy(command).From(st.seen("caProvider", "name")))
}

// inline is the CA that is in the store itself.
func (s store) inline() (held, bool) {
	text := s.text("caBundle")
	if text == "" {
		return held{}, false
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		data = []byte(text) // which is no certificate, as the check says that looks at it
	}
	k := key{"caBundle", "ClusterSecretStore", "", s.object.GetName(), "caBundle"}
	return held{key: k, data: map[string][]byte{"caBundle": data}, version: s.object.GetResourceVersion()}, true
}
