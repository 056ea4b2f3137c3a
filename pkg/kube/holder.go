package kube

import (
	"crypto/rand"
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
}

// ThisRun is the holder that this process is.
func ThisRun() Holder {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return Holder{Host: host, Process: os.Getpid(), Run: rand.Text()[:8]}
}

func (h Holder) String() string {
	if h.Process == 0 {
		return h.Host
	}
	return fmt.Sprintf("process %d on %s", h.Process, h.Host)
}

func (h Holder) identity() string { return fmt.Sprintf("%s/%d/%s", h.Host, h.Process, h.Run) }

// parseHolder reads an identity; one that somebody else has written is a name alone.
func parseHolder(identity string) Holder {
	parts := strings.Split(identity, "/")
	if len(parts) != 3 {
		return Holder{Host: identity}
	}
	process, err := strconv.Atoi(parts[1])
	if err != nil {
		return Holder{Host: identity}
	}
	return Holder{Host: parts[0], Process: process, Run: parts[2]}
}

// gone reports whether the run is known to have ended: it was on the machine of me, and there is no such process any more.
func (h Holder) gone(me Holder) bool {
	if h.Host != me.Host || h.Process <= 0 {
		return false
	}
	if h.Process == me.Process {
		return h.Run != me.Run // The number has been given anew.
	}
	process, err := os.FindProcess(h.Process)
	if err != nil {
		return true // Windows says so at once.
	}
	return errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
