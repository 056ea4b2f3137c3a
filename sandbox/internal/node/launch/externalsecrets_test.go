package launch

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAdaptExternalSecrets(t *testing.T) {
	const repository = "ghcr.io/external-secrets/external-secrets"
	for name, tc := range map[string]struct {
		repository string
		args       []string
		want       []string
		ports      []int32
	}{
		"controller as the chart starts it": {
			repository, []string{"--concurrent=1", "--metrics-addr=:8080"},
			[]string{"--concurrent=1", "--metrics-addr=:8080", "--live-addr=:8082"}, []int32{8080, 8082},
		},
		"controller without arguments": {
			repository, nil, []string{"--metrics-addr=:8080", "--live-addr=:8082"}, []int32{8080, 8082},
		},
		"webhook": {
			repository, []string{"webhook", "--port=10250", "--healthz-addr=:8081"},
			[]string{"webhook", "--port=10250", "--healthz-addr=:8081", "--metrics-addr=:8080"}, []int32{8080, 8081, 10250},
		},
		"cert controller": {
			repository, []string{"certcontroller"},
			[]string{"certcontroller", "--metrics-addr=:8080", "--healthz-addr=:8081"}, []int32{8080, 8081},
		},
		"flags that 0.20.4 lacks": {
			repository, []string{"--enable-secret-store-reconciler=false", "--unsafe-allow-generic-targets=true", "--metrics-addr=:9", "--live-addr=:8"},
			[]string{"--metrics-addr=:9", "--live-addr=:8"}, []int32{8080, 8082},
		},
		"another image": {"registry.test/app", []string{"--enable-secret-store-reconciler=false"}, []string{"--enable-secret-store-reconciler=false"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			args, ports := adaptExternalSecrets(tc.repository, tc.args)
			if diff := cmp.Diff(tc.want, args); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.ports, ports); diff != "" {
				t.Errorf("ports (-want +got):\n%s", diff)
			}
		})
	}
}
