package install

import "fmt"

// dryRun is the flag of that name, as kubectl has it.
type dryRun string

const (
	dryRunNone   dryRun = "none"
	dryRunClient dryRun = "client"
	dryRunServer dryRun = "server"
)

func (d *dryRun) String() string { return string(*d) }
func (d *dryRun) Type() string   { return "how" }

// Choices are all that there are.
func (d *dryRun) Choices() []string {
	return []string{string(dryRunNone), string(dryRunClient), string(dryRunServer)}
}

func (d *dryRun) Set(text string) error {
	switch v := dryRun(text); v {
	case dryRunNone, dryRunClient, dryRunServer:
		*d = v
		return nil
	}
	return fmt.Errorf("%q is not known; use none, client or server", text)
}
