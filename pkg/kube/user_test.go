package kube_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func TestUserOfTheKubeconfig(t *testing.T) {
	valid := clustertest.CAPEM(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	for name, tt := range map[string]struct {
		user, certificate string
		ends, refused     bool
		plugin            string
	}{
		"a token":                  {user: "{token: t}"},
		"a certificate in a file":  {user: "{client-certificate: client.crt, client-key: client.crt}", certificate: valid, ends: true},
		"a file that is not there": {user: "{client-certificate: other.crt, client-key: other.crt}", refused: true},
		"garbage":                  {user: "{client-certificate: client.crt, client-key: client.crt}", certificate: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", refused: true},
		"a program":                {user: "{exec: {apiVersion: client.authentication.k8s.io/v1, command: cloud-login, interactiveMode: Never}}", plugin: "cloud-login"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			config := "{apiVersion: v1, kind: Config, clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}], contexts: [{name: x, context: {cluster: c, user: u}}], current-context: x, users: [{name: u, user: " + tt.user + "}]}"
			for file, content := range map[string]string{"config": config, "client.crt": tt.certificate} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("KUBECONFIG", filepath.Join(dir, "config"))
			u, err := kube.NewConnection("test", nil).User()
			if (err != nil) != tt.refused || u.CertificateEnds.After(time.Now()) != tt.ends || u.Plugin != tt.plugin {
				t.Errorf("%+v, %v", u, err)
			}
		})
	}
}
