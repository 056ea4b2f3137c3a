package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Stdin as a file's name stands for standard input. Paths in it start from the working directory.
const Stdin = "-"

// limit is more than any Setup file has, in bytes.
const limit = 1 << 20

// Load reads the file of that name. What is wrong with its content is an *Error.
func Load(name string, stdin io.Reader) (*Setup, error) {
	from := stdin
	if name != Stdin {
		opened, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read the Setup file: %w", err)
		}
		defer opened.Close()
		from = opened
	}
	data, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read the Setup file %s: %w", name, err)
	}
	return Parse(name, data)
}

// Parse reads a file's content; name is the file's, from whose folder the paths in it start. What is wrong is an *Error, all of it at once.
func Parse(name string, data []byte) (*Setup, error) {
	root, err := document(name, data)
	if err != nil {
		return nil, err
	}
	s := &Setup{name: name, lines: map[string]int{}}
	if name != Stdin {
		s.dir = filepath.Dir(name)
	}
	if err := s.checkHead(root); err != nil {
		return nil, err
	}
	d := decoder{lines: s.lines}
	d.value(root, reflect.ValueOf(s).Elem(), field{})
	if len(d.problems) == 0 {
		s.check(&d.problems)
	}
	if err := d.problems.in(name); err != nil {
		return nil, err
	}
	return s, nil
}

// document reads the one document that there may be.
func document(name string, data []byte) (*yaml.Node, error) {
	var found problems
	if line := unreadable(data); line > 0 {
		found.add(line, "", "this is no text in UTF-8")
		return nil, found.in(name)
	}
	if len(data) > limit {
		found.add(1, "", "no Setup file is larger than %d bytes", limit)
		return nil, found.in(name)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	err := decoder.Decode(&first)
	switch {
	case errors.Is(err, io.EOF) || err == nil && (len(first.Content) == 0 || first.Content[0].ShortTag() == "!!null"):
		found.add(1, "", "the file is empty; kubectl eso-infisical init writes one")
	case err != nil:
		found = append(found, notYAML(err, data))
	default:
		if err := decoder.Decode(&second); err == nil {
			found.add(max(second.Line, 1), "", "a second document begins here; a Setup file holds one, with all stores in it")
		} else if !errors.Is(err, io.EOF) {
			found = append(found, notYAML(err, data))
		}
	}
	if err := found.in(name); err != nil {
		return nil, err
	}
	return first.Content[0], nil
}

// unreadable is the line of the first byte that belongs to no text, or 0. The YAML library names no line for these.
func unreadable(data []byte) int {
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 || r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
			return 1 + bytes.Count(data[:at], []byte("\n"))
		}
		at += size
	}
	return 0
}

var (
	lineForm   = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)
	anchorForm = regexp.MustCompile(`unknown anchor '([^']*)' referenced`)
)

// notYAML is what the YAML library says, with the line, which it does not name for an alias and in the first line, and not exactly for a tab.
func notYAML(err error, data []byte) Problem {
	text, line := err.Error(), 1
	if m := lineForm.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	if m := anchorForm.FindStringSubmatch(text); m != nil {
		if at := bytes.Index(data, []byte("*"+m[1])); at >= 0 {
			line = 1 + bytes.Count(data[:at], []byte("\n"))
		}
		text = "the alias stands for nothing; its anchor must come first"
	}
	if strings.Contains(text, "tab character") {
		return Problem{Line: indentedByTab(data, line), Text: "this is not YAML: it is indented by a tab; use spaces"}
	}
	return Problem{Line: line, Text: "this is not YAML: " + strings.TrimPrefix(text, "yaml: ")}
}

// indentedByTab is the first line from there on that has a tab before its text.
func indentedByTab(data []byte, from int) int {
	lines := strings.Split(string(data), "\n")
	for i := from - 1; i < len(lines); i++ {
		text := strings.TrimLeft(lines[i], " \t")
		if strings.Contains(lines[i][:len(lines[i])-len(text)], "\t") {
			return i + 1
		}
	}
	return from
}

// checkHead looks at apiVersion and kind before anything else, which is read by them.
func (s *Setup) checkHead(root *yaml.Node) error {
	var found problems
	if root.Kind != yaml.MappingNode {
		found.add(root.Line, "", "a Setup file is made of fields, and begins with apiVersion: %s", APIVersion)
		return found.in(s.name)
	}
	for _, head := range []struct{ name, want string }{{"apiVersion", APIVersion}, {"kind", Kind}} {
		node := child(root, head.name)
		switch {
		case node == nil:
			found.add(root.Line, head.name, "%s is missing; a Setup file begins with apiVersion: %s and kind: %s", head.name, APIVersion, Kind)
		case node.Kind != yaml.ScalarNode || node.Value != head.want:
			found.add(node.Line, head.name, "%s is not one that this version reads; it reads %s: %s", head.name, head.name, head.want)
		}
	}
	return found.in(s.name)
}

// child is the value of the key, or nil.
func child(node *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}
