// Package output writes what a command has to say to standard output: text for people, or one JSON or YAML document for programs,
// whatever happens.
package output

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"sigs.k8s.io/yaml"
)

// APIVersion of every document.
const APIVersion = "eso-infisical.dev/v1alpha1"

// Errors that stand for a result which has been printed already.
var (
	ErrFindings = errors.New("something is wrong")
	ErrUnknown  = errors.New("not everything could be found out")
)

// IsVerdict reports whether err stands for such a result alone.
func IsVerdict(err error) bool { return errors.Is(err, ErrFindings) || errors.Is(err, ErrUnknown) }

// Format is how a result is written.
type Format string

// The formats that every command with a document has; Wide is text with more columns, where a command offers it.
const (
	Text Format = "text"
	JSON Format = "json"
	YAML Format = "yaml"
	Wide Format = "wide"
)

// AddFlag adds -o. Beside text, json and yaml it takes the formats that the command alone has.
func (f *Format) AddFlag(fs *pflag.FlagSet, more ...Format) {
	*f = Text
	known := append([]Format{Text, JSON, YAML}, more...)
	fs.VarP(&formatValue{f, known}, "output", "o", list(known))
}

type formatValue struct {
	format *Format
	known  []Format
}

func (v *formatValue) String() string {
	if v.format == nil {
		return ""
	}
	return string(*v.format)
}

func (v *formatValue) Type() string { return "format" }

// Choices are the formats that the command has.
func (v *formatValue) Choices() []string { return names(v.known) }

func (v *formatValue) Set(text string) error {
	if !slices.Contains(v.known, Format(text)) {
		return fmt.Errorf("%q is not known; use %s", text, list(v.known))
	}
	*v.format = Format(text)
	return nil
}

func list(formats []Format) string {
	all := names(formats)
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " or " + all[last]
}

func names(formats []Format) []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = string(f)
	}
	return names
}

// Document reports whether the format is one document for programs.
func (f Format) Document() bool { return f == JSON || f == YAML }

// Header begins every document; embed it. Error is set when the run has failed.
type Header struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Error      *Problem `json:"error,omitempty"`
}

// NewHeader makes the header of a document of that kind.
func NewHeader(kind string) Header { return Header{APIVersion: APIVersion, Kind: kind} }

func (h *Header) header() *Header { return h }

// Headed is a document: a pointer to a struct that embeds Header.
type Headed interface{ header() *Header }

// Write writes doc, whose text form write makes. A run that has failed still gives a document, which then names the error; doc may be
// nil for that, and kind stands in. The error itself is returned, so that it is reported to people and decides the exit code.
func Write(w io.Writer, f Format, kind string, doc Headed, err error, text func(io.Writer) error) error {
	if !f.Document() {
		if err != nil || text == nil {
			return err
		}
		return text(w)
	}
	if doc == nil {
		h := NewHeader(kind)
		doc = &h
	}
	if err != nil && !IsVerdict(err) {
		doc.header().Error = NewProblem(err)
	}
	if failed := encode(w, f, doc); failed != nil {
		return errors.Join(err, failed)
	}
	return Documented(err)
}

// Documented marks an error of a run whose document has been written.
func Documented(err error) error {
	if err == nil {
		return nil
	}
	return &documentedError{err}
}

type documentedError struct{ error }

func (e *documentedError) Unwrap() error { return e.error }

// IsDocumented reports whether a run that ended with err has given its document.
func IsDocumented(err error) bool {
	var d *documentedError
	return errors.As(err, &d)
}

func encode(w io.Writer, f Format, doc any) error {
	data, err := json.MarshalIndent(doc, "", "  ")
	if err == nil && f == YAML {
		data, err = yaml.JSONToYAML(data)
	}
	if err != nil {
		return fmt.Errorf("write the %s document: %w", f, err)
	}
	if f == JSON {
		data = append(data, '\n')
	}
	_, err = w.Write(data)
	return err
}
