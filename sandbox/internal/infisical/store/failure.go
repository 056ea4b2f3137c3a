package store

// Failure is a refused call. Status, error name and text of it depend on the era of the server and are made where
// answers are rendered.
type Failure struct {
	Cause  Cause
	Params map[string]string
	// Details is what the answer lists besides its text: the findings of a validation, the rules that were missed.
	Details any
}

// Fail returns a failure with parameters given as name, value, name, value.
func Fail(cause Cause, params ...string) *Failure {
	named := make(map[string]string, len(params)/2)
	for i := 0; i+1 < len(params); i += 2 {
		named[params[i]] = params[i+1]
	}
	return &Failure{Cause: cause, Params: named}
}

// MissedRule is a permission that the actor of a refused call does not have.
type MissedRule struct {
	Action     string            `json:"action"`
	Inverted   bool              `json:"inverted"`
	Subject    string            `json:"subject"`
	Conditions map[string]string `json:"conditions,omitempty"`
}

// denied says that the actor may not do something.
func denied(action, subject string, at place) *Failure {
	failure := Fail(PermissionDenied, "action", action, "subject", subject)
	failure.Details = []MissedRule{{Action: action, Subject: subject, Conditions: at}}
	return failure
}
