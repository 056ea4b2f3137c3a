package state

import (
	"fmt"
	"os"
	"regexp"
)

// SocketDirPrefix is how the names of socket directories begin.
const SocketDirPrefix = "eso-sandbox-"

// A unix socket's path has room for 104 bytes on macOS, 108 on Linux; the names within take up to 20 of them.
const maxSocketDir = 80

// Some readers of socket addresses parse them as URLs, so the path must be plain.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9/._-]+$`)

// MakeSocketDir makes a private directory with a path short enough for unix sockets, which the state directory's often is not.
func MakeSocketDir() (string, error) {
	parent := os.TempDir()
	if len(parent) > maxSocketDir-25 || !plainPath.MatchString(parent) {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, SocketDirPrefix) // MkdirTemp makes directories with mode 0700
	if err != nil {
		return "", fmt.Errorf("make a directory for sockets: %w; set TMPDIR to a short path you can write to", err)
	}
	return dir, nil
}
