package helm

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/strvals"
	"sigs.k8s.io/yaml"
)

// Values are a chart's, in the forms and the order of precedence that helm gives them: files, then JSON, Set, SetString, SetFile.
type Values struct {
	// Files are paths of YAML; "-" stands for Stdin.
	Files []string
	// JSON, Set and SetString are key=value; SetFile is key=path.
	JSON, Set, SetString, SetFile []string
	Stdin                         io.Reader
}

// Given reports whether there is any.
func (v Values) Given() bool {
	return len(v.Files)+len(v.JSON)+len(v.Set)+len(v.SetString)+len(v.SetFile) > 0
}

// Merge reads all of it into one tree. Errors name the flag and the place, never a value.
func (v Values) Merge() (map[string]any, error) {
	tree := map[string]any{}
	for _, name := range v.Files {
		read, err := v.readYAML(name)
		if err != nil {
			return nil, fmt.Errorf("--values %s: %w", name, err)
		}
		tree = Overlay(tree, read)
	}
	fromFile := func(path []rune) (any, error) {
		data, err := os.ReadFile(string(path))
		return string(data), err
	}
	for _, form := range []struct {
		flag  string
		given []string
		parse func(string) error
	}{
		{"--set-json", v.JSON, func(s string) error { return strvals.ParseJSON(s, tree) }},
		{"--set", v.Set, func(s string) error { return strvals.ParseInto(s, tree) }},
		{"--set-string", v.SetString, func(s string) error { return strvals.ParseIntoString(s, tree) }},
		{"--set-file", v.SetFile, func(s string) error { return strvals.ParseIntoFile(s, tree, fromFile) }},
	} {
		for _, text := range form.given {
			if err := form.parse(text); err != nil {
				return nil, unparsed(form.flag, text, err)
			}
		}
	}
	return tree, nil
}

func (v Values) readYAML(name string) (map[string]any, error) {
	data, err := v.read(name)
	if err != nil {
		return nil, err
	}
	tree := map[string]any{}
	if err := yaml.Unmarshal(data, &tree); err != nil {
		// The parser's text may quote the file.
		if line := regexp.MustCompile(`line \d+`).FindString(err.Error()); line != "" {
			return nil, errors.New("it is not YAML of keys and values; see " + line)
		}
		return nil, errors.New("it is not YAML of keys and values")
	}
	return tree, nil
}

func (v Values) read(name string) ([]byte, error) {
	if name != FromStdin {
		return os.ReadFile(name)
	}
	if v.Stdin == nil {
		return nil, errors.New("there is no standard input")
	}
	return io.ReadAll(v.Stdin)
}

// unparsed names the key of what cannot be parsed; Helm's own text quotes the value.
func unparsed(flag, text string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", flag, path)
	}
	key := regexp.MustCompile(`^[\w.\-\[\]/\\]*=`).FindString(text)
	key = strings.TrimSuffix(key, "=") // without a = it may be a value that lost its key
	return fmt.Errorf("%s: what is given for %q cannot be read; it must be KEY=VALUE, as helm takes it", flag, key)
}

// Overlay lays one tree of values over another, which stays as it is; lists are replaced whole.
func Overlay(under, over map[string]any) map[string]any {
	merged := make(map[string]any, len(under)+len(over))
	for key, value := range under {
		merged[key] = value
	}
	for key, value := range over {
		below, isTree := value.(map[string]any)
		held, wasTree := merged[key].(map[string]any)
		if isTree && wasTree {
			value = Overlay(held, below)
		}
		merged[key] = value
	}
	return merged
}

// Effective are the values that the chart's templates see: its own defaults below those given.
func (c *Chart) Effective(given map[string]any) (map[string]any, error) {
	return chartutil.CoalesceValues(c.chart, given)
}
