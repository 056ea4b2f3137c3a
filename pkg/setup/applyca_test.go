package setup

import (
	"context"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// caOf is the server's certificate, which is its own CA.
func caOf(s *server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

// given reads a CA file.
func given(t *testing.T, text string) CAOrder {
	t.Helper()
	file, err := ReadCA("ca.crt", []byte(text), "")
	if err != nil {
		t.Fatal(err)
	}
	return CAOrder{Given: &file}
}

// usingCA is a cluster with a store that leads to the server and takes its CA from the default ConfigMap, and an ESO that judges so.
func usingCA(t *testing.T, s *server, held, ready, reason, message string) *cluster {
	t.Helper()
	st := store("p")
	st.Host, st.CA = s.URL, defaultCA
	c := newCluster(clustertest.Ready(st.Object(), "True"), configMap(held))
	c.Desired.Verify = verify.Local
	c.judgeWith(t, ready, reason, message)
	return c
}

func TestApplyCAVerifiesWithTheStoresServer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	other, _ := certificate(t, 24)
	c := usingCA(t, s, other, "True", "Valid", "store validated")
	applied, err := c.ApplyCA(t.Context(), given(t, caOf(s)))
	if err != nil || applied.Outcome != kube.Changed || applied.VerifiedBy != verify.Local || len(applied.Hosts) != 1 || applied.Hosts[0] != s.URL {
		t.Fatalf("%+v, %v", applied, err)
	}
	if len(applied.Stores) != 1 || applied.Stores[0].Store != (eso.StoreKey{Name: "infisical-p"}) || applied.Stores[0].Err != nil {
		t.Errorf("stores %+v", applied.Stores)
	}
	if trust.Name(applied.Before.Certificates[0]) != "CN=Root" || !applied.After.Certificates[0].Equal(s.Certificate()) {
		t.Errorf("from %v to %v", applied.Before, applied.After)
	}
	again, err := c.ApplyCA(t.Context(), given(t, caOf(s)))
	if err != nil || again.Outcome != kube.Unchanged || len(again.Stores) != 0 {
		t.Errorf("a second run: %+v, %v", again, err)
	}
}

func TestApplyCAWritesNothingForAServerThatWouldNotBeTrusted(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := usingCA(t, s, caOf(s), "True", "Valid", "store validated")
	other, _ := certificate(t, 24)
	if _, err := c.ApplyCA(t.Context(), given(t, other)); codeOf(err) != "EI401" {
		t.Errorf("error = %v", err)
	}
	c.Desired.Host = "https://infisical.no-such-name.invalid"
	if _, err := c.ApplyCA(t.Context(), given(t, caOf(s))); codeOf(err) != "EI501" || !strings.Contains(err.Error(), "no such host") {
		t.Errorf("error = %v", err)
	}
	if held, err := c.heldCA(t.Context(), defaultCA); err != nil || !held.Certificates[0].Equal(s.Certificate()) {
		t.Errorf("the cluster holds %v, %v", held, err)
	}
}

func TestApplyCATellsOfStoresThatAreNotReady(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	other, _ := certificate(t, 24)
	c := usingCA(t, s, other, "False", "InvalidProviderConfig", `APIError: CallUniversalAuthLogin unsuccessful response [status-code=401] [message="Invalid credentials"]`)
	applied, err := c.ApplyCA(t.Context(), given(t, caOf(s)))
	if !errors.Is(err, ErrStoresNotReady) || codeOf(err) != "EI310" || applied.Outcome != kube.Changed || applied.Stores[0].Err == nil {
		t.Errorf("%+v, %v", applied, err)
	}
	order := given(t, other)
	order.LeaveStores, order.Proved = true, true
	if applied, err := c.ApplyCA(t.Context(), order); err != nil || applied.Outcome != kube.Changed || len(applied.Stores) != 0 {
		t.Errorf("left alone: %+v, %v", applied, err)
	}
}

func TestApplyCABeforeThereIsAStore(t *testing.T) {
	good, _ := certificate(t, 24)
	c := newCluster()
	c.Desired.Verify = verify.Local
	applied, err := c.ApplyCA(t.Context(), given(t, good))
	if err != nil || applied.Outcome != kube.Created || len(applied.Hosts) != 0 {
		t.Errorf("%+v, %v", applied, err)
	}
	c.Desired.Host = "http://infisical.tools.svc"
	if applied, err := c.ApplyCA(t.Context(), given(t, good)); err != nil || len(applied.Hosts) != 0 {
		t.Errorf("without TLS: %+v, %v", applied, err)
	}
}

func TestApplyCAIntoASecret(t *testing.T) {
	good, _ := certificate(t, 24)
	st := store("p")
	st.CA = eso.CASource{Reference: eso.Reference{Namespace: "certs", Name: "root"}, Secret: true}
	c := newCluster(st.Object())
	applied, err := c.ApplyCA(t.Context(), CAOrder{Given: given(t, good).Given, LeaveStores: true})
	if err != nil || applied.Object() != "secret/root" || applied.Source != st.CA {
		t.Fatalf("the store's own: %+v, %v", applied, err)
	}
	if held, err := c.heldCA(t.Context(), st.CA); err != nil || len(held.Certificates) != 1 {
		t.Errorf("held: %v, %v", held, err)
	}
}

// fromServer is a cluster without a CA and an order to take the server's.
func fromServer(s *server, answer func(context.Context, Offer) (bool, error)) (*cluster, CAOrder) {
	c := newCluster()
	c.Desired.Verify, c.Desired.Host = verify.Local, s.URL
	return c, CAOrder{Confirm: answer}
}

func TestCAOfTheServerNeedsAPerson(t *testing.T) {
	s := newServer(t)
	for _, answer := range []bool{false, true} {
		var asked Offer
		c, order := fromServer(s, func(_ context.Context, o Offer) (bool, error) { asked = o; return answer, nil })
		applied, err := c.ApplyCA(t.Context(), order)
		if asked.Host != s.URL || len(asked.Chain) != 1 || !asked.Taken.Contains(s.Certificate()) {
			t.Errorf("asked %+v", asked)
		}
		_, readErr := c.heldCA(t.Context(), defaultCA)
		if answer && (err != nil || applied.Outcome != kube.Created || readErr != nil) {
			t.Errorf("yes: %+v, %v, %v", applied, err, readErr)
		}
		if !answer && (!errors.Is(err, ErrDeclined) || readErr == nil) {
			t.Errorf("no: %v, %v", err, readErr)
		}
	}
}

func TestCAOfTheServerByItsFingerprint(t *testing.T) {
	s := newServer(t)
	nobody := func(context.Context, Offer) (bool, error) { t.Error("somebody was asked"); return false, nil }
	c, order := fromServer(s, nobody)
	order.Fingerprint = strings.Repeat("AB:", 31) + "AB"
	if _, err := c.ApplyCA(t.Context(), order); codeOf(err) != "EI419" || !strings.Contains(err.Error(), trust.Fingerprint(s.Certificate())) {
		t.Errorf("a wrong one: %v", err)
	}
	order.Fingerprint = trust.Fingerprint(s.Certificate())
	if applied, err := c.ApplyCA(t.Context(), order); err != nil || applied.Outcome != kube.Created {
		t.Errorf("the right one: %+v, %v", applied, err)
	}
}

func TestCAOfNoCertainServer(t *testing.T) {
	c, order := fromServer(newServer(t), nil)
	c.Desired.Host = ""
	if _, err := c.ApplyCA(t.Context(), order); !isInput(err) || !strings.Contains(err.Error(), "--host") {
		t.Errorf("no server: %v", err)
	}
	c.Desired.Host = "http://infisical.tools.svc"
	if _, err := c.ApplyCA(t.Context(), order); !isInput(err) || !strings.Contains(err.Error(), "nothing is encrypted") {
		t.Errorf("no TLS: %v", err)
	}
	two := newCluster(store("one").Object(), store("two").Object())
	if _, err := two.ApplyCA(t.Context(), order); !isInput(err) || !strings.Contains(err.Error(), "several servers") {
		t.Errorf("two servers: %v", err)
	}
}

func TestUpProvesACAThatWasGivenAlone(t *testing.T) {
	s := newServer(t)
	st := store("p")
	st.Host, st.CA = s.URL, defaultCA
	other, _ := certificate(t, 24)
	c := newCluster(st.Object(), configMap(caOf(s)), pairSecret(map[string]string{"clientId": "id", "clientSecret": "s"}))
	c.Desired.Verify, c.Desired.Key = verify.Local, "KEY"
	if err := c.Remember(t.Context()); err != nil {
		t.Fatal(err)
	}
	if checked, err := c.Check(t.Context(), Inputs{CA: &given(t, other).Given.Bundle}); codeOf(err) != "EI401" || checked.Trusted {
		t.Errorf("a wrong CA: %v", err)
	}
	if checked, err := c.Check(t.Context(), Inputs{CA: &given(t, caOf(s)).Given.Bundle}); err != nil || !checked.Trusted {
		t.Errorf("the right CA: %v", err)
	}
}

func TestRotateCA(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	next, _ := certificate(t, 24)
	c := usingCA(t, s, caOf(s), "True", "Valid", "store validated")
	order := given(t, next)
	rotated, err := c.RotateCA(t.Context(), &order, false)
	if err != nil || rotated.Phase != "overlap" || len(rotated.After.Certificates) != 2 || len(rotated.Stores) != 1 {
		t.Errorf("%+v, %v", rotated, err)
	}
	if _, err := newCluster(store("p").Object()).RotateCA(t.Context(), &order, false); codeOf(err) != "EI402" {
		t.Errorf("without a CA: %v", err)
	}
	if _, err := newCluster().RotateCA(t.Context(), &order, false); !isInput(err) {
		t.Errorf("without a store: %v", err)
	}
	c.Desired.Host = "http://infisical.tools.svc"
	if _, err := c.RotateCA(t.Context(), &order, false); !isInput(err) || !strings.Contains(err.Error(), "nothing is encrypted") {
		t.Errorf("without TLS: %v", err)
	}
	fresh := usingCA(t, s, caOf(s), "True", "Valid", "store validated")
	if _, err := fresh.RotateCA(t.Context(), nil, false); !isInput(err) || !strings.Contains(err.Error(), "--ca-file") {
		t.Errorf("nothing begun: %v", err)
	}
}

func TestTheRightsAreAskedForFirst(t *testing.T) {
	s := newServer(t)
	c := usingCA(t, s, caOf(s), "True", "Valid", "store validated")
	clustertest.Refuse(&c.dynamic.Fake, "patch", "configmaps", errors.New("written without the right"))
	c.typed.PrependReactor("create", "selfsubjectaccessreviews", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, &authorizationv1.SelfSubjectAccessReview{}, nil
	})
	order := given(t, caOf(s))
	var denied *kube.DeniedError
	if _, err := c.ApplyCA(t.Context(), order); !errors.As(err, &denied) || !strings.Contains(err.Error(), "patch configmaps infisical-ca in namespace external-secrets") {
		t.Errorf("apply-ca: %v", err)
	}
	if _, err := c.RotateCA(t.Context(), &order, false); !errors.As(err, &denied) {
		t.Errorf("rotate ca: %v", err)
	}
}
