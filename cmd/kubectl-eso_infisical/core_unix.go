//go:build unix

package main

import "syscall"

// forbidCoreFiles keeps what is in memory, secrets among it, from being written to a file when the program is killed.
func forbidCoreFiles() {
	// Where it cannot be set there is nobody to tell, and no reason not to run.
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}
