package containerlog

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Copy writes the log to w as the options ask, and returns at its end or, when it is followed, at the end of
// the container or of the context.
func (l *Log) Copy(ctx context.Context, w io.Writer, options *corev1.PodLogOptions) error {
	file, err := os.Open(l.path)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	defer file.Close()
	out := &selection{w: w, since: l.since(options), timestamps: options.Timestamps, left: -1}
	if options.LimitBytes != nil {
		out.left = *options.LimitBytes
	}
	lines := bufio.NewReader(file)
	if options.TailLines != nil {
		err = out.tail(lines, *options.TailLines)
	} else {
		err = out.all(lines)
	}
	if err == nil && options.Follow {
		err = l.follow(ctx, lines, out)
	}
	if errors.Is(err, errLimit) {
		return nil
	}
	return err
}

func (l *Log) since(options *corev1.PodLogOptions) time.Time {
	switch {
	case options.SinceSeconds != nil:
		return l.now().Add(-time.Duration(*options.SinceSeconds) * time.Second)
	case options.SinceTime != nil:
		return options.SinceTime.Time
	}
	return time.Time{}
}

func (l *Log) follow(ctx context.Context, lines *bufio.Reader, out *selection) error {
	for {
		// The state is asked for before reading, so that no line falls between the two.
		complete, changed := l.state()
		if err := out.all(lines); err != nil || complete {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

var errLimit = errors.New("limit reached")

// selection writes the lines of a log that are asked for.
type selection struct {
	w          io.Writer
	since      time.Time
	timestamps bool
	left       int64 // bytes that may still be written; negative when there is no limit
	partial    []byte
}

// all writes every further line.
func (s *selection) all(lines *bufio.Reader) error {
	for {
		line, err := s.next(lines)
		if err != nil {
			return unlessEOF(err)
		}
		if err := s.write(line); err != nil {
			return err
		}
	}
}

// tail writes the last lines.
func (s *selection) tail(lines *bufio.Reader, count int64) error {
	var last [][]byte
	for {
		line, err := s.next(lines)
		if err != nil {
			if unlessEOF(err) != nil {
				return err
			}
			break
		}
		last = append(last, line)
		if int64(len(last)) > count {
			last = last[1:]
		}
	}
	for _, line := range last {
		if err := s.write(line); err != nil {
			return err
		}
	}
	return nil
}

// next returns the next complete line that is new enough, without what it is not asked for. The beginning of
// a line that is still being written is kept for the next call.
func (s *selection) next(lines *bufio.Reader) ([]byte, error) {
	for {
		data, err := lines.ReadBytes('\n')
		s.partial = append(s.partial, data...)
		if err != nil {
			return nil, err
		}
		line := s.partial
		s.partial = nil
		stamp, rest, _ := bytes.Cut(line, []byte(" "))
		written, err := time.Parse(time.RFC3339Nano, string(stamp))
		if err != nil || written.Before(s.since) {
			continue
		}
		// What follows the time is the stream and the tag.
		text := bytes.SplitN(rest, []byte(" "), 3)
		if len(text) < 3 {
			continue
		}
		if s.timestamps {
			return append(append(stamp, ' '), text[2]...), nil
		}
		return text[2], nil
	}
}

func (s *selection) write(line []byte) error {
	if s.left >= 0 && int64(len(line)) > s.left {
		line = line[:s.left]
	}
	if s.left >= 0 {
		s.left -= int64(len(line))
	}
	if _, err := s.w.Write(line); err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	if s.left == 0 {
		return errLimit
	}
	return nil
}

func unlessEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return fmt.Errorf("read log: %w", err)
}
