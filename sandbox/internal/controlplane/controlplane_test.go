package controlplane

import (
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

func TestEgressSelectorLeadsToTheSocket(t *testing.T) {
	var config struct {
		EgressSelections []struct {
			Name       string
			Connection struct {
				ProxyProtocol string
				Transport     struct{ UDS struct{ UDSName string } }
			}
		}
	}
	if err := yaml.UnmarshalStrict([]byte(strings.Join(strings.Split(EgressSelector(`/tmp/a "b"/egress`), "\n")[2:], "\n")), &config); err != nil {
		t.Fatal(err)
	}
	got := config.EgressSelections[0]
	if got.Name != "cluster" || got.Connection.ProxyProtocol != "HTTPConnect" || got.Connection.Transport.UDS.UDSName != `/tmp/a "b"/egress` {
		t.Errorf("got %+v", got)
	}
}

func TestTheAuditLogHoldsNoContent(t *testing.T) {
	var policy struct {
		Rules []struct{ Level string }
	}
	if err := yaml.Unmarshal([]byte(AuditPolicy()), &policy); err != nil {
		t.Fatal(err)
	}
	for _, rule := range policy.Rules {
		if rule.Level != "None" && rule.Level != "Metadata" {
			t.Errorf("a rule has the level %s", rule.Level)
		}
	}
	if len(policy.Rules) == 0 {
		t.Error("nothing is written down")
	}
}

func TestOnlyHealthIsAnonymous(t *testing.T) {
	var config struct {
		Anonymous struct {
			Enabled    bool
			Conditions []struct{ Path string }
		}
	}
	if err := yaml.Unmarshal([]byte(Authentication()), &config); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, condition := range config.Anonymous.Conditions {
		paths = append(paths, condition.Path)
	}
	// Without any condition, every path would be open.
	if want := []string{"/livez", "/readyz", "/healthz"}; !slices.Equal(paths, want) {
		t.Errorf("anonymous paths: got %q, want %q", paths, want)
	}
}

// Other users of the machine must not reach what has no authentication, and other machines nothing at all.
func TestNothingListensBeyondLoopback(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"kube-apiserver":          {APIServer{Port: 1}.Args(), "--bind-address=127.0.0.1"},
		"etcd":                    {APIServer{EtcdSocket: "/s"}.Args(), "--etcd-servers=unix:///s"},
		"kube-controller-manager": {ControllerManager{}.Args(), "--bind-address=127.0.0.1"},
		"kube-scheduler":          {Scheduler{}.Args(), "--bind-address=127.0.0.1"},
	} {
		if !slices.Contains(test.args, test.want) {
			t.Errorf("%s: no %s in %q", name, test.want, test.args)
		}
	}
}
