package flags

import (
	"fmt"

	"github.com/spf13/pflag"
)

// DryRun says whether a command is to change anything.
type DryRun struct {
	// Mode is none, client or server.
	Mode string
	// Diff shows what would change.
	Diff bool
}

// The modes, as kubectl has them.
const (
	DryRunNone   = "none"
	DryRunClient = "client"
	DryRunServer = "server"
)

// AddMode adds --dry-run.
func (d *DryRun) AddMode(fs *pflag.FlagSet) {
	d.Mode = DryRunNone
	fs.Var((*dryRunValue)(&d.Mode), "dry-run", "change nothing and say what would change: none, client (as seen from here) or server (the API server and its webhooks are asked)")
}

// AddFlags adds --dry-run and --diff.
func (d *DryRun) AddFlags(fs *pflag.FlagSet) {
	d.AddMode(fs)
	fs.BoolVar(&d.Diff, "diff", false, "show the fields that would change, and change nothing; the API server is asked, unless with --dry-run=client")
}

// Only reports whether nothing is to be changed.
func (d *DryRun) Only() bool { return d.Diff || d.Mode != DryRunNone }

// Server reports whether the API server is to be asked.
func (d *DryRun) Server() bool { return d.Mode != DryRunClient }

// Note is what kubectl writes behind the outcome of a dry run, or nothing.
func (d *DryRun) Note() string {
	switch {
	case !d.Only():
		return ""
	case d.Server():
		return " (server dry run)"
	}
	return " (dry run)"
}

// dryRunValue makes the mode a flag.
type dryRunValue string

func (v *dryRunValue) String() string { return string(*v) }
func (v *dryRunValue) Type() string   { return "mode" }

// Choices are all that there are.
func (v *dryRunValue) Choices() []string { return []string{DryRunNone, DryRunClient, DryRunServer} }

func (v *dryRunValue) Set(text string) error {
	switch text {
	case DryRunNone, DryRunClient, DryRunServer:
		*v = dryRunValue(text)
		return nil
	}
	return fmt.Errorf("%q is no dry run: use none, client or server", text)
}
