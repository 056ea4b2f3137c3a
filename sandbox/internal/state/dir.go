// Package state knows where a sandbox keeps its files, and guards them against two commands at once.
package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// Dir is the root of one sandbox's files. Everything the sandbox writes lies below it, except its unix sockets.
type Dir string

var namePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// DefaultDir is where the sandbox of that name lives when the user does not say otherwise.
func DefaultDir(name string) (Dir, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache directory: %w; use --dir to name a directory", err)
	}
	return Dir(filepath.Join(cache, "eso-infisical-sandbox", name)), nil
}

// CheckName refuses names that would not do as part of a path, a node name and a kubeconfig context.
func CheckName(name string) error {
	if !namePattern.MatchString(name) {
		return fmt.Errorf("check sandbox name %q: not a valid name; use up to 32 lower-case letters, digits and dashes", name)
	}
	return nil
}

func (d Dir) join(elem ...string) string {
	return filepath.Join(append([]string{string(d)}, elem...)...)
}

// Marker is the file that makes a directory a sandbox's own.
func (d Dir) Marker() string { return d.join("sandbox.json") }

// Exists says whether the directory is a sandbox's. It says yes when it cannot find out.
func (d Dir) Exists() bool {
	_, err := os.Stat(d.Marker())
	return !errors.Is(err, os.ErrNotExist)
}

// PKI is the path of a certificate or key.
func (d Dir) PKI(file string) string { return d.join("pki", file) }

// Logs is the directory of the components' logs.
func (d Dir) Logs() string { return d.join("logs") }

// Log is the log of one component.
func (d Dir) Log(component string) string { return d.join("logs", component+".log") }

// Kubeconfig is the file for the sandbox's user.
func (d Dir) Kubeconfig() string { return d.join("kubeconfig") }

// ComponentKubeconfig is the file a component connects with.
func (d Dir) ComponentKubeconfig(component string) string {
	return d.join("config", component+".kubeconfig")
}

// ComponentConfig is the file that says how a component is to run.
func (d Dir) ComponentConfig(component string) string { return d.join("config", component+".json") }

// APIServerFile is a configuration file that kube-apiserver reads besides its flags.
func (d Dir) APIServerFile(name string) string { return d.join("config", "apiserver-"+name+".yaml") }

// Etcd is etcd's data directory.
func (d Dir) Etcd() string { return d.join("etcd") }

// Node is where the node agent keeps its pods.
func (d Dir) Node() string { return d.join("node") }

// SupervisorLock is held by the supervisor for as long as it lives.
func (d Dir) SupervisorLock() string { return d.join("supervisor.lock") }

// SupervisorStatus is where the supervisor says how its components are.
func (d Dir) SupervisorStatus() string { return d.join("supervisor.json") }

// Faults is the record of the faults that are active.
func (d Dir) Faults() string { return d.join("faults.json") }

// Seed is what the Infisical double holds at its start.
func (d Dir) Seed() string { return d.join("seed.json") }

// ClientID is the file with the machine identity's client id, one line.
func (d Dir) ClientID() string { return d.join("client-id") }

// ClientSecret is the file with the machine identity's client secret, one line.
func (d Dir) ClientSecret() string { return d.join("client-secret") }

// AdminToken is the file with the access token of an administrator of the Infisical double, one line.
func (d Dir) AdminToken() string { return d.join("admin-token") }

// AdminClientID is the file with the client id of an administrator's machine identity, one line.
func (d Dir) AdminClientID() string { return d.join("admin-client-id") }

// AdminClientSecret is the file with the client secret of an administrator's machine identity, one line.
func (d Dir) AdminClientSecret() string { return d.join("admin-client-secret") }

// InfisicalCA is the certificate of the private CA that the Infisical double's certificate comes from.
func (d Dir) InfisicalCA() string { return d.join("infisical-ca.crt") }

// Claim makes the directory, or takes over one that is empty or a sandbox's already. It never takes over anything else,
// because Clear will remove all that is in it.
func (d Dir) Claim() error {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return fmt.Errorf("make the state directory: %w; use --dir to name another", err)
	}
	if d.Exists() {
		return nil
	}
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return fmt.Errorf("read the state directory: %w; use --dir to name another", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("use %s as the state directory: it holds files that are not a sandbox's; name an empty directory with --dir", d)
	}
	return nil
}

// Clear removes everything in the directory but the names to keep. It refuses a directory without the marker; the marker
// goes last, so that a Clear that was cut short can be repeated.
func (d Dir) Clear(keep ...string) error {
	if !d.Exists() {
		return nil
	}
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return fmt.Errorf("read the state directory: %w", err)
	}
	marker := filepath.Base(d.Marker())
	kept := map[string]bool{marker: true}
	for _, name := range keep {
		kept[name] = true
	}
	for _, entry := range entries {
		if kept[entry.Name()] {
			continue
		}
		if err := os.RemoveAll(d.join(entry.Name())); err != nil {
			return fmt.Errorf("clear the state directory: %w", err)
		}
	}
	if len(keep) > 0 {
		return nil
	}
	if err := os.Remove(d.Marker()); err != nil {
		return fmt.Errorf("clear the state directory: %w", err)
	}
	return nil
}

// Remove clears the directory and removes it.
func (d Dir) Remove() error {
	if err := d.Clear(); err != nil {
		return err
	}
	if err := os.Remove(string(d)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the state directory: %w", err)
	}
	return nil
}
