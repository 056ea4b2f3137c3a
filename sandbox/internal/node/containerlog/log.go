// Package containerlog keeps what a container writes, one file for each run of it, and reads it as
// `kubectl logs` asks for it. A line in the file is "TIME STREAM F TEXT", the form that container runtimes use.
package containerlog

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// maxLine bounds a line; a longer one is broken.
const maxLine = 16 << 10

// Log is the log of one run of a container.
type Log struct {
	path string
	now  func() time.Time

	mu      sync.Mutex
	file    *os.File
	closed  bool
	changed chan struct{}
	streams []*stream
}

// Create makes the log's file, and its directory where it is missing.
func Create(path string, now func() time.Time) (*Log, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("create log directory: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create log: %w", err)
	}
	return &Log{path: path, now: now, file: file, changed: make(chan struct{})}, nil
}

// Stream returns a writer for one of the container's streams, "stdout" or "stderr".
func (l *Log) Stream(name string) io.Writer {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &stream{log: l, name: name}
	l.streams = append(l.streams, s)
	return s
}

// Close ends the log; readers that follow it come to an end.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	for _, s := range l.streams {
		s.flush()
	}
	l.closed = true
	close(l.changed)
	if err := l.file.Close(); err != nil {
		return fmt.Errorf("close log: %w", err)
	}
	return nil
}

// Remove deletes the log's file.
func (l *Log) Remove() error { return os.Remove(l.path) }

// state returns whether the log is complete, and a channel that is closed at its next change.
func (l *Log) state() (complete bool, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed, l.changed
}

// stream collects the lines of one stream.
type stream struct {
	log     *Log
	name    string
	partial []byte
}

// Write implements io.Writer.
func (s *stream) Write(data []byte) (int, error) {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.partial = append(s.partial, data...)
	for {
		line, rest, found := bytes.Cut(s.partial, []byte("\n"))
		if len(line) > maxLine {
			line, rest, found = s.partial[:maxLine], s.partial[maxLine:], true
		}
		if !found {
			break
		}
		s.emit(line)
		s.partial = rest
	}
	if s.log.closed {
		return len(data), nil
	}
	close(s.log.changed)
	s.log.changed = make(chan struct{})
	return len(data), nil
}

func (s *stream) flush() {
	if len(s.partial) > 0 {
		s.emit(s.partial)
		s.partial = nil
	}
}

// emit drops the line when it cannot be written, as on a full disk: the container must not stop for it.
func (s *stream) emit(line []byte) {
	_, _ = fmt.Fprintf(s.log.file, "%s %s F %s\n", s.log.now().UTC().Format(time.RFC3339Nano), s.name, line)
}
