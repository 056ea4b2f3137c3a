//go:build unix && !linux

package supervise

import "syscall"

// childAttributes put a component into its own process group. Where the kernel cannot let it die with the supervisor, the
// next command that finds the supervisor dead ends it.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
