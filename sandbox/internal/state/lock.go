//go:build unix

package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockInterval is how often a held lock is tried again; flock(2) has no waiting that a context could end.
const lockInterval = 50 * time.Millisecond

// Lock keeps other commands away from a sandbox. The kernel gives it up when the process ends, however it ends.
type Lock struct{ file *os.File }

// Lock waits for its turn to change the sandbox. waiting is called once if another command has it.
// The directory itself is what is locked, so that no lock file remains when the directory is removed.
func (d Dir) Lock(ctx context.Context, waiting func()) (*Lock, error) {
	for first := true; ; first = false {
		lock, err := tryLock(string(d))
		if err == nil {
			if lock.still(string(d)) {
				return lock, nil
			}
			lock.Unlock()
			continue // removed while we waited, and perhaps made again: lock what is there now
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, err
		}
		if first && waiting != nil {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("lock the sandbox: %w", context.Cause(ctx))
		case <-time.After(lockInterval):
		}
	}
}

// LockSupervisor takes the lock that says that the supervisor is alive. It does not wait.
func (d Dir) LockSupervisor() (*Lock, error) {
	file, err := os.OpenFile(d.SupervisorLock(), os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the sandbox for its supervisor: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("lock the sandbox for its supervisor: %w", err)
	}
	lock, err := tryLock(d.SupervisorLock())
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("lock the sandbox for its supervisor: another supervisor runs it already")
	}
	return lock, err
}

// SupervisorAlive says whether a supervisor holds its lock.
func (d Dir) SupervisorAlive() bool {
	lock, err := tryLock(d.SupervisorLock())
	if err == nil {
		lock.Unlock()
	}
	return errors.Is(err, syscall.EWOULDBLOCK)
}

func tryLock(path string) (*Lock, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("lock the sandbox: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return &Lock{file: file}, nil
}

// still says whether the locked file is the one that is at path.
func (l *Lock) still(path string) bool {
	locked, err := l.file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(locked, there)
}

// Unlock lets the next one in.
func (l *Lock) Unlock() {
	_ = l.file.Close() // closing the only descriptor gives up the lock; there is nothing to do about an error
}
