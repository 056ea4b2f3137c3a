package checks

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

const applyCA = "kubectl eso-infisical apply-ca --ca-file FILE"

// expirySoon is how long before a CA expires it is named.
const expirySoon = 30 * 24 * time.Hour

var configMaps = doctor.NewInput("the stores' ConfigMaps", func(ctx context.Context, s *doctor.Snapshot) (map[string]answer[*corev1.ConfigMap], error) {
	return referred(ctx, s, "ConfigMap", func(namespace, name string) (*corev1.ConfigMap, error) {
		return s.Cluster.Typed.CoreV1().ConfigMaps(namespace).Get(ctx, name, metav1.GetOptions{})
	})
}).Asking(referredRight(mapsResource)).Keeping(keptMaps)

var authorityInputs = sources(stores, configMaps, secrets)

var authorityChecks = []doctor.Check{
	{Code: "EI452", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(authorityIsNamed)},
	{Code: "EI402", Needs: codes("EI701"), Inputs: authorityInputs, Run: eachStore(authorityExists)},
	{Code: "EI403", Needs: codes("EI701"), Inputs: authorityInputs, Run: eachStore(authorityHasItsKey)},
	{Code: "EI409", Needs: codes("EI701"), Inputs: authorityInputs, Run: eachStore(authorityIsUsable)},
	{Code: "EI450", Needs: codes("EI701"), Inputs: authorityInputs, Run: eachStore(authorityStaysValid)},
	{Code: "EI902", Needs: codes("EI701"), Inputs: authorityInputs, Run: eachStore(authorityHasNoKey)},
}

func authorityIsNamed(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	ca, has := st.authority()
	if !has || ca.namespace != "" && ca.key != "" {
		return nil
	}
	what := "namespace"
	if ca.namespace != "" {
		what = "key"
	}
	return one(problem("EI452", "caProvider has no "+what, "write the store again: kubectl eso-infisical apply-store", st.named()).From(st.seen("caProvider", what)))
}

// held is the content of the ConfigMap, Secret or field that a store takes its CA from.
type held struct {
	key     key
	data    map[string][]byte
	version string
	err     error
}

func (h held) evidence(field, text string) doctor.Evidence {
	return doctor.Evidence{Object: h.key.object(), Field: field, Value: text, ResourceVersion: h.version}
}

// authorityOf reads what the store refers to, or returns false where it refers to nothing.
func authorityOf(ctx context.Context, s *doctor.Snapshot, st store) (held, bool) {
	if h, has := st.inline(); has {
		return h, true
	}
	ca, has := st.authority()
	if !has || ca.namespace == "" {
		return held{}, false
	}
	h := held{key: ca}
	if ca.kind == "Secret" {
		all, err := secrets.Of(ctx, s)
		found := all[ca.String()]
		if h.err = firstError(err, found.err); h.err == nil {
			h.data, h.version = found.value.Data, found.value.ResourceVersion
		}
		return h, true
	}
	all, err := configMaps.Of(ctx, s)
	found := all[ca.String()]
	if h.err = firstError(err, found.err); h.err == nil {
		h.data, h.version = map[string][]byte{}, found.value.ResourceVersion
		// ESO looks at data only, not at binaryData.
		for name, text := range found.value.Data {
			h.data[name] = []byte(text)
		}
	}
	return h, true
}

func authorityExists(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	h, has := authorityOf(ctx, s, st)
	switch {
	case !has:
		return nil
	case isAbsent(h.err):
		return one(doctor.Problem(cause.CAMissing, h.key.object()).MendedBy(applyCA).From(st.seen("caProvider", "name")))
	case h.err != nil:
		return one(doctor.Found(h.err, h.key.object()))
	}
	return one(doctor.Holds("", h.key.object()))
}

// present applies a judgement to the CA of a store that is there.
func present(ctx context.Context, s *doctor.Snapshot, st store, judge func(held) (doctor.Finding, bool)) doctor.Result {
	h, has := authorityOf(ctx, s, st)
	switch {
	case !has, isAbsent(h.err):
		return nil
	case h.err != nil:
		return one(doctor.Found(h.err, h.key.object()))
	}
	if f, wrong := judge(h); wrong {
		return one(f)
	}
	return one(doctor.Holds("", h.key.object()))
}

func authorityHasItsKey(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return present(ctx, s, st, func(h held) (doctor.Finding, bool) {
		_, found := h.data[h.key.key]
		return problem("EI403", fmt.Sprintf("%s has no key %s, which the store names", h.key, h.key.key), "put the right CA in place: "+applyCA, h.key.object()).
			MendedBy(applyCA).From(h.evidence("data", "no "+h.key.key)), !found && h.key.key != ""
	})
}

func authorityIsUsable(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return present(ctx, s, st, func(h held) (doctor.Finding, bool) {
		data, found := h.data[h.key.key]
		if !found {
			return doctor.Finding{}, false
		}
		_, err := trust.ParsePEM(data, s.Now)
		if err == nil || errors.Is(err, &trust.FileError{Problem: trust.PrivateKey}) {
			return doctor.Finding{}, false
		}
		return doctor.Problem(cause.CAUnusable, h.key.object()).Saying(err.Error()).MendedBy(applyCA).From(h.evidence("data."+h.key.key, err.Error())), true
	})
}

func authorityStaysValid(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return present(ctx, s, st, func(h held) (doctor.Finding, bool) {
		for _, c := range trust.Stored(h.data[h.key.key]).Certificates {
			left := c.NotAfter.Sub(s.Now)
			if left > 0 && left < expirySoon {
				day := c.NotAfter.UTC().Format(time.DateOnly)
				return problem("EI450", fmt.Sprintf("%s expires on %s, in %d days", c.Subject, day, int(left.Hours()/24)),
					"get the renewed certificate, and put it in place before: "+applyCA, h.key.object()).MendedBy(applyCA).From(h.evidence("data."+h.key.key, "valid until "+day)), true
			}
		}
		return doctor.Finding{}, false
	})
}

func authorityHasNoKey(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	return present(ctx, s, st, func(h held) (doctor.Finding, bool) {
		_, err := trust.ParsePEM(h.data[h.key.key], s.Now)
		return problem("EI902", h.key.String()+" holds a private key", "put the certificate alone in place, and make a new key: this one is known", h.key.object()).
			MendedBy(applyCA).From(h.evidence("data."+h.key.key, "a private key")), h.key.kind == "ConfigMap" && errors.Is(err, &trust.FileError{Problem: trust.PrivateKey})
	})
}
