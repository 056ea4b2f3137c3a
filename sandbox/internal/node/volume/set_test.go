package volume

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	testingclock "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
)

type objects struct {
	secrets    map[string]map[string][]byte
	configMaps map[string]map[string]string
}

func (o objects) Secret(_, name string) (*corev1.Secret, error) {
	if data, ok := o.secrets[name]; ok {
		return &corev1.Secret{Data: data}, nil
	}
	return nil, apierrors.NewNotFound(corev1.Resource("secret"), name)
}

func (o objects) ConfigMap(_, name string) (*corev1.ConfigMap, error) {
	if data, ok := o.configMaps[name]; ok {
		return &corev1.ConfigMap{Data: data}, nil
	}
	return nil, apierrors.NewNotFound(corev1.Resource("configmap"), name)
}

func podWith(volumes ...corev1.Volume) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "web", UID: "u1"},
		Spec:       corev1.PodSpec{ServiceAccountName: "sa", Volumes: volumes},
	}
}

func secretVolume(secret string, optional *bool, items ...corev1.KeyToPath) corev1.Volume {
	return corev1.Volume{Name: "certs", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: secret, Optional: optional, Items: items}}}
}

func accessVolume() corev1.Volume {
	return corev1.Volume{Name: "access", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
		{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token", ExpirationSeconds: ptr.To[int64](3607)}},
		{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "kube-root-ca.crt"}, Items: []corev1.KeyToPath{{Key: "ca.crt", Path: "ca.crt"}}}},
		{DownwardAPI: &corev1.DownwardAPIProjection{Items: []corev1.DownwardAPIVolumeFile{{Path: "namespace", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.namespace"}}}}},
	}}}}
}

func TestSyncServiceAccountAccess(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := testingclock.NewFakePassiveClock(now)
	client := fake.NewClientset()
	issued := 0
	client.PrependReactor("create", "serviceaccounts/token", func(action clienttesting.Action) (bool, runtime.Object, error) {
		request := action.(clienttesting.CreateAction).GetObject().(*authenticationv1.TokenRequest)
		if ref := request.Spec.BoundObjectRef; ref == nil || ref.Kind != "Pod" || ref.Name != "web" || ref.UID != "u1" {
			t.Errorf("token is bound to %+v", ref)
		}
		issued++
		request.Status = authenticationv1.TokenRequestStatus{Token: fmt.Sprintf("token-%d", issued), ExpirationTimestamp: metav1.NewTime(clock.Now().Add(time.Hour))}
		return true, request, nil
	})
	set := NewSet(client, objects{configMaps: map[string]map[string]string{"kube-root-ca.crt": {"ca.crt": "CA"}}}, clock, t.TempDir())
	pod := podWith(accessVolume())
	expect := func(token string) {
		t.Helper()
		if failed := set.Sync(context.Background(), pod); failed != nil {
			t.Fatal(failed)
		}
		if diff := cmp.Diff(map[string]string{"token": token, "ca.crt": "CA", "namespace": "ns"}, visible(t, set.Dir("access"))); diff != "" {
			t.Error(diff)
		}
	}
	expect("token-1")
	if want := now.Add(48 * time.Minute); !set.NextRenewal().Equal(want) {
		t.Errorf("next renewal %v, want %v", set.NextRenewal(), want)
	}
	clock.SetTime(now.Add(47 * time.Minute))
	expect("token-1")
	clock.SetTime(now.Add(48 * time.Minute))
	expect("token-2")
}

func TestSyncFollowsObjectsAndKeepsWhatItHas(t *testing.T) {
	store := objects{secrets: map[string]map[string][]byte{"hook": {"tls.crt": []byte("1")}}}
	set := NewSet(fake.NewClientset(), store, testingclock.NewFakePassiveClock(time.Now()), t.TempDir())
	pod := podWith(secretVolume("hook", nil), corev1.Volume{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}})
	for _, value := range []string{"1", "2"} {
		store.secrets["hook"]["tls.crt"] = []byte(value)
		if failed := set.Sync(context.Background(), pod); failed != nil {
			t.Fatal(failed)
		}
		if diff := cmp.Diff(map[string]string{"tls.crt": value}, visible(t, set.Dir("certs"))); diff != "" {
			t.Error(diff)
		}
	}
	delete(store.secrets, "hook")
	if failed := set.Sync(context.Background(), pod); len(failed) != 1 {
		t.Errorf("errors %v, want one for the missing secret", failed)
	}
	if got := visible(t, set.Dir("certs")); got["tls.crt"] != "2" {
		t.Errorf("after the secret went away the volume holds %v", got)
	}
	if got := visible(t, set.Dir("tmp")); len(got) != 0 {
		t.Errorf("empty directory holds %v", got)
	}
}

func TestSyncErrors(t *testing.T) {
	store := objects{secrets: map[string]map[string][]byte{"hook": {"a": []byte("1")}}}
	for want, volume := range map[string]corev1.Volume{
		`MountVolume.SetUp failed for volume "certs" : secret "none" not found`:                                                                   secretVolume("none", nil),
		`MountVolume.SetUp failed for volume "certs" : references non-existent secret key: b`:                                                     secretVolume("hook", nil, corev1.KeyToPath{Key: "b", Path: "b"}),
		`MountVolume.SetUp failed for volume "host" : the sandbox's node has only emptyDir, secret, configMap, downwardAPI and projected volumes`: {Name: "host", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}},
	} {
		set := NewSet(fake.NewClientset(), store, testingclock.NewFakePassiveClock(time.Now()), t.TempDir())
		failed := set.Sync(context.Background(), podWith(volume))
		if len(failed) != 1 || failed[0].Error() != want {
			t.Errorf("errors %v, want %q", failed, want)
		}
	}
	set := NewSet(fake.NewClientset(), store, testingclock.NewFakePassiveClock(time.Now()), t.TempDir())
	for _, optional := range []corev1.Volume{secretVolume("none", ptr.To(true)), secretVolume("hook", ptr.To(true), corev1.KeyToPath{Key: "b", Path: "b"})} {
		if failed := set.Sync(context.Background(), podWith(optional)); failed != nil {
			t.Errorf("optional: %v", failed)
		}
	}
}

func TestReferences(t *testing.T) {
	pod := podWith(secretVolume("hook", nil), accessVolume())
	for _, tc := range []struct {
		kind, name string
		want       bool
	}{
		{KindSecret, "hook", true}, {KindSecret, "other", false}, {KindConfigMap, "kube-root-ca.crt", true}, {KindConfigMap, "hook", false},
	} {
		if got := References(pod, tc.kind, tc.name); got != tc.want {
			t.Errorf("References(%s %s) = %v", tc.kind, tc.name, got)
		}
	}
}
