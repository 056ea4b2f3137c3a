package infisical

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

// certificate is the server's certificate: the one in the files, unless another was put before it.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu       sync.Mutex
	loaded   *tls.Certificate
	stamp    [2]fileStamp
	override *tls.Certificate
}

// fileStamp changes when a file does.
type fileStamp struct {
	modified time.Time
	size     int64
}

func openCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	if err := c.reload(); err != nil {
		return nil, err
	}
	return c, nil
}

// get implements tls.Config.GetCertificate. Files that cannot be read, as while they are being replaced, leave the
// certificate as it was.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.override != nil {
		return c.override, nil
	}
	if err := c.reload(); err != nil {
		c.log.Warn("keep the certificate from before", "error", err)
	}
	return c.loaded, nil
}

// spoilt is the certificate that lies beside the good one for a fault.
func (c *certificate) spoilt(fault string) (*tls.Certificate, error) {
	base := strings.TrimSuffix(c.certFile, ".crt")
	pair, err := tls.LoadX509KeyPair(base+"-"+fault+".crt", base+"-"+fault+".key")
	if err != nil {
		return nil, fmt.Errorf("load the certificate of the fault %s: %w; this server has none", fault, err)
	}
	return &pair, nil
}

// own is the certificate from the files.
func (c *certificate) own() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.loaded
}

// setOverride serves another certificate, or with nil the one in the files again.
func (c *certificate) setOverride(other *tls.Certificate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.override = other
}

// reload needs c.mu held once c is shared.
func (c *certificate) reload() error {
	stamp := [2]fileStamp{stampOf(c.certFile), stampOf(c.keyFile)}
	if c.loaded != nil && stamp == c.stamp {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("load the server's certificate: %w", err)
	}
	c.loaded, c.stamp = &pair, stamp
	return nil
}

// stampOf is the zero stamp for a file that is not there; loading it reports why.
func stampOf(file string) fileStamp {
	info, err := os.Stat(file)
	if err != nil {
		return fileStamp{}
	}
	return fileStamp{modified: info.ModTime(), size: info.Size()}
}
