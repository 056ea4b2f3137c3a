package cause

import "strings"

// What a test may find out although ESO calls an ExternalSecret ready.
var (
	ValueEmpty = Cause{"EI804", "ESO reports success, but the Secret holds no value for it",
		"check that it has a value in Infisical, and that the store's host is Infisical's own address"}
	ValueMissing = Cause{"EI804", "ESO reports success, but there is no such key in a Secret", "check that the store's host is Infisical's own address"}
	ValueMasked  = Cause{"EI805", "Infisical masks the value: the identity may see that the secret exists, but not read it",
		"give the machine identity the permission to read values (readValue)"}
	ValueDifferent = Cause{"EI808", "the value in the cluster is not the one in Infisical", "it may have changed just now: run kubectl eso-infisical test again"}
	NothingArrived = Cause{"EI812", "there is no secret in the store's environment and path, so nothing could arrive",
		"check the environment and the path of the store, or put a secret there"}
)

// NamespaceDenied is the code of a store that may not be used from a namespace.
const NamespaceDenied Code = "EI803"

// NameTaken means that others have an object of the name that a test would use.
func NameTaken(kind, name string) Cause {
	return Cause{"EI813", kind + " " + name + " is not one of a test's, and a test of that key would replace its content",
		"test in another namespace: --test-namespace NAME"}
}

// NamespaceHangs means that a namespace does not go away; held says what it waits for, as far as that could be seen.
func NamespaceHangs(name string, held []string) Cause {
	c := Cause{"EI910", "it hangs in Terminating", "see what its status says: kubectl get namespace " + name + " -o jsonpath='{.status.conditions}'"}
	if len(held) > 0 {
		c.Summary += ": " + strings.Join(held, "; ")
		c.Fix = "the controller that each finalizer belongs to must run and do its work; a finalizer of external-secrets.io is ESO's: kubectl eso-infisical doctor"
	}
	return c
}
