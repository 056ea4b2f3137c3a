package store

// Cause says why the server refuses a call. Status, error name and text of it depend on the era of the server and
// are made where answers are rendered.
type Cause int

// The causes a store reports. The comment names the parameters that come with it.
const (
	InvalidCredentials       Cause = iota + 1
	AuthMethodLocked               // too many wrong client secrets
	ClientSecretExpired            //
	ClientSecretExhausted          //
	SubOrganizationUnknown         // slug
	TokenMalformed                 //
	TokenInvalid                   // reason
	TokenExpired                   //
	TokenRevoked                   //
	TokenSecretRevoked             //
	TokenIdentityRemoved           //
	TokenNotIdentity               //
	RenewRevoked                   //
	RenewSecretRevoked             //
	RenewMaxTTL                    //
	ProjectSlugUnknown             // slug
	ProjectIDUnknown               // id
	NotMember                      // id
	EnvironmentUnknown             // environment, id
	FolderUnknownInList            // path, environment
	FolderUnknownInGet             // path, environment
	SecretUnknown                  // name
	TokenMissing                   //
	ScopeMissingInList             //
	ScopeMissingInGet              //
	EnvironmentMissingInList       //
	EnvironmentMissingInGet        //
	BodyUnreadable                 // reason
	Invalid                        // the Issues of the failure
)

// Issue is one finding of the server's request validation.
type Issue struct {
	Code     string   `json:"code"`
	Expected string   `json:"expected,omitempty"`
	Received string   `json:"received,omitempty"`
	Options  []string `json:"options,omitempty"`
	Path     []string `json:"path"`
	Message  string   `json:"message"`
}

// Failure is a refused call.
type Failure struct {
	Cause  Cause
	Params map[string]string
	Issues []Issue
}

// Fail returns a failure with parameters given as name, value, name, value.
func Fail(cause Cause, params ...string) *Failure {
	named := make(map[string]string, len(params)/2)
	for i := 0; i+1 < len(params); i += 2 {
		named[params[i]] = params[i+1]
	}
	return &Failure{Cause: cause, Params: named}
}

// Refuse returns the failure of a request that does not pass validation.
func Refuse(issues ...Issue) *Failure {
	return &Failure{Cause: Invalid, Issues: issues}
}
