package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// formChecks are about how a store is written.
var formChecks = []doctor.Check{
	{Code: "EI711", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(storeLogsInOneWay)},
	{Code: "EI712", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(wayToLogInWorks)},
	{Code: "EI713", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(storeRests)},
	{Code: "EI714", Needs: codes("EI701"), Inputs: sources(stores), Run: storesAreDistinct},
	{Code: "EI718", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(storeSaysHowToLogIn)},
	{Code: "EI715", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(storeStays)},
}

// ways are the ways to log in, in the order in which ESO takes the first that is there.
var ways = []string{"universalAuthCredentials", "azureAuthCredentials", "gcpIdTokenAuthCredentials", "gcpIamAuthCredentials", "jwtAuthCredentials", "ldapAuthCredentials",
	"ociAuthCredentials", "kubernetesAuthCredentials", "awsAuthCredentials", "tokenAuthCredentials"}

// waysOf are those that the store has.
func (s store) waysOf() []string {
	auth, _, _ := unstructured.NestedMap(s.object.Object, "spec", "provider", "infisical", "auth")
	return slices.DeleteFunc(slices.Clone(ways), func(way string) bool { return auth[way] == nil })
}

func storeLogsInOneWay(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	has := st.waysOf()
	if len(has) < 2 {
		return one(doctor.Holds("", st.named()))
	}
	return one(problem("EI711", fmt.Sprintf("the store has %d ways to log in, of which ESO takes %s and ignores the rest", len(has), has[0]),
		"leave the one in the store that is meant", st.named()).From(doctor.Seen(st.object, "spec.provider.infisical.auth", strings.Join(has, ", "))))
}

func storeSaysHowToLogIn(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	if has := st.waysOf(); len(has) > 0 {
		return one(doctor.Holds(has[0], st.named()))
	}
	return one(doctor.Problem(cause.NoLogin, st.named()).MendedBy("kubectl eso-infisical apply-store").From(doctor.Seen(st.object, "spec.provider.infisical.auth", "empty")))
}

// wayToLogInWorks knows the one that no version of ESO gets right.
func wayToLogInWorks(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	if has := st.waysOf(); len(has) == 0 || has[0] != "ldapAuthCredentials" {
		return one(doctor.Holds("", st.named()))
	}
	return one(problem("EI712", "ESO hands user name and password of LDAP over in the wrong order, so that the login fails",
		"let the machine identity log in by universal auth: kubectl eso-infisical bootstrap", st.named()).
		From(doctor.Seen(st.object, "spec.provider.infisical.auth", "ldapAuthCredentials")))
}

// breath is the least time between two looks at a store that does nobody harm: each is a login, a list and a logout.
const breath = 30 * time.Second

func storeRests(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	every := interval(st)
	if every >= breath {
		return one(doctor.Holds("every "+every.String(), st.named()))
	}
	return one(problem("EI713", fmt.Sprintf("ESO logs in for the store every %s, whether anything is fetched or not", every),
		"take spec.refreshInterval out of the store, which then is looked at every five minutes; that of an ExternalSecret says how often its values are fetched", st.named()).
		From(doctor.Seen(st.object, "spec.refreshInterval", every.String())))
}

// storesAreDistinct finds stores that read the same place with the same credentials.
func storesAreDistinct(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	found, err := stores.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	same := map[string][]store{}
	for _, st := range found {
		place := strings.Join([]string{st.Namespace, strings.TrimSuffix(strings.TrimSuffix(st.Host, "/"), "/api"), st.Project, st.Environment, strings.TrimSuffix(st.Path, "/"),
			fmt.Sprint(st.Recursive, st.NoExpand, st.waysOf(), st.credentials())}, "\n")
		same[place] = append(same[place], st)
	}
	var result doctor.Result
	for _, place := range sorted(same) {
		of := same[place]
		if len(of) < 2 {
			continue
		}
		var names []string
		f := problem("EI714", "", "let the ExternalSecrets use one of them, and delete the others")
		for _, st := range of {
			names = append(names, st.Name)
			f.Objects = append(f.Objects, st.named())
			f = f.From(st.seen("secretsScope", "projectSlug"))
		}
		f.Cause.Summary = strings.Join(names, ", ") + " read the same place with the same credentials"
		result = append(result, f)
	}
	return result
}

func storeStays(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	at := st.object.GetDeletionTimestamp()
	if at == nil {
		return one(doctor.Holds("", st.named()))
	}
	return one(problem("EI715", "somebody has deleted the store, and it is still there only since something must happen first: "+strings.Join(st.object.GetFinalizers(), ", "),
		"find out who deletes it, and write it again when it is gone: kubectl eso-infisical apply-store", st.named()).
		MendedBy("kubectl get " + st.Key().Resource() + " --output yaml").From(doctor.Seen(st.object, "metadata.deletionTimestamp", at.UTC().String())))
}
