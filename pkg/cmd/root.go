// Package cmd puts the commands together and turns their errors into messages and exit codes. Each command has a folder of its
// own below; it parses, calls one package, and prints.
package cmd

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/klog/v2"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/applyca"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/applystore"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/bootstrap"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/cleanup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/completion"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/explain"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/export"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/initialize"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/install"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/rotate"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/status"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/supportbundle"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/test"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/uninstall"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/up"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/upgrade"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/version"
)

// New makes the root command.
func New(build version.Build, streams genericiooptions.IOStreams) *cobra.Command {
	userAgent := fmt.Sprintf("kubectl-eso-infisical/%s (%s/%s) %s", build.Version, runtime.GOOS, runtime.GOARCH, build.Commit)
	f := clients.New(userAgent, streams)
	root := &cobra.Command{
		Use:   "eso-infisical",
		Short: "Bring secrets from Infisical into Kubernetes through External Secrets Operator",
		Long: `Bring secrets from Infisical into a Kubernetes cluster through External Secrets Operator, keep it that way, and say
exactly what is wrong when they do not arrive.

"up" does the whole of it; the other commands are its steps, and "doctor" says what is wrong.`,
		// The program is started as a plugin of kubectl, so usage lines and errors must name it that way.
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl eso-infisical"},
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			err := flags.FromEnvironment(cmd.Flags(), os.LookupEnv)
			f.Progress.Use(f.Color.Style(streams.ErrOut))
			return err
		},
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return &usageError{command: cmd.CommandPath(), err: err} })
	f.Connection.Flags.AddFlags(root.PersistentFlags())
	root.PersistentFlags().VarP(&verbosity{note: streams.ErrOut}, "v", "v", "log level, as kubectl's; at most 7, since from 8 on the content of Secrets would be logged")
	root.PersistentFlags().Var(&f.Color, "color", "colour the text: auto (on a terminal, unless NO_COLOR is set), always or never")
	addGroups(root, f, build)
	completion.Values(root, f)
	return root
}

func addGroups(root *cobra.Command, f *clients.Factory, build version.Build) {
	group := func(id, title string, commands ...*cobra.Command) {
		root.AddGroup(&cobra.Group{ID: id, Title: title})
		for _, c := range commands {
			c.GroupID = id
			root.AddCommand(c)
		}
	}
	group("all", "All in one:", initialize.New(f, initialize.Run), up.New(f, up.Run), export.New(f, export.Write))
	group("steps", "Step by step:", install.New(f, install.Run), identity.New(f, identity.Defaults()), bootstrap.New(f, bootstrap.Run), applyca.New(f, applyca.Run),
		applystore.New(f, applystore.Run), test.New(f, test.Run), cleanup.New(f, cleanup.Run))
	group("upkeep", "To keep it that way:", upgrade.New(f, upgrade.Run), rotate.New(f, rotate.RunCredentials, rotate.RunCA), uninstall.New(f, uninstall.Run))
	group("explain", "When something is wrong:", status.New(f, status.Run), doctor.New(f, doctor.Run), explain.New(f.Streams, explain.Run),
		supportbundle.New(f, build.Version, supportbundle.Run))
	root.AddCommand(version.New(build, f.Streams), completion.New(f.Streams, completion.Run))
}

// maxVerbosity is the highest log level at which client-go does not log the bodies of requests and answers. Those of Secrets hold
// values.
const maxVerbosity = 7

// verbosity is the flag -v. It reaches klog only when it is given, so that klog costs nothing otherwise.
type verbosity struct {
	level int
	// note is told when less is logged than was asked for.
	note io.Writer
}

func (v *verbosity) String() string { return strconv.Itoa(v.level) }
func (v *verbosity) Type() string   { return "level" }

func (v *verbosity) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is not a level from 0 to 9", s)
	}
	if v.level = min(n, maxVerbosity); v.level < n {
		fmt.Fprintf(v.note, "note: -v %d is taken as %d, since from %d on the content of Secrets would be logged\n", n, v.level, maxVerbosity+1)
	}
	var level klog.Level
	return level.Set(v.String())
}

var _ pflag.Value = (*verbosity)(nil)
