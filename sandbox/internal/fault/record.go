package fault

import (
	"errors"
	"os"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
)

// saved is what a fault replaced, by a name of its own choosing.
type saved map[string]string

// record is which faults are active, and what each has replaced.
type record map[string]saved

func readRecord(path string) (record, error) {
	r := record{}
	err := state.ReadJSON(path, &r)
	if errors.Is(err, os.ErrNotExist) {
		return record{}, nil
	}
	return r, err
}

// Active are the names of the faults in the record at that path, in the catalogue's order.
func Active(path string) ([]string, error) {
	r, err := readRecord(path)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, f := range Catalogue() {
		if _, is := r[f.Name]; is {
			names = append(names, f.Name)
		}
	}
	return names, nil
}
