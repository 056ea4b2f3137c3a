package supervise

import "syscall"

// childAttributes put a component into its own process group and let it die with the supervisor.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
