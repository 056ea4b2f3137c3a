//go:build !linux

package process

import "syscall"

// attributes cannot tie a program's life to this process outside Linux; only an orderly end stops it.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
