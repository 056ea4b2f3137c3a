package output

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

type sample struct {
	Header
	Count int `json:"count"`
}

func newSample() *sample { return &sample{Header: NewHeader("Sample"), Count: 2} }

func TestWrite(t *testing.T) {
	named := fmt.Errorf("wrapped: %w", &cause.Error{Tried: "use the store", Err: errors.New("ESO's text"),
		Cause: cause.Cause{Code: "EI310", Summary: "it is refused", Fix: "make a new one"}})
	tests := []struct {
		name   string
		format Format
		doc    Headed
		err    error
		want   string
	}{
		{"text", Text, newSample(), nil, "two\n"},
		{"wide", Wide, newSample(), nil, "two\n"},
		{"text that failed", Text, newSample(), named, ""},
		{"json", JSON, newSample(), nil, "{\n  \"apiVersion\": \"eso-infisical.dev/v1alpha1\",\n  \"kind\": \"Sample\",\n  \"count\": 2\n}\n"},
		{"yaml", YAML, newSample(), nil, "apiVersion: eso-infisical.dev/v1alpha1\ncount: 2\nkind: Sample\n"},
		{"findings are no error of the run", YAML, newSample(), ErrFindings, "apiVersion: eso-infisical.dev/v1alpha1\ncount: 2\nkind: Sample\n"},
		{"failed before there was a document", YAML, nil, errors.New("read x: boom"),
			"apiVersion: eso-infisical.dev/v1alpha1\nerror:\n  message: 'read x: boom'\nkind: Other\n"},
		{"failed for a known cause", YAML, newSample(), named, "apiVersion: eso-infisical.dev/v1alpha1\ncount: 2\nerror:\n  code: EI310\n" +
			"  detail: ESO's text\n  fix: make a new one\n  message: 'use the store: it is refused'\nkind: Sample\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			err := Write(&out, tt.format, "Other", tt.doc, tt.err, func(w io.Writer) error {
				_, err := fmt.Fprintln(w, "two")
				return err
			})
			if tt.err == nil && err != nil || tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("the error is %v, want %v", err, tt.err)
			}
			if out.String() != tt.want {
				t.Errorf("wrote\n%s\nwant\n%s", out.String(), tt.want)
			}
		})
	}
}

func TestTheFlag(t *testing.T) {
	for text, ok := range map[string]bool{"text": true, "json": true, "yaml": true, "wide": true, "xml": false, "": false} {
		var f Format
		fs := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.AddFlag(fs, Wide)
		if f != Text {
			t.Errorf("without the flag it is %q", f)
		}
		if err := fs.Parse([]string{"-o", text}); (err == nil) != ok {
			t.Errorf("-o %q: %v", text, err)
		}
		if ok && f != Format(text) {
			t.Errorf("-o %q is %q", text, f)
		}
	}
}
