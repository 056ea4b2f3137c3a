// Package supportbundle is the command that packs what the doctor sees into a file, for somebody who has no access to the cluster.
package supportbundle

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/bundle"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/checks"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/render"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/ui"
)

// toStdout is the file name that stands for standard output.
const toStdout = "-"

// Options are the command's inputs.
type Options struct {
	Factory *clients.Factory
	// Program is the version of this program.
	Program   string
	Release   string
	File      string
	MaskNames bool
	Timeout   time.Duration
	Format    output.Format
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, program string, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Program: program, Release: setup.Defaults().Release}
	cmd := &cobra.Command{
		Use:   "support-bundle",
		Short: "Pack what the doctor sees into a file, without any secret, to show it to others",
		Long: `Look at the cluster as "doctor" does, and write what was seen into a file (tar.gz): chosen fields of the objects alone, no value of a Secret,
and the report. "doctor --from FILE" comes to the same verdict from it, without the cluster. Before anything is written, the content is
searched for every value of the Secrets that were read. With --mask-names, names of namespaces, objects, hosts and projects are replaced, the
same name by the same everywhere; host names inside certificates, label values and node names stay as they are.

Nothing is changed in the cluster.`,
		Example: `  kubectl eso-infisical support-bundle
  kubectl eso-infisical support-bundle --mask-names --file case-4711.tar.gz
  kubectl eso-infisical doctor --from case-4711.tar.gz`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	fs := cmd.Flags()
	fs.StringVar(&o.File, "file", "", "file to write, or - for standard output (default eso-infisical-support-TIME.tar.gz)")
	fs.BoolVar(&o.MaskNames, "mask-names", false, "replace the names of namespaces, objects, hosts and projects; host names inside certificates, label values and node names stay")
	fs.StringVar(&o.Release, "release", o.Release, "name of the Helm release")
	fs.DurationVar(&o.Timeout, "timeout", 30*time.Second, "how long the examination may take")
	o.Format.AddFlag(fs)
	return cmd
}

func (o *Options) validate() error {
	if o.File != toStdout {
		return nil
	}
	if ui.IsTerminal(o.Factory.Streams.Out) {
		return &setup.InputError{Problem: "a bundle is nothing to look at: redirect standard output, or give --file NAME"}
	}
	if o.Format.Document() {
		return &setup.InputError{Problem: "--file - and -o exclude each other: standard output is the bundle"}
	}
	return nil
}

// kind of the document.
const kind = "SupportBundle"

type document struct {
	output.Header
	File    string         `json:"file"`
	Bytes   int            `json:"bytes"`
	Masked  bool           `json:"masked"`
	Verdict doctor.Verdict `json:"verdict"`
}

// Run looks, packs and writes.
func Run(ctx context.Context, o *Options) error {
	limited, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	o.Factory.Within(o.Timeout)
	snapshot := doctor.NewSnapshot(limited, clients.Examinee(o.Factory.Connection, o.Release))
	report := render.NewDocument(doctor.Examine(limited, checks.All(), snapshot), doctor.FailOnFail)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	data, err := o.pack(ctx, snapshot, report)
	if err != nil {
		return err
	}
	d := &document{Header: output.NewHeader(kind), Masked: o.MaskNames, Verdict: report.Summary.Verdict, Bytes: len(data)}
	if o.File == toStdout {
		_, err := o.Factory.Streams.Out.Write(data)
		return err
	}
	d.File = o.file(snapshot.Now)
	err = write(d.File, data)
	return output.Write(o.Factory.Streams.Out, o.Format, kind, d, err, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s (%d KB) holds what the doctor has seen, and no value of a Secret; verdict: %s\nLook into it before you pass it on: tar -tzf %s\n",
			d.File, (d.Bytes+1023)/1024, d.Verdict, d.File)
		return err
	})
}

func (o *Options) file(now time.Time) string {
	if o.File != "" {
		return o.File
	}
	return "eso-infisical-support-" + now.Format("20060102-150405") + ".tar.gz"
}

// pack makes the bundle in memory, so that a half of one is never left.
func (o *Options) pack(ctx context.Context, s *doctor.Snapshot, report render.Document) ([]byte, error) {
	reports := map[string][]byte{}
	var text bytes.Buffer
	if err := report.Text(&text, render.TextOptions{All: true, Evidence: true}); err != nil {
		return nil, err
	}
	reports["report.txt"] = text.Bytes()
	data, err := json.MarshalIndent(struct {
		output.Header
		render.Document
	}{output.NewHeader(render.Kind), report}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	reports["report.json"] = data
	var out bytes.Buffer
	c := s.Cluster
	err = bundle.Write(ctx, &out, bundle.Content{Snapshot: s, Sources: doctor.Sources(checks.All()), Reports: reports, Secrets: checks.SecretValues(s), Mask: o.MaskNames,
		Manifest: bundle.Manifest{Program: o.Program, Time: s.Now, Cluster: c.Name, Namespace: c.Namespace, Release: c.Release, Err: doctor.PackError(c.Err)}})
	return out.Bytes(), err
}

// write writes the file as a whole or not at all, for its owner alone.
func write(name string, data []byte) error {
	made, err := os.CreateTemp(filepath.Dir(name), ".eso-infisical-*")
	if err != nil {
		return &setup.InputError{Problem: "write " + name + ": " + strings.TrimPrefix(err.Error(), "open ")}
	}
	_, err = made.Write(data)
	if closing := made.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(made.Name(), name)
	}
	if err != nil {
		_ = os.Remove(made.Name()) // what went wrong is told already
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
