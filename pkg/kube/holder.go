package kube

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Holder is a run of this program on some machine.
type Holder struct {
	Host    string
	Process int
	// Run tells it from another run that has got the same process number.
	Run string
	// Machine is the same for processes that see each other, and empty where nobody knows: host names are not unique, and containers of one
	// machine number their processes on their own.
	Machine string
}

// ThisRun is the holder that this process is.
func ThisRun() Holder {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return Holder{Host: host, Process: os.Getpid(), Run: rand.Text()[:8], Machine: machine()}
}

// machine names the running system and the numbering of its processes, by a digest; only Linux tells both.
func machine() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	numbering, errLink := os.Readlink("/proc/self/ns/pid")
	if errors.Join(err, errLink) != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(string(boot) + numbering))
	return fmt.Sprintf("%x", sum[:6])
}

func (h Holder) String() string {
	if h.Process == 0 {
		return h.Host
	}
	return fmt.Sprintf("process %d on %s", h.Process, h.Host)
}

func (h Holder) identity() string {
	return fmt.Sprintf("%s/%d/%s/%s", h.Host, h.Process, h.Run, h.Machine)
}

// parseHolder reads an identity; one that somebody else has written is a name alone.
func parseHolder(identity string) Holder {
	parts := strings.Split(identity, "/")
	if len(parts) != 4 {
		return Holder{Host: identity}
	}
	process, err := strconv.Atoi(parts[1])
	if err != nil {
		return Holder{Host: identity}
	}
	return Holder{Host: parts[0], Process: process, Run: parts[2], Machine: parts[3]}
}

// gone reports whether the run is known to have ended: me would see its process, and does not.
func (h Holder) gone(me Holder) bool {
	if h.Machine == "" || h.Machine != me.Machine || h.Process <= 0 {
		return false
	}
	if h.Process == me.Process {
		return h.Run != me.Run // The number has been given anew.
	}
	process, err := os.FindProcess(h.Process)
	if err != nil {
		return false
	}
	return errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
