package launch

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// CommandLine is a container's command before its addresses and paths are translated.
type CommandLine struct {
	// Entrypoint is the program of this host with the arguments that stand for the image's entry point.
	Entrypoint []string
	// Args follow the entry point.
	Args []string
	// Ports are those that the container will listen on.
	Ports []int32
}

// NewCommandLine builds the command of a container whose image stands for entrypoint. A container's own
// command names a program in the image; that program can only be the entry point here, so its name is
// dropped and its arguments are kept.
func NewCommandLine(container *corev1.Container, repository string, entrypoint []string, expand func(string) string) CommandLine {
	var args []string
	if len(container.Command) > 0 {
		args = append(args, container.Command[1:]...)
	}
	args = append(args, container.Args...)
	for i, arg := range args {
		args[i] = expand(arg)
	}
	args, ports := adaptExternalSecrets(repository, args)
	return CommandLine{Entrypoint: entrypoint, Args: args, Ports: distinct(append(containerPorts(container), ports...))}
}

// Argv returns the whole command line with its arguments translated.
func (c CommandLine) Argv(translation Translation) []string {
	return slices.Concat(c.Entrypoint, translation.Args(c.Args))
}
