package file

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
)

var (
	// secretName is how fields are called that hold a secret themselves, without their separators.
	secretName = regexp.MustCompile(`(clientsecret|secretvalue|secretkey|token|passw(or)?d|passphrase|credentials?|apikey|privatekey|^data$|^stringdata$)s?$`)
	nameForm   = regexp.MustCompile(`^[A-Za-z_][\w.-]*$`)
)

// secretField says how else to give what belongs to a field that would hold a secret, or is empty for other fields.
func secretField(name string, value *yaml.Node) string {
	const never = "would put a secret into this file, which others read; "
	plain := strings.ToLower(strings.NewReplacer("-", "", "_", "", ".", "").Replace(name))
	switch {
	case plain == "values" || plain == "set" || plain == "setstring" || plain == "inlinevalues":
		return "could put a secret into this file, which others read; name files of values in operator.valuesFiles"
	case strings.HasPrefix(plain, "ca") && strings.Contains(plain, "passw"):
		return never + "give the path of a file as infisical.caPasswordFile"
	case strings.Contains(plain, "token"):
		return never + "an administrator's token is given to identity create by --token-file, --token-stdin or the variable INFISICAL_TOKEN"
	case secretName.MatchString(plain):
		return never + "give the path of a file as clientSecretFile, or leave it out and use --client-secret-stdin or the variable INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"
	case plain == "ca" || plain == "cabundle" || plain == "certificate":
		return "cannot be written here; give the path of a file as infisical.caFile"
	case value.Kind == yaml.ScalarNode && looksSecret(value.Value):
		return "looks like a client secret or a token; remove it from this file, and revoke it if the file has been shared"
	}
	return ""
}

// looksSecret reports whether the text has the form of a client secret or of an access token.
func looksSecret(text string) bool { return credentials.LooksSecret(strings.TrimSpace(text)) }
