package setup

import (
	"errors"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Whoever may make a store may name any address in it.
func TestAStoresPlainAddressIsRefusedLikeAGivenOne(t *testing.T) {
	for name, tt := range map[string]struct {
		host    string
		allow   func(*Desired)
		refused bool
	}{
		"HTTPS":                      {"https://infisical.example.com", nil, false},
		"plain HTTP":                 {"http://infisical.example.com", nil, true},
		"plain HTTP that is allowed": {"http://infisical.example.com", func(d *Desired) { d.PlainHTTP = true }, false},
		"a name of the cluster":      {"http://infisical.tools.svc", nil, false},
		"by way of the API server":   {"http://infisical.example.com", func(d *Desired) { d.Via = kube.ServicePort{Name: "infisical"} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := store("demo")
			s.Host = tt.host
			c := newCluster(s.Object())
			c.Verifier.Forward = func(kube.ServicePort) (kube.Dial, error) { return nil, nil }
			if tt.allow != nil {
				tt.allow(&c.Desired)
			}
			if err := c.Remember(t.Context()); err != nil || c.Desired.Host != tt.host {
				t.Fatalf("%s, %v", c.Desired.Host, err)
			}
			_, _, administering := c.Administer(t.Context(), AdminAccess{Token: canary})
			_, planning := c.RotationPlans(t.Context(), Rotation{})
			for what, err := range map[string]error{"administer": administering, "rotate": planning} {
				var input *InputError
				if errors.As(err, &input) != tt.refused || tt.refused && !strings.Contains(err.Error(), "--plain-http") {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}
