package doctor

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Status is an outcome.
type Status string

// The outcomes. Unknown means that the truth could not be found out, as for want of a right; it is never a pass. Skip means that an earlier
// check did not pass without which this one says nothing.
const (
	Pass    Status = "pass"
	Warn    Status = "warn"
	Fail    Status = "fail"
	Unknown Status = "unknown"
	Skip    Status = "skip"
)

// Finding is what a check has found about one object, or about several that have the same.
type Finding struct {
	Status  Status
	Objects []Object
	// Note says in a few words what is there, where all is well.
	Note string
	// Cause says what is wrong and how to mend it, for Warn and Fail, and for Unknown where that is known.
	Cause cause.Cause
	// Command mends it; empty stands for the catalogue's.
	Command string
	// Detail is technical text, such as the API server's or ESO's own.
	Detail string
	// Evidence is what the finding was made from.
	Evidence []Evidence
	// Acknowledged is set when somebody has said that this is known and may stay.
	Acknowledged *Acknowledgement
}

// Object names an object of the cluster; Namespace is empty for one that has none.
type Object struct{ Kind, Namespace, Name string }

func (o Object) String() string {
	switch {
	case o.Name == "":
		return o.Kind
	case o.Namespace == "":
		return o.Kind + " " + o.Name
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

// ObjectOf names an object that was read.
func ObjectOf(obj *unstructured.Unstructured) Object {
	return Object{obj.GetKind(), obj.GetNamespace(), obj.GetName()}
}

// Evidence is one field of an object as it was read. Value never is a secret.
type Evidence struct {
	Object          Object
	Field, Value    string
	ResourceVersion string
	// Time is when the value came to be, where that is known.
	Time time.Time
}

// Seen is a field of an object that was read.
func Seen(obj *unstructured.Unstructured, field, value string) Evidence {
	return Evidence{Object: ObjectOf(obj), Field: field, Value: value, ResourceVersion: obj.GetResourceVersion()}
}

// Holds is the finding that the fact holds.
func Holds(note string, objects ...Object) Finding {
	return Finding{Status: Pass, Note: note, Objects: objects}
}

// Problem is the finding that the fact does not hold. Whether that is a failure or a warning, the catalogue says of the cause's code.
func Problem(c cause.Cause, objects ...Object) Finding {
	status := Fail
	if e, known := catalogue.Find(c.Code); known && e.Severity == catalogue.Warning {
		status = Warn
	}
	return Finding{Status: status, Cause: c, Objects: objects}
}

// Untold is the finding that it cannot be told whether the fact holds, and why.
func Untold(detail string, objects ...Object) Finding {
	return Finding{Status: Unknown, Detail: detail, Objects: objects}
}

// Found turns an error into a finding: one that carries its cause is a problem, and any other, such as a right that is missing, leaves the
// truth unknown.
func Found(err error, objects ...Object) Finding {
	var named *cause.Error
	if errors.As(err, &named) {
		f := Problem(named.Cause, objects...)
		if named.Err != nil {
			f.Detail = named.Err.Error()
		}
		return f
	}
	return Untold(whyUnknown(err), objects...)
}

func whyUnknown(err error) string {
	if right, known := kube.MissingRight(err); known {
		return "not allowed to " + right.String()
	}
	switch {
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		return "not allowed to look: " + err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "time is up: " + err.Error()
	}
	return err.Error()
}

// Saying adds the technical text.
func (f Finding) Saying(detail string) Finding {
	f.Detail = detail
	return f
}

// From adds what the finding was made from.
func (f Finding) From(evidence ...Evidence) Finding {
	f.Evidence = append(f.Evidence, evidence...)
	return f
}

// MendedBy names the very command that mends it.
func (f Finding) MendedBy(command string) Finding {
	f.Command = command
	return f
}

// Code is that of the cause, or empty where there is none.
func (f Finding) Code() cause.Code { return f.Cause.Code }

// counts reports whether the finding weighs in the verdict.
func (f Finding) counts() bool { return f.Acknowledged == nil }
