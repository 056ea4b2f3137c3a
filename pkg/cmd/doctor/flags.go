package doctor

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/render"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

func (o *Options) addFlags(cmd *cobra.Command) {
	fs := cmd.Flags()
	o.Format.AddFlag(fs, output.Wide, junit, sarif, markdown, html)
	fs.StringVar(&o.Desired.Release, "release", o.Desired.Release, "name of the Helm release")
	fs.DurationVar(&o.Timeout, "timeout", 30*time.Second, "how long the examination may take")
	fs.BoolVar(&o.Verbose, "verbose", false, "show what each finding was made from: object, field, resourceVersion, time")
	fs.StringSliceVar(&o.Only, "only", nil, "codes or layers to check, such as EI702 or EI3xx; what they need is looked at, too")
	fs.StringSliceVar(&o.Skip, "skip", nil, "codes or layers not to check")
	fs.Var((*failOnValue)(&o.FailOn), "fail-on", "what makes the exit code 1: warn, fail or never")
	fs.StringVar(&o.AckFile, "ack", "", "YAML file of findings that are known and may stay, each with code, reason and expiry date (object is optional)")
	fs.StringVar(&o.SinceFile, "since", "", "earlier report (-o json or yaml); says what has changed since")
	o.Contexts.AddFlags(fs, "examine")
	o.Contexts.AddAll(fs, "examine")
	fs.BoolVar(&o.Live, "live", false, "log in to Infisical once, from here, with the cluster's credentials; never when the identity may be locked")
	fs.StringSliceVar(&o.Fix, "fix", nil, "propose repairs and ask; or name the codes to mend: --fix=EI303,EI901")
	fs.Lookup("fix").NoOptDefVal = fixProposed
	fs.BoolVar(&o.Yes, "yes", false, "with --fix: mend all that is proposed, but for what must be named")
	fs.BoolVar(&o.DryRun, "dry-run", false, "with --fix: show what would be done, and do nothing")
	fs.StringVar(&o.From, "from", "", "examine what a bundle (see support-bundle) has of a cluster, offline")
	fs.BoolVar(&o.PrintRBAC, "print-rbac", false, "print the least roles that the chosen checks need, and examine nothing")
	fs.StringVar(&o.ServiceAccount, "service-account", "", "with --print-rbac: print bindings for this ServiceAccount, too (NAMESPACE/NAME)")
	fs.StringVar(&o.RecordTo, "record-event", "", "keep the verdict in this ConfigMap (NAMESPACE/NAME), and write an Event about it when it changes")
	fs.BoolVar(&o.Watch, "watch", false, "examine again every ten seconds, and say what has changed, until Ctrl-C")
}

// failOnValue makes doctor.FailOn a flag.
type failOnValue doctor.FailOn

func (v *failOnValue) String() string { return string(*v) }
func (v *failOnValue) Type() string   { return "status" }

// Choices are all that there are.
func (v *failOnValue) Choices() []string {
	return []string{string(doctor.FailOnWarn), string(doctor.FailOnFail), string(doctor.FailOnNever)}
}

func (v *failOnValue) Set(text string) error {
	if !slices.Contains([]doctor.FailOn{doctor.FailOnWarn, doctor.FailOnFail, doctor.FailOnNever}, doctor.FailOn(text)) {
		return fmt.Errorf("%q is not known; use warn, fail or never", text)
	}
	*v = failOnValue(text)
	return nil
}

// complete reads what the flags name, before anything is asked of a cluster.
func (o *Options) complete(fs *pflag.FlagSet) error {
	var err error
	if o.choice.Only, err = selectors("--only", o.Only); err != nil {
		return err
	}
	if o.choice.Skip, err = selectors("--skip", o.Skip); err != nil {
		return err
	}
	if o.Watch && o.Format != output.Text && o.Format != output.Wide {
		return &setup.InputError{Problem: "--watch goes with text alone, since a document is one for a run"}
	}
	if o.Watch && o.Live {
		return &setup.InputError{Problem: "--watch and --live exclude each other: a login is never repeated"}
	}
	if err := o.chooseContexts(fs); err != nil {
		return err
	}
	for _, check := range []func() error{o.checkFix, o.checkRBAC, o.checkFrom, o.checkRecord} {
		if err := check(); err != nil {
			return err
		}
	}
	if err := o.readAcknowledgements(); err != nil {
		return err
	}
	return o.readEarlier()
}

func selectors(flag string, texts []string) ([]catalogue.Selector, error) {
	var chosen []catalogue.Selector
	for _, text := range texts {
		s, err := catalogue.ParseSelector(text)
		if err != nil {
			return nil, &setup.InputError{Problem: flag + ": " + err.Error()}
		}
		chosen = append(chosen, s)
	}
	return chosen, nil
}

func (o *Options) readAcknowledgements() error {
	if o.AckFile == "" {
		return nil
	}
	data, err := os.ReadFile(o.AckFile)
	if err == nil {
		o.acks, err = doctor.ParseAcknowledgements(data)
	}
	return unreadable("--ack", o.AckFile, err)
}

func (o *Options) readEarlier() error {
	if o.SinceFile == "" {
		return nil
	}
	data, err := os.ReadFile(o.SinceFile)
	if err == nil {
		o.before, err = o.earlier(data)
	}
	return unreadable("--since", o.SinceFile, err)
}

// earlier are the reports of the file by their context.
func (o *Options) earlier(data []byte) (map[string]render.Document, error) {
	if !o.several() {
		before, err := render.Read(data)
		return map[string]render.Document{"": before}, err
	}
	documents, err := render.ReadFleet(data)
	before := map[string]render.Document{}
	for _, d := range documents {
		before[d.Context] = d
	}
	return before, err
}

func unreadable(flag, file string, err error) error {
	if err == nil {
		return nil
	}
	return &setup.InputError{Problem: fmt.Sprintf("%s %s: %s", flag, file, strings.TrimPrefix(err.Error(), "open "+file+": "))}
}
