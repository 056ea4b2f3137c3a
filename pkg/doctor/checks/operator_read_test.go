package checks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

// What keeps the cluster from being asked has a code of its own, leaves everything behind it out, and is never called a failure of the cluster.
func TestAClusterThatCannotBeAsked(t *testing.T) {
	for name, tt := range map[string]struct {
		err   error
		code  cause.Code
		harm  func(*world)
		words string
	}{
		"no answer":         {err: errors.New(`Get "https://c:6443/version": dial tcp: connection refused`), code: "EI102", words: "cannot be reached"},
		"another CA":        {err: errors.New(`Get "https://c:6443/version": tls: failed to verify certificate: x509: certificate signed by unknown authority`), code: "EI106", words: "does not trust"},
		"no program":        {err: errors.New(`Get "https://c:6443/version": getting credentials: exec: executable cloud-login not found` + "\n\nadvice of some lines"), code: "EI108", words: "does not work"},
		"credentials":       {err: apierrors.NewUnauthorized("Unauthorized"), code: "EI103", words: "does not accept"},
		"old certificate":   {err: apierrors.NewUnauthorized("Unauthorized"), code: "EI103", harm: func(w *world) { w.user.CertificateEnds = time.Now().Add(-time.Hour) }, words: "has expired"},
		"valid certificate": {err: apierrors.NewUnauthorized("Unauthorized"), code: "EI103", harm: func(w *world) { w.user.CertificateEnds = time.Now().Add(1000 * time.Hour) }, words: "does not accept"},
	} {
		t.Run(name, func(t *testing.T) {
			w := healthy(t)
			w.refused[version.Name()] = tt.err
			if tt.harm != nil {
				tt.harm(w)
			}
			r := examine(t, w)
			if roots := r.RootCauses(); len(roots) != 1 || roots[0] != tt.code || r.Verdict(doctor.FailOnFail) != doctor.Undecided {
				t.Errorf("root causes %v, %s", roots, r.Verdict(doctor.FailOnFail))
			}
			o := outcome(r, tt.code)
			if len(o.Findings) != 1 || strings.Contains(o.Findings[0].Detail, "\n") || !strings.Contains(o.Findings[0].Cause.Summary, tt.words) || o.Findings[0].Cause.Fix == "" {
				t.Errorf("%+v", o.Findings)
			}
			if blocked := outcome(r, "EI201"); blocked.BlockedBy != tt.code {
				t.Errorf("EI201 is blocked by %q", blocked.BlockedBy)
			}
		})
	}
}

func TestKnownLinesOfLogs(t *testing.T) {
	for line, want := range map[string]ending{
		`Error: unknown flag: --no-such-flag`:                                                        {Code: "EI276", Word: "--no-such-flag"},
		`Error: unknown flag: --password=hunter2`:                                                    {Code: "EI276", Word: "--password"},
		`Error: flag needs an argument: --concurrent`:                                                {Code: "EI276"},
		`Error: invalid argument "hunter2" for "--concurrent" flag: strconv`:                         {Code: "EI276"},
		`{"level":"error","msg":"problem running manager","error":"leader election lost"}`:           {Code: "EI278"},
		`{"error":"failed to start metrics server: listen tcp :8080: bind: address already in use"}`: {Code: "EI279", Word: "8080"},
		`{"error":"leases.coordination.k8s.io is forbidden: User \"system:serviceaccount:external-secrets:eso\" cannot get resource \"leases\" in API group"}`: {Code: "EI275", Word: "leases"},
		`{"error":"Get \"https://10.96.0.1:443/api?timeout=32s\": dial tcp 10.96.0.1:443: i/o timeout"}`:                                                       {Code: "EI277"},
		`{"error":"Get \"https://10.96.0.1:443/apis/external-secrets.io/v1\": net/http: TLS handshake timeout"}`:                                               {Code: "EI277"},
		`{"error":"Post \"https://infisical.example.com/api/v1/auth/universal-auth/login\": dial tcp 1.2.3.4:443: i/o timeout"}`:                               {},
		`2026/11/28 WARN RESTY Get "https://h/api/x": dial tcp: refused`:                                                                                       {},
		`{"level":"info","msg":"reconciled secret"}`:                                                                                                           {},
	} {
		got := meaningsOf(strings.NewReader("something\n" + line + "\nsomething else"))
		if want.Code == "" && len(got) > 0 || want.Code != "" && (len(got) != 1 || got[0] != want) {
			t.Errorf("%s: %+v", line, got)
		}
		if strings.Contains(fmt.Sprint(got), "hunter2") {
			t.Errorf("%s: what an argument holds is shown", line)
		}
	}
	if got := meaningsOf(strings.NewReader(strings.Repeat("x", 1<<20))); len(got) != 0 {
		t.Errorf("a line without end tells %+v", got)
	}
}

func TestWhichLogsAreRead(t *testing.T) {
	ended := func(ago time.Duration) string {
		return `lastState: {terminated: {finishedAt: "` + recently(ago) + `"}}`
	}
	for status, want := range map[string][]troubledContainer{
		"ready: true, state: {running: {}}":                          nil,
		"ready: false, state: {running: {}}":                         {{"c", false, false}},
		"ready: false, state: {waiting: {}}, " + ended(time.Minute):  {{"c", true, false}},
		"ready: true, state: {running: {}}, " + ended(time.Minute):   {{"c", true, true}},
		"ready: true, state: {running: {}}, " + ended(2*time.Hour):   nil,
		"ready: false, state: {running: {}}, " + ended(time.Minute):  {{"c", true, false}, {"c", false, false}},
		"ready: false, state: {waiting: {reason: ImagePullBackOff}}": nil,
	} {
		pod := podThat(t, "external-secrets", status)
		if diff := cmp.Diff(want, troubledContainers(&pod, time.Now()), cmp.AllowUnexported(troubledContainer{})); diff != "" {
			t.Errorf("%s: %s", status, diff)
		}
	}
}

// client-go's fake has "fake logs" for every pod, which mean nothing.
func TestALogIsReadOfAPodInTrouble(t *testing.T) {
	w := healthy(t)
	pod := podThat(t, "external-secrets", "ready: false, state: {running: {}}")
	c := clusterOf(t, w)
	s := doctor.NewSnapshot(t.Context(), c.Cluster)
	found, err := readEnding(t.Context(), s, &pod, troubledContainer{name: "c"})
	if err != nil || len(found) != 0 {
		t.Errorf("%+v, %v", found, err)
	}
	clustertest.Refuse(&c.typed.Fake, "get", "pods/log", forbidden("pods/log"))
	var logs int
	for _, a := range c.typed.Actions() {
		if a.GetSubresource() == "log" {
			logs++
		}
	}
	if logs != 1 {
		t.Errorf("%d logs were read", logs)
	}
}

func TestGuardsAreReadOfBothKinds(t *testing.T) {
	c := clusterOf(t, healthy(t))
	rules := []admissionv1.RuleWithOperations{{Operations: []admissionv1.OperationType{admissionv1.Create}, Rule: admissionv1.Rule{APIGroups: []string{""}, Resources: []string{"secrets"}}}}
	client := admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{Namespace: "policy", Name: "s"}}
	for _, obj := range []any{
		&admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "v"}, Webhooks: []admissionv1.ValidatingWebhook{{Name: "v.example.com", Rules: rules, ClientConfig: client}}},
		&admissionv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "m"}, Webhooks: []admissionv1.MutatingWebhook{{Name: "m.example.com", Rules: rules, ClientConfig: client}}},
	} {
		var err error
		switch obj := obj.(type) {
		case *admissionv1.ValidatingWebhookConfiguration:
			_, err = c.typed.AdmissionregistrationV1().ValidatingWebhookConfigurations().Create(t.Context(), obj, metav1.CreateOptions{})
		case *admissionv1.MutatingWebhookConfiguration:
			_, err = c.typed.AdmissionregistrationV1().MutatingWebhookConfigurations().Create(t.Context(), obj, metav1.CreateOptions{})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	r := read(t, c)
	var names []string
	for _, f := range outcome(r, "EI226").Findings {
		names = append(names, f.Objects[0].String())
		if !strings.Contains(f.Detail, "Service policy/s does not exist") || f.Objects[1].String() != "Service policy/s" {
			t.Errorf("%+v", f)
		}
	}
	if diff := cmp.Diff([]string{"ValidatingWebhookConfiguration v", "MutatingWebhookConfiguration m"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestTheWayToTheWebhookIsReadWhereItIsBroken(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(context.Context, *cluster) error
		code cause.Code
	}{
		"the Service is gone": {func(ctx context.Context, c *cluster) error {
			return c.typed.CoreV1().Services(home).Delete(ctx, webhookService, metav1.DeleteOptions{})
		}, "EI215"},
		"the Service has another port": {func(ctx context.Context, c *cluster) error {
			_, err := c.typed.CoreV1().Services(home).Update(ctx, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: webhookService},
				Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 8443}}}}, metav1.UpdateOptions{})
			return err
		}, "EI215"},
		"no pod is ready": {func(context.Context, *cluster) error { return nil }, "EI221"},
	} {
		t.Run(name, func(t *testing.T) {
			c := clusterOf(t, healthy(t))
			if err := c.typed.DiscoveryV1().EndpointSlices(home).Delete(t.Context(), "s", metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
			if err := tt.do(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			if roots := read(t, c).RootCauses(); len(roots) != 1 || roots[0] != tt.code {
				t.Errorf("root causes %v", roots)
			}
		})
	}
}
