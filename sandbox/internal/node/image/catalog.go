// Package image knows which container images the sandbox's node can run and what running one means here:
// not a pulled file system, but a program of this host.
package image

import (
	"fmt"
	"strings"
)

// Catalog maps an image repository, without tag or digest, to the command that stands for its entry point.
type Catalog struct {
	commands map[string][]string
}

// NewCatalog returns a Catalog of the given commands.
func NewCatalog(commands map[string][]string) Catalog { return Catalog{commands: commands} }

// Command returns the command for an image reference. Its error is worded as a container runtime words a
// pull of an image that its registry does not have.
func (c Catalog) Command(reference string) ([]string, error) {
	command, ok := c.commands[Repository(reference)]
	if !ok || len(command) == 0 {
		full := qualified(reference)
		return nil, fmt.Errorf("rpc error: code = NotFound desc = failed to pull and unpack image %q: failed to resolve reference %q: %s: not found (the sandbox's node runs only images it has a program for)", full, full, full)
	}
	return command, nil
}

// Repository returns an image reference without its tag and digest.
func Repository(reference string) string {
	reference, _, _ = strings.Cut(reference, "@")
	if colon := strings.LastIndex(reference, ":"); colon > strings.LastIndex(reference, "/") {
		reference = reference[:colon]
	}
	return reference
}

// qualified adds the registry and the tag that a runtime takes when a reference names none.
func qualified(reference string) string {
	repository := Repository(reference)
	suffix := strings.TrimPrefix(reference, repository)
	if suffix == "" {
		suffix = ":latest"
	}
	first, _, several := strings.Cut(repository, "/")
	switch {
	case !several:
		repository = "docker.io/library/" + repository
	case !strings.ContainsAny(first, ".:") && first != "localhost":
		repository = "docker.io/" + repository
	}
	return repository + suffix
}
