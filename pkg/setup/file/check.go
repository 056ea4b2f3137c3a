package file

import (
	"errors"
	"fmt"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// line is where the field is, or the next one around it that is in the file.
func (s *Setup) line(path string) int {
	for {
		if line, found := s.lines[path]; found {
			return line
		}
		if path == "" {
			return 0
		}
		path = around(path)
	}
}

// around is the path of what the field is in.
func around(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return ""
}

// check finds what does not go together, once each field is right for itself.
func (s *Setup) check(found *problems) {
	if len(s.Stores) == 0 {
		found.add(s.line("stores"), "stores", "stores must have one store at least")
	}
	if s.Operator.namespace() == s.Test.namespace() {
		found.add(s.line("test.namespace"), "test.namespace", "the test needs a namespace of its own, not that of External Secrets Operator")
	}
	if s.Infisical.CAPasswordFile != "" && s.Infisical.CAFile == "" {
		found.add(s.line("infisical.caPasswordFile"), "infisical.caPasswordFile", "infisical.caPasswordFile is for the file that infisical.caFile names")
	}
	for i := range s.Stores {
		s.checkStore(i, found)
	}
	if len(*found) > 0 {
		return
	}
	s.checkNames(found)
	s.checkSecrets(found)
	s.checkDesired(found)
}

// checkStore looks at one store alone.
func (s *Setup) checkStore(i int, found *problems) {
	store, path := s.Stores[i], fmt.Sprintf("stores[%d]", i)
	exclude := func(one, other string) {
		found.add(s.line(path+"."+other), path+"."+other, "%s: %s and %s exclude each other", path, one, other)
	}
	if store.ClientID != "" && store.ClientIDFile != "" {
		exclude("clientID", "clientIDFile")
	}
	if store.CAConfigMap != "" && store.CASecret != "" {
		exclude("caConfigMap", "caSecret")
	}
	if store.Namespace != "" && (len(store.AllowNamespaces) > 0 || store.AllowNamespaceSelector != "") {
		found.add(s.line(path+".namespace"), path+".namespace", "%s can be used from its own namespace only, so there is nothing to allow", path)
	}
	if store.CASecret != "" && store.CASecret == store.secret() {
		found.add(s.line(path+".caSecret"), path+".caSecret", "%s: the CA and the credentials need a Secret each", path)
	}
	given := map[string]string{"clientID": store.ClientID, "clientIDFile": store.ClientIDFile, "clientSecretFile": store.ClientSecretFile}
	for _, name := range []string{"clientID", "clientIDFile", "clientSecretFile"} {
		if store.auth() == eso.KubernetesAuth && given[name] != "" {
			found.add(s.line(path+"."+name), path+"."+name, "%s: %s is for auth: universal; with kubernetes nobody needs a client secret", path, name)
		}
	}
}

// checkNames refuses two stores of one name.
func (s *Setup) checkNames(found *problems) {
	first := map[eso.StoreKey]int{}
	for i, store := range s.Stores {
		key := eso.StoreKey{Namespace: store.Namespace, Name: store.name()}
		before, taken := first[key]
		if !taken {
			first[key] = i
			continue
		}
		path, hint := fmt.Sprintf("stores[%d]", i), ""
		if store.Name == "" {
			hint = "; two stores of one project need a name each"
		}
		found.add(s.line(path), path, "%s and stores[%d] are both called %s%s", path, before, key.Name, hint)
	}
}

// checkSecrets refuses stores that share a Secret and want something else in it.
func (s *Setup) checkSecrets(found *problems) {
	type content struct {
		auth                   eso.Auth
		id, idFile, secretFile string
	}
	first := map[eso.Reference]int{}
	for i, store := range s.Stores {
		ref := eso.Reference{Namespace: s.besides(store), Name: store.secret()}
		before, shared := first[ref]
		if !shared {
			first[ref] = i
			continue
		}
		of := func(t Store) content { return content{t.auth(), t.ClientID, t.ClientIDFile, t.ClientSecretFile} }
		mine, theirs, none := of(store), of(s.Stores[before]), content{auth: store.auth()}
		if mine != theirs && mine != none {
			path := fmt.Sprintf("stores[%d]", i)
			found.add(s.line(path), path, "%s logs in with Secret %s as stores[%d] does, and with other credentials; give it a secret of its own", path, ref.Name, before)
		}
	}
}

// inFile are the names that the desired state gives to what has another one here.
var inFile = strings.NewReplacer("--plain-http", "plainHTTP: true", "--chart-digest", "digest", "--verify-chart", "verify", "--chart", "name", "--timeout", "timeout")

// checkDesired lets the desired state judge what each part of the file makes of it.
func (s *Setup) checkDesired(found *problems) {
	for _, part := range []struct {
		path string
		lay  func(*setup.Desired)
	}{
		{"infisical.host", s.Infisical.lay},
		{"operator.chart", func(d *setup.Desired) { s.Operator.lay(s, d) }},
	} {
		desired := setup.Defaults()
		part.lay(&desired)
		var refused *setup.InputError
		if err := desired.Validate(); errors.As(err, &refused) {
			found.add(s.line(part.path), part.path, "%s: %s", part.path, inFile.Replace(refused.Problem))
		}
	}
}
