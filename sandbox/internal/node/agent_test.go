package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/record"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/address"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/image"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/podworker"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/process"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/pki"
)

const (
	role    = "NODE_TEST_ROLE"
	patient = 20 * time.Second
)

// TestMain lets the test binary be the program in the tests' containers.
func TestMain(m *testing.M) {
	if os.Getenv(role) == "" {
		os.Exit(m.Run())
	}
	fmt.Println("hello from the pod")
	time.Sleep(time.Hour)
}

// machine is a running agent with a fake API server.
type machine struct {
	t       *testing.T
	client  kubernetes.Interface
	address string
	trusted *http.Client
	unknown *http.Client
}

func startMachine(t *testing.T) *machine {
	t.Helper()
	cfg, ca := testConfig(t)
	sockets, err := open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Listen = sockets.kubelet.Addr().String()
	client := fake.NewClientset()
	watched := signalWatch(client)
	log := slog.New(slog.DiscardHandler)
	a := &agent{cfg: cfg, client: client, informers: informers.NewSharedInformerFactory(client, 0), addresses: address.NewTable(), log: log}
	spawner := process.NewSpawner()
	a.pods = newPods(&podworker.Host{
		Client: client, Recorder: record.NewFakeRecorder(1000), Objects: newObjects(a.informers),
		Images: image.NewCatalog(map[string][]string{"test/app": {os.Args[0]}}), Addresses: a.addresses, Spawner: spawner,
		APIServer: podworker.APIServer{URL: "https://127.0.0.1:6443"}, HostIP: hostIP, Dir: cfg.Dir, Log: log,
		Pace: podworker.Pace{BackOff: time.Hour, BackOffMax: time.Hour, Retry: time.Millisecond, RetryMax: time.Millisecond},
	}, log)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx, sockets) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		spawner.Close()
	})
	select {
	case <-watched:
	case <-time.After(patient):
		t.Fatal("the agent does not watch its pods")
	}
	return &machine{t: t, client: client, address: cfg.Listen, trusted: clientOf(t, ca, true), unknown: clientOf(t, ca, false)}
}

// signalWatch returns a channel that is closed when pods are watched. The fake API server loses what happens
// between a list and the watch after it; a real one does not.
func signalWatch(client *fake.Clientset) <-chan struct{} {
	watched := make(chan struct{})
	var once sync.Once
	client.PrependWatchReactor("pods", func(action clienttesting.Action) (bool, watch.Interface, error) {
		defer once.Do(func() { close(watched) })
		pods, err := client.Tracker().Watch(action.GetResource(), action.GetNamespace())
		return true, pods, err
	})
	return watched
}

func testConfig(t *testing.T) (Config, *pki.Authority) {
	t.Helper()
	dir, err := os.MkdirTemp("", "nd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ca, err := pki.NewAuthority("test", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	serving, err := ca.Server("node", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		NodeName: "sandbox", Dir: filepath.Join(dir, "pods dir"), Listen: "127.0.0.1:0", EgressSocket: filepath.Join(dir, "e"),
		TLSCertFile: filepath.Join(dir, "crt"), TLSKeyFile: filepath.Join(dir, "key"), ClientCAFile: filepath.Join(dir, "ca"),
	}
	for path, data := range map[string][]byte{cfg.TLSCertFile: serving.Certificate, cfg.TLSKeyFile: serving.Key, cfg.ClientCAFile: ca.Certificate()} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cfg, ca
}

func clientOf(t *testing.T, ca *pki.Authority, withCertificate bool) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.Certificate())
	config := &tls.Config{RootCAs: roots}
	if withCertificate {
		pair, err := ca.Client("kube-apiserver")
		if err != nil {
			t.Fatal(err)
		}
		certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
}

func (m *machine) get(path string) (int, string) {
	m.t.Helper()
	response, err := m.trusted.Get("https://" + m.address + path)
	if err != nil {
		m.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// await asks until it is as wanted.
func (m *machine) await(what string, wanted func() bool) {
	m.t.Helper()
	for deadline := time.Now().Add(patient); !wanted(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			m.t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestAgentRunsPods(t *testing.T) {
	m := startMachine(t)
	ctx := context.Background()
	m.await("the node", func() bool {
		node, err := m.client.CoreV1().Nodes().Get(ctx, "sandbox", metav1.GetOptions{})
		return err == nil && len(node.Status.Conditions) > 0
	})
	pods := m.client.CoreV1().Pods("ns")
	_, err := pods.Create(ctx, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "ns", UID: "u1"},
		Spec: corev1.PodSpec{NodeName: "sandbox", RestartPolicy: corev1.RestartPolicyAlways, Containers: []corev1.Container{
			{Name: "app", Image: "test/app", Env: []corev1.EnvVar{{Name: role, Value: "pod"}}},
		}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m.await("the pod to run", func() bool {
		pod, err := pods.Get(ctx, "web", metav1.GetOptions{})
		return err == nil && pod.Status.Phase == corev1.PodRunning
	})
	m.await("its log", func() bool {
		status, body := m.get("/containerLogs/ns/web/app")
		return status == http.StatusOK && body == "hello from the pod\n"
	})
	if status, body := m.get("/containerLogs/ns/web/app?previous=true"); status != http.StatusBadRequest || body != `previous terminated container "app" in pod "web" not found` {
		t.Errorf("previous log: %d %q", status, body)
	}
	if status, body := m.get("/pods"); status != http.StatusOK || !strings.Contains(body, `"name":"web"`) {
		t.Errorf("pods: %d %q", status, body)
	}

	// As the API server does with a running pod, the object stays until its node takes it away.
	pod, err := pods.Get(ctx, "web", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	now, grace := metav1.Now(), int64(1)
	pod.DeletionTimestamp, pod.DeletionGracePeriodSeconds = &now, &grace
	if _, err := pods.Update(ctx, pod, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	m.await("the pod to go", func() bool {
		_, err := pods.Get(ctx, "web", metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
}

func TestKubeletAPI(t *testing.T) {
	m := startMachine(t)
	if _, err := m.unknown.Get("https://" + m.address + "/healthz"); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a client without a certificate got %v", err)
	}
	for path, want := range map[string]string{
		"/healthz":                   "200 ok",
		"/containerLogs/ns/none/app": `404 pod "none" does not exist`,
		"/containerLogs/ns/none/app?tailLines=x": "400 unable to decode the request for container logs: " +
			`read log option tailLines: strconv.ParseInt: parsing "x": invalid syntax`,
		"/exec/ns/web/app":   "501 exec is not supported by the sandbox's node",
		"/attach/ns/web/app": "501 attach is not supported by the sandbox's node",
	} {
		status, body := m.get(path)
		if got := fmt.Sprintf("%d %s", status, body); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestNodeObject(t *testing.T) {
	node, err := nodeObject(Config{NodeName: "sandbox", Listen: "127.0.0.1:12345"})
	if err != nil {
		t.Fatal(err)
	}
	if len(node.Spec.Taints) != 0 {
		t.Errorf("taints %v keep ordinary pods away", node.Spec.Taints)
	}
	if port := node.Status.DaemonEndpoints.KubeletEndpoint.Port; port != 12345 || node.Status.Addresses[0].Address != "127.0.0.1" {
		t.Errorf("kubelet API at %v port %d", node.Status.Addresses, port)
	}
	if node.Labels[corev1.LabelOSStable] != "linux" || node.Labels[corev1.LabelHostname] != "sandbox" {
		t.Errorf("labels %v", node.Labels)
	}
	if _, err := nodeObject(Config{Listen: "12345"}); err == nil {
		t.Error("an address without a port was taken")
	}
}
