package launch

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestTranslationArgs(t *testing.T) {
	translation := Translation{
		PodIP: "10.244.0.5",
		Ports: map[int32]int{8080: 40001, 10250: 40002},
		Mounts: []Mount{
			{ContainerPath: "/tmp/certs", HostPath: "/state dir/volumes/certs"},
			{ContainerPath: "/tmp/certs/ca/", HostPath: "/state dir/volumes/ca"},
			{ContainerPath: "/etc", HostPath: "/state dir/volumes/etc"},
		},
	}
	for arg, want := range map[string]string{
		"webhook":                       "webhook",
		"--port=10250":                  "--port=40002",
		"10250":                         "40002",
		"--metrics-addr=:8080":          "--metrics-addr=127.0.0.1:40001",
		":8080":                         "127.0.0.1:40001",
		"-addr=0.0.0.0:8080":            "-addr=127.0.0.1:40001",
		"--addr=[::]:8080":              "--addr=127.0.0.1:40001",
		"--addr=10.244.0.5:8080":        "--addr=127.0.0.1:40001",
		"--addr=localhost:8080":         "--addr=127.0.0.1:40001",
		"--peer=db.example:8080":        "--peer=db.example:8080",
		"--url=https://db.example:8080": "--url=https://db.example:8080",
		"--other=:9090":                 "--other=:9090",
		"--port=80800":                  "--port=80800",
		"--loglevel=info":               "--loglevel=info",
		"--flag":                        "--flag",
		"--cert-dir=/tmp/certs":         "--cert-dir=/state dir/volumes/certs",
		"--cert=/tmp/certs/tls.crt":     "--cert=/state dir/volumes/certs/tls.crt",
		"--ca=/tmp/certs/ca/ca.crt":     "--ca=/state dir/volumes/ca/ca.crt",
		"--other-dir=/tmp/certs-other":  "--other-dir=/tmp/certs-other",
		"/tmp/certs":                    "/state dir/volumes/certs",
	} {
		if got := translation.Args([]string{arg})[0]; got != want {
			t.Errorf("argument %q became %q, want %q", arg, got, want)
		}
	}
}

func TestContainerPorts(t *testing.T) {
	httpGet := func(port intstr.IntOrString) *corev1.Probe {
		return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: port}}}
	}
	container := &corev1.Container{
		Ports:          []corev1.ContainerPort{{ContainerPort: 8080, Protocol: corev1.ProtocolTCP}, {ContainerPort: 53, Protocol: corev1.ProtocolUDP}},
		ReadinessProbe: httpGet(intstr.FromInt32(8081)),
		LivenessProbe:  httpGet(intstr.FromString("metrics")),
		StartupProbe:   &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(8080)}}},
	}
	if diff := cmp.Diff([]int32{8080, 8081}, containerPorts(container)); diff != "" {
		t.Errorf("ports (-want +got):\n%s", diff)
	}
}

func TestNewCommandLine(t *testing.T) {
	container := &corev1.Container{
		Command: []string{"/bin/app", "serve"},
		Args:    []string{"--name=$(NAME)"},
		Ports:   []corev1.ContainerPort{{ContainerPort: 8080}},
	}
	expand := func(arg string) string { return strings.ReplaceAll(arg, "$(NAME)", "x") }
	got := NewCommandLine(container, "registry.test/app", []string{"/host/app"}, expand)
	want := CommandLine{Entrypoint: []string{"/host/app"}, Args: []string{"serve", "--name=x"}, Ports: []int32{8080}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("command line (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/bin/app", "serve"}, container.Command); diff != "" {
		t.Errorf("the container's own command changed:\n%s", diff)
	}
}
