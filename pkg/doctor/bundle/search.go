package bundle

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// shortest is the length from which on a value is searched for: shorter ones are everywhere by chance.
const shortest = 8

// LeakError says in which file a secret value would be, and not which value.
type LeakError struct{ File string }

func (e *LeakError) Error() string {
	return fmt.Sprintf("write the bundle: %s would hold a value of a Secret, so nothing was written; please report this as a mistake of this program", e.File)
}

// search looks for every form of the values in the files.
func search(files map[string][]byte, values []string) error {
	for _, value := range values {
		for _, form := range forms(value) {
			for name, data := range files {
				if bytes.Contains(data, []byte(form)) {
					return &LeakError{name}
				}
			}
		}
	}
	return nil
}

// forms are a value as it is and as it may be written down.
func forms(value string) []string {
	trimmed := strings.TrimSpace(value)
	if len(trimmed) < shortest {
		return nil
	}
	var all []string
	for _, v := range []string{value, trimmed} {
		quoted, _ := json.Marshal(v)             // a string can be written
		twice, _ := json.Marshal(string(quoted)) // as in a message that holds JSON
		all = append(all, strings.Trim(string(twice), `\"`), v, base64.StdEncoding.EncodeToString([]byte(v)), base64.RawURLEncoding.EncodeToString([]byte(v)), hex.EncodeToString([]byte(v)),
			url.QueryEscape(v), strings.Trim(string(quoted), `"`))
	}
	return all
}
