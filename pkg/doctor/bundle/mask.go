package bundle

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// mask replaces names by others, the same by the same wherever they stand.
type mask struct {
	replace map[string]string
	pattern *regexp.Regexp
}

// plain are names that tell nothing of anybody, and by which checks know things.
var plain = []string{"api", "test", "probe", "external-secrets", "external-secrets-webhook", "external-secrets-cert-controller", "default", "kube-system", "kube-public", "infisical-eso-creds", "infisical-ca",
	"eso-test", "secretstore-validate", "externalsecret-validate", "prod", "dev", "staging", "production", "development", "clientId", "clientSecret", "identityId", "ca.crt", "localhost"}

// masked are the fields of objects whose values are names of the user's own, and what such a name becomes.
var masked = map[string]string{
	"namespace": "namespace", "Namespace": "namespace", "name": "name", "Name": "name", "Stores": "name", "secretName": "name",
	"hostAPI": "host", "Host": "host", "projectSlug": "project", "cluster": "cluster", "secretsPath": "", "Key": "key", "Property": "key", "Location": "host",
}

// newMask finds the names in the files.
func newMask(files map[string][]byte, m Manifest) *mask {
	k := &mask{replace: map[string]string{}}
	k.add("cluster", m.Cluster)
	for _, name := range order(files) {
		var content any
		if !strings.HasPrefix(name, inputFolder) || json.Unmarshal(files[name], &content) != nil {
			continue
		}
		// What an input is called is no name of the user's.
		if packed, is := content.(map[string]any); is {
			k.collect("", packed["value"])
		}
	}
	var names []string
	for name := range k.replace {
		names = append(names, regexp.QuoteMeta(name))
	}
	// The longest first, so that a name which holds another is replaced as a whole.
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	if len(names) > 0 {
		k.pattern = regexp.MustCompile(`(` + strings.Join(names, "|") + `)`)
	}
	return k
}

func (k *mask) collect(field string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range sortedKeys(v) {
			// Objects are found by their names in maps, too: "Secret NAMESPACE/NAME", or "NAMESPACE/NAME".
			if namespace, rest, found := strings.Cut(name, "/"); found && !strings.ContainsAny(rest, "/:") && !strings.Contains(namespace, ".") {
				_, namespace = cutLast(namespace)
				k.add("namespace", namespace)
				k.add("name", rest)
			}
			k.collect(name, v[name])
		}
	case []any:
		for _, one := range v {
			k.collect(field, one)
		}
	case string:
		kind, is := masked[field]
		if namespace, rest, both := strings.Cut(v, "/"); both && kind == "name" {
			k.add("namespace", namespace)
			v = rest
		}
		if is && kind != "" {
			k.add(kind, v)
		}
	}
}

func cutLast(text string) (before, last string) {
	i := strings.LastIndex(text, " ")
	return text[:max(i, 0)], text[i+1:]
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// apiVersion is a version of a definition, and variable a container's: both are called by name, too.
var apiVersion = regexp.MustCompile(`^v[0-9]+((alpha|beta)[0-9]+)?$|^[A-Za-z]+_[pP][rR][oO][xX][yY]$`)

// slug is the form of a project's slug.
var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// fieldName is what fields of objects are called by.
var fieldName = regexp.MustCompile(`^[a-z][a-zA-Z]*$`)

// add gives a name its replacement. Of an address the host is the name.
func (k *mask) add(kind, name string) {
	if kind == "host" {
		u, err := url.Parse(name)
		if err != nil || u.Hostname() == "" {
			return
		}
		name = u.Hostname()
		if strings.Contains(name, ".svc") || strings.Count(name, ".") == 0 {
			return // its parts are names of objects; what it is beside tells that it is in the cluster
		}
	}
	if kind == "project" && (!slug.MatchString(name) || len(name) > 22) {
		return // it has not the form of a slug, which is what is wrong with it
	}
	if len(name) < 3 || apiVersion.MatchString(name) || slices.Contains(plain, name) || k.replace[name] != "" || strings.Contains(name, "external-secrets.io") || strings.HasPrefix(name, "external-secrets-") {
		return
	}
	replacement := fmt.Sprintf("%s-%d", kind, len(k.replace)+1)
	if kind == "host" {
		replacement += ".invalid"
	}
	k.replace[name] = replacement
}

// apply replaces the names in every file, where they stand as a whole.
func (k *mask) apply(files map[string][]byte) {
	if k.pattern == nil {
		return
	}
	for name, data := range files {
		var packed map[string]any
		if !strings.HasSuffix(name, ".json") || json.Unmarshal(data, &packed) != nil {
			files[name] = k.text(data)
			continue
		}
		for part, value := range packed {
			// What an input is called is no name of the user's.
			if part != "name" || !strings.HasPrefix(name, inputFolder) {
				packed[part] = k.value(value)
			}
		}
		files[name], _ = json.MarshalIndent(packed, "", " ") // what was read a moment ago can be written
	}
}

// value replaces the names in texts, and in those keys of maps that are names of objects. What a field is called stays.
func (k *mask) value(v any) any {
	switch v := v.(type) {
	case map[string]any:
		changed := make(map[string]any, len(v))
		for key, one := range v {
			if strings.Contains(key, "/") && !strings.Contains(key, ":") && !strings.Contains(strings.SplitN(key, "/", 2)[0], ".") || k.replace[key] != "" && !fieldName.MatchString(key) {
				key = string(k.text([]byte(key)))
			}
			changed[key] = k.value(one)
		}
		return changed
	case []any:
		for i := range v {
			v[i] = k.value(v[i])
		}
	case string:
		return string(k.text([]byte(v)))
	}
	return v
}

func (k *mask) text(data []byte) []byte {
	var out []byte
	last := 0
	for _, at := range k.pattern.FindAllIndex(data, -1) {
		if at[0] < last || inWord(data, at[0]-1) || inWord(data, at[1]) {
			continue
		}
		out = append(append(out, data[last:at[0]]...), k.replace[string(data[at[0]:at[1]])]...)
		last = at[1]
	}
	return append(out, data[last:]...)
}

// inWord reports whether the character would make the name a part of a longer word.
func inWord(data []byte, i int) bool {
	if i < 0 || i >= len(data) {
		return false
	}
	c := data[i]
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}
