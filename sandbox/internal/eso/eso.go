// Package eso is the External Secrets Operator itself: the controller, the webhook and the cert-controller of
// github.com/external-secrets/external-secrets. One thing is added to them, the Infisical provider of package
// privateca; nothing else of the sandbox's operator is other than upstream.
package eso

import (
	"os"

	"github.com/external-secrets/external-secrets/cmd/controller"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/eso/privateca"
)

// Main runs the operator's command with the arguments of its container: none or flags for the controller, else the
// subcommand "webhook" or "certcontroller" with its flags. It returns when the command is done, and like the
// operator's own main it ends the process where that fails.
func Main(args []string) {
	// Importing the controller has registered all upstream providers; ours has to come after.
	privateca.Register()
	// The operator's command is not exported and reads the arguments of the process.
	os.Args = append([]string{"external-secrets"}, args...)
	controller.Execute()
}
