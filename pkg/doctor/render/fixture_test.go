package render

import (
	"fmt"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

var (
	noon  = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	store = doctor.Object{Kind: "ClusterSecretStore", Name: "infisical-p"}
)

func outcome(code cause.Code, findings ...doctor.Finding) doctor.Outcome {
	e, _ := catalogue.Find(code)
	return doctor.Outcome{Code: code, Title: e.Title, Findings: findings, Took: 3 * time.Millisecond}
}

func skipped1(code, by cause.Code) doctor.Outcome {
	o := outcome(code, doctor.Finding{Status: doctor.Skip})
	o.BlockedBy = by
	return o
}

func reportOf(outcomes ...doctor.Outcome) doctor.Report {
	return doctor.Report{Cluster: "prod-eu", Namespace: "external-secrets", Started: noon, Took: 420 * time.Millisecond, Outcomes: outcomes}
}

// reports are one of each kind that people meet.
func reports() map[string]doctor.Report {
	refused, _ := cause.FromText("Invalid credentials")
	notReady, _ := cause.FromText(`ClusterSecretStore "infisical-p" is not ready`)
	soon := cause.Cause{Code: "EI450", Summary: "CN=Our <CA> expires on 2026-05-20, in 16 days", Fix: "put the renewed one in place"}
	var wishes []doctor.Object
	for i := range 60 {
		wishes = append(wishes, doctor.Object{Kind: "ExternalSecret", Namespace: "app", Name: fmt.Sprintf("es-%02d", i)})
	}
	open := doctor.Problem(cause.Cause{Code: "EI903", Summary: "every namespace may use the store", Fix: "name those that need it"}, store)
	known := open
	known.Acknowledged = &doctor.Acknowledgement{Code: "EI903", Reason: "one team's cluster", Expires: "2026-12-31"}
	answers := outcome("EI102", doctor.Holds("Kubernetes v1.34.4"))
	unreachable := doctor.Untold("dial tcp 10.0.0.1:6443: i/o timeout")
	unreachable.Cause = cause.Cause{Code: "EI102", Summary: "the cluster cannot be reached from here", Fix: "check the context and the network: kubectl cluster-info"}
	return map[string]doctor.Report{
		"healthy":  reportOf(outcome("EI101", doctor.Holds("prod-eu")), answers, outcome("EI201", doctor.Holds("release external-secrets, version v2.4.1")), outcome("EI702", doctor.Holds("", store))),
		"warnings": reportOf(answers, outcome("EI450", doctor.Problem(soon, doctor.Object{Kind: "ConfigMap", Namespace: "external-secrets", Name: "ca"})), outcome("EI903", open)),
		"refused": reportOf(answers,
			outcome("EI301", doctor.Untold("not allowed to get secrets in namespace external-secrets", doctor.Object{Kind: "Secret", Namespace: "external-secrets", Name: "creds"})),
			outcome("EI350", doctor.Untold("not allowed to get secrets in namespace external-secrets")),
			outcome("EI702", doctor.Problem(refused, store).Saying(`APIError: [status-code=401] [message="Invalid credentials"] <script>`).
				From(doctor.Evidence{Object: store, Field: "status.conditions[Ready]", Value: "False: unable to create client", ResourceVersion: "417", Time: noon.Add(-time.Minute)})),
			outcome("EI807", doctor.Problem(notReady, wishes...).Saying("ESO's text")), outcome("EI903", known)),
		"unreachable": reportOf(outcome("EI101", doctor.Holds("prod-eu")), outcome("EI102", unreachable), skipped1("EI201", "EI102"), skipped1("EI701", "EI102"), skipped1("EI301", "EI102")),
	}
}

func documents() map[string]Document {
	found := map[string]Document{}
	for name, r := range reports() {
		found[name] = NewDocument(r, doctor.FailOnFail)
	}
	return found
}
