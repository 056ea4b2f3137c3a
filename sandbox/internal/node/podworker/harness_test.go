package podworker

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/record"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/address"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/image"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/process"
)

const (
	role    = "WORKER_TEST_ROLE"
	patient = 20 * time.Second
)

// TestMain lets the test binary be the program in the tests' containers.
func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "serve":
		serve()
	case "fail":
		fmt.Println("about to fail")
		os.Exit(3)
	case "succeed":
		os.Exit(0)
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ignoring")
		time.Sleep(time.Hour)
	}
}

// serve answers on the address that its first argument gives, and shows the file that the second one names.
func serve() {
	mux := http.NewServeMux()
	mux.HandleFunc("/ready", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/crash", func(http.ResponseWriter, *http.Request) { os.Exit(7) })
	mux.HandleFunc("/file", func(w http.ResponseWriter, _ *http.Request) {
		data, _ := os.ReadFile(strings.TrimPrefix(os.Args[2], "--file="))
		_, _ = w.Write(data)
	})
	fmt.Printf("serving as %s with %q\n", os.Getenv("NAME"), os.Getenv("SECRET"))
	fmt.Fprintln(os.Stderr, http.ListenAndServe(strings.TrimPrefix(os.Args[1], "--listen="), mux))
}

// memory holds the Secrets and ConfigMaps of the tests.
type memory struct {
	mu      sync.Mutex
	secrets map[string]map[string][]byte
}

func (m *memory) set(name, key, value string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.secrets[name] = map[string][]byte{key: []byte(value)}
}

func (m *memory) Secret(_, name string) (*corev1.Secret, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if data, ok := m.secrets[name]; ok {
		return &corev1.Secret{Data: data}, nil
	}
	return nil, apierrors.NewNotFound(corev1.Resource("secret"), name)
}

func (m *memory) ConfigMap(_, name string) (*corev1.ConfigMap, error) {
	return nil, apierrors.NewNotFound(corev1.Resource("configmap"), name)
}

// harness runs one pod against a fake API server.
type harness struct {
	t       *testing.T
	host    *Host
	client  kubernetes.Interface
	objects *memory
	events  *record.FakeRecorder
	worker  *Worker
	changed <-chan struct{}
}

// quick never waits for long where a test awaits what comes after, and for ever where it looks at the wait.
func quick() Pace {
	return Pace{BackOff: time.Hour, BackOffMax: time.Hour, PullError: time.Millisecond, Retry: time.Millisecond, RetryMax: 10 * time.Millisecond}
}

func start(t *testing.T, pod *corev1.Pod) *harness {
	t.Helper()
	pod.Namespace, pod.Name, pod.UID = "ns", "web", "u1"
	client := fake.NewClientset(pod)
	spawner := process.NewSpawner()
	t.Cleanup(spawner.Close)
	h := &harness{t: t, client: client, objects: &memory{secrets: map[string]map[string][]byte{}}, events: record.NewFakeRecorder(1000)}
	h.host = &Host{
		Client: client, Recorder: h.events, Objects: h.objects, Addresses: address.NewTable(), Spawner: spawner,
		Images:    image.NewCatalog(map[string][]string{"test/app": {os.Args[0]}}),
		APIServer: APIServer{URL: "https://127.0.0.1:6443", CAData: []byte("CA")}, HostIP: "127.0.0.1",
		Dir: filepath.Join(t.TempDir(), "pods dir"), Pace: quick(), Log: slog.New(slog.DiscardHandler),
	}
	h.changed = h.watch()
	worker, err := Start(h.host, pod)
	if err != nil {
		t.Fatal(err)
	}
	h.worker = worker
	t.Cleanup(func() { worker.Abandon(0); <-worker.Done() })
	return h
}

// watch tells of every change of the pod in the API server.
func (h *harness) watch() <-chan struct{} {
	watch, err := h.client.CoreV1().Pods("ns").Watch(context.Background(), metav1.ListOptions{})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(watch.Stop)
	changed := make(chan struct{}, 1)
	go func() {
		for range watch.ResultChan() {
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	}()
	return changed
}

// await returns the pod as soon as it is as wanted; it is nil when it is gone.
func (h *harness) await(what string, wanted func(*corev1.Pod) bool) *corev1.Pod {
	h.t.Helper()
	deadline := time.After(patient)
	for {
		pod, err := h.client.CoreV1().Pods("ns").Get(context.Background(), "web", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			pod = nil
		}
		if wanted(pod) {
			return pod
		}
		select {
		case <-h.changed:
		case <-deadline:
			h.t.Fatalf("the pod did not become %s: %+v", what, pod)
		}
	}
}

func (h *harness) awaitWaiting(reason string) corev1.ContainerStatus {
	h.t.Helper()
	pod := h.await("waiting for "+reason, func(pod *corev1.Pod) bool {
		return len(pod.Status.ContainerStatuses) > 0 && pod.Status.ContainerStatuses[0].State.Waiting != nil &&
			pod.Status.ContainerStatuses[0].State.Waiting.Reason == reason
	})
	return pod.Status.ContainerStatuses[0]
}

func (h *harness) awaitReady(restarts int32) *corev1.Pod {
	h.t.Helper()
	return h.await("ready", func(pod *corev1.Pod) bool {
		return len(pod.Status.ContainerStatuses) > 0 && pod.Status.ContainerStatuses[0].Ready && pod.Status.ContainerStatuses[0].RestartCount == restarts
	})
}

// awaitEvent skips the events before the one that is wanted.
func (h *harness) awaitEvent(want string) {
	h.t.Helper()
	deadline := time.After(patient)
	var skipped []string
	for {
		select {
		case event := <-h.events.Events:
			if strings.Contains(event, want) {
				return
			}
			skipped = append(skipped, event)
		case <-deadline:
			h.t.Fatalf("no event %q among %q", want, skipped)
		}
	}
}

func (h *harness) get(path string) (string, error) {
	port, ok := h.host.Addresses.HostPort(h.worker.ip, 8080)
	if !ok {
		h.t.Fatal("port 8080 of the pod is not mapped")
	}
	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", port, path))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var body bytes.Buffer
	_, err = body.ReadFrom(response.Body)
	return body.String(), err
}

func (h *harness) log(previous bool) string {
	h.t.Helper()
	log, err := h.worker.Log("app", previous)
	if err != nil {
		h.t.Fatal(err)
	}
	var text bytes.Buffer
	if err := log.Copy(context.Background(), &text, &corev1.PodLogOptions{}); err != nil {
		h.t.Fatal(err)
	}
	return text.String()
}

// container runs the test binary in the given role.
func containerAs(as string) corev1.Container {
	return corev1.Container{Name: "app", Image: "test/app:v1", Env: []corev1.EnvVar{{Name: role, Value: as}}}
}
