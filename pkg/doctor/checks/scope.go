package checks

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

var scopeChecks = []doctor.Check{
	{Code: "EI650", Needs: codes("EI701"), Inputs: sources(stores, wishes, failures), Run: eachStore(environmentIsASlug)},
	{Code: "EI651", Needs: codes("EI701"), Inputs: scopeInputs, Run: eachStore(projectIsASlug)},
	{Code: "EI652", Needs: codes("EI701"), Inputs: scopeInputs, Run: eachStore(pathIsOne)},
}

var scopeInputs = sources(stores, clusterStoreEvents, namespacedStoreEvents, loggedFailures, secrets, wishes, failures)

// blamed makes a failure of a warning where ESO fails for want of what cannot exist under that name: then it is the cause.
func blamed(ctx context.Context, s *doctor.Snapshot, st store, f doctor.Finding, fitting ...cause.Code) doctor.Finding {
	if slices.Contains(fitting, esoSays(ctx, s, st)) || findsNothing(ctx, s, st) {
		f.Status = doctor.Fail
	}
	return f
}

var (
	environmentSlug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	projectSlug     = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)
	projectID       = regexp.MustCompile(`^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24})$`)
	folderPath      = regexp.MustCompile(`^/([A-Za-z0-9_-]+/?)*$`)
)

// displayed are the names that Infisical shows of the environments that every project begins with, and their slugs.
var displayed = map[string]string{"production": "prod", "development": "dev"}

// environmentIsASlug warns of what looks like a name. Where nothing is found in that environment, it is taken for the reason: servers of 2024 call
// an unknown environment empty.
func environmentIsASlug(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	name := st.Environment
	slug, shown := displayed[strings.ToLower(name)]
	if environmentSlug.MatchString(name) && !shown {
		return one(doctor.Holds(name, st.named()))
	}
	if !shown {
		slug = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), " ", "-")
	}
	command := "kubectl eso-infisical apply-store --environment " + slug
	code, summary := cause.Code("EI650"), "'"+name+"' looks like the name of an environment; its slug may be '"+slug+"'"
	if findsNothing(ctx, s, st) {
		code, summary = cause.EnvironmentUnknown, "nothing is found in the environment '"+name+"', which looks like a name; its slug may be '"+slug+"'"
	}
	return one(problem(code, summary, "use the slug: "+command, st.named()).MendedBy(command).From(st.seen("secretsScope", "environmentSlug")))
}

// findsNothing reports whether ESO can use the store, and Infisical has none of the secrets that are asked for through it.
func findsNothing(ctx context.Context, s *doctor.Snapshot, st store) bool {
	all, err := wishes.Of(ctx, s)
	ready, _ := eso.Ready(st.object)
	failed := where(all, func(w wish) bool { return w.failed() && w.Uses(st.Key()) })
	if err != nil || ready.Status != "True" || len(failed) == 0 {
		return false
	}
	events, _ := failures.Of(ctx, s)
	return !slices.ContainsFunc(failed, func(w wish) bool {
		return causeOf(w, events[w.id()].Message).Code != cause.SecretUnknown
	})
}

func projectIsASlug(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	looks := ""
	switch {
	case projectID.MatchString(st.Project):
		looks = "is an ID"
	case !projectSlug.MatchString(st.Project):
		looks = "looks like a name"
	default:
		return one(doctor.Holds(st.Project, st.named()))
	}
	f := problem("EI651", "'"+st.Project+"' "+looks+", and ESO takes the slug only", "copy the slug from the project's settings in Infisical", st.named()).
		From(st.seen("secretsScope", "projectSlug"))
	return one(blamed(ctx, s, st, f, cause.ProjectUnknown, cause.InvalidRequest))
}

func pathIsOne(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	if folderPath.MatchString(st.Path) {
		return one(doctor.Holds(st.Path, st.named()))
	}
	f := problem("EI652", "'"+st.Path+"' is no path of Infisical", "begin it with a slash, and use letters, digits, dashes and underscores only", st.named()).
		From(st.seen("secretsScope", "secretsPath"))
	return one(blamed(ctx, s, st, f, cause.EnvironmentUnknown, cause.PathUnknown, cause.InvalidRequest))
}
