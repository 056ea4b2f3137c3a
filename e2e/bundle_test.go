//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// TestDoctorElsewhere examines with the least rights, as a ServiceAccount, and from a file.
func TestDoctorElsewhere(t *testing.T) {
	t.Parallel()
	s := start(t, "elsewhere")
	s.mustRun(t, s.up()...)
	t.Run("under exactly the printed roles nothing is unknown", func(t *testing.T) { doctorUnderItsRoles(t, s) })
	t.Run("a bundle comes to the same verdict", func(t *testing.T) {
		sameVerdict(t, s)
		for _, fault := range []string{"wrong-client-secret", "credentials-missing", "ca-garbage", "webhook-down", "environment-production"} {
			s.control(t, "fault", fault)
			s.until(t, gridNamed, func(code int, d diagnosis) bool { return code == 1 && len(d.RootCauses) > 0 })
			sameVerdict(t, s)
			s.control(t, "heal")
		}
		s.until(t, gridMended, func(code int, _ diagnosis) bool { return code == 0 })
	})
	t.Run("without a cluster", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "b.tar.gz")
		s.run(t, "support-bundle", "--file", file, "--server", "https://127.0.0.1:1").expect(t, 0, "verdict: unknown")
		s.run(t, "doctor", "--from", file).expect(t, 3, "EI102")
	})
}

// looker is the ServiceAccount that has the printed roles and nothing else.
const looker = "default/looker"

func doctorUnderItsRoles(t *testing.T, s *sandbox) {
	cluster := s.typed(t)
	_, err := cluster.CoreV1().ServiceAccounts("default").Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "looker"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	printed := s.mustRun(t, "doctor", "--print-rbac", "--service-account", looker)
	s.createAll(t, printed.out)
	_, own := s.diagnose(t)
	as := []string{"--as", "system:serviceaccount:default:looker"}
	code, seen := s.diagnose(t, as...)
	if code != 0 || seen.Summary.Unknown != 0 || !slices.Equal(seen.verdicts(), own.verdicts()) {
		t.Errorf("as the ServiceAccount: exit code %d\n%s\nwant\n%s", code, strings.Join(seen.verdicts(), "\n"), strings.Join(own.verdicts(), "\n"))
	}
	code, seen = s.diagnose(t, "--kubeconfig", tokenKubeconfig(t, s, "default", "looker"))
	if code != 0 || seen.Summary.Unknown != 0 {
		t.Errorf("with its token: exit code %d, %v", code, seen.verdicts())
	}
	// Without one of its rights, the doctor says which, and passes nothing.
	roles := cluster.RbacV1().Roles("external-secrets")
	role, err := roles.Get(t.Context(), "eso-infisical-doctor", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	role.Rules = slices.DeleteFunc(role.Rules, func(r rbacv1.PolicyRule) bool { return r.Resources[0] == "networkpolicies" })
	if _, err := roles.Update(t.Context(), role, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	s.run(t, append([]string{"doctor"}, as...)...).expect(t, 3, "not allowed to list networkpolicies.networking.k8s.io", "EI551")
}

// createAll makes what YAML documents say.
func (s *sandbox) createAll(t *testing.T, documents string) {
	t.Helper()
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(documents), 4096)
	client := s.client(t)
	made := 0
	for {
		obj := &unstructured.Unstructured{}
		if err := decoder.Decode(obj); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if len(obj.Object) == 0 {
			continue
		}
		resource := rbacv1.SchemeGroupVersion.WithResource(strings.ToLower(obj.GetKind()) + "s")
		if _, err := client.Resource(resource).Namespace(obj.GetNamespace()).Create(t.Context(), obj, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		made++
	}
	if made < 4 {
		t.Errorf("only %d objects are printed", made)
	}
}

// tokenKubeconfig is what a pod of the ServiceAccount has.
func tokenKubeconfig(t *testing.T, s *sandbox, namespace, account string) string {
	t.Helper()
	token, err := s.typed(t).CoreV1().ServiceAccounts(namespace).CreateToken(t.Context(), account, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.LoadFromFile(s.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	for name := range config.AuthInfos {
		config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token.Status.Token}
	}
	file := filepath.Join(t.TempDir(), "config")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		t.Fatal(err)
	}
	return file
}

// verdicts are the outcomes of a report, one line each.
func (d diagnosis) verdicts() []string {
	var lines []string
	for _, c := range d.Checks {
		lines = append(lines, fmt.Sprintf("%s %s %s", c.Code, c.Status, c.Cause.Code))
	}
	return lines
}

// sameVerdict packs what is there now, plain and masked, and examines the file with nothing to reach.
func sameVerdict(t *testing.T, s *sandbox) {
	t.Helper()
	for _, mask := range []string{"--mask-names=false", "--mask-names"} {
		file := filepath.Join(t.TempDir(), "b.tar.gz")
		s.mustRun(t, "support-bundle", "--file", file, mask)
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		packed := untar(t, file)
		for n, canary := range s.canaries {
			if bytes.Contains(packed["all"], []byte(canary)) {
				t.Errorf("the bundle holds secret value number %d", n)
			}
		}
		var inside diagnosis
		if err := json.Unmarshal(packed["report.json"], &inside); err != nil {
			t.Fatal(err)
		}
		code, offline := s.diagnose(t, "--from", file, "--kubeconfig", "no-such-file")
		if !slices.Equal(offline.verdicts(), inside.verdicts()) || !slices.Equal(offline.RootCauses, inside.RootCauses) || (code == 0) != (inside.Summary.Failed == 0) {
			t.Errorf("%s: exit code %d\n%s\nwant\n%s", mask, code, strings.Join(offline.verdicts(), "\n"), strings.Join(inside.verdicts(), "\n"))
		}
	}
}

// untar are the files of a bundle, and all of them in one.
func untar(t *testing.T, file string) map[string][]byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for in := tar.NewReader(zip); ; {
		header, err := in.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[header.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
		files["all"] = append(files["all"], files[header.Name]...)
	}
}
