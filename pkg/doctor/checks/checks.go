// Package checks is what the doctor looks at and what it expects there: a file for each part of the way that a secret takes, with what is
// read of the cluster and the checks on it. What a code means, how severe it is and how to mend it, is in package catalogue.
//
// To add a check, add an entry to the catalogue, a Check to the list of its file, and to the tests a way to break what it checks. To add something
// to read, make an input and name it in the checks that ask for it.
package checks

import (
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// All returns every check, in the order of the way that a secret takes: a check needs earlier ones only.
func All() []doctor.Check {
	return slices.Concat(clusterChecks, releaseChecks, definitionChecks, kindChecks, groundChecks, workloadChecks, rolloutChecks, restartChecks, endingChecks,
		apiProxyChecks, webhookChecks, wayChecks, guardChecks, storeChecks, credentialChecks, custodyChecks, authorityChecks, bundleChecks, presentedChecks, addressChecks,
		pitfallChecks, serviceChecks, modeChecks, scopeChecks, readinessChecks, formChecks, namespaceChecks, externalSecretChecks, deliveryChecks, fanoutChecks, hygieneChecks,
		exposureChecks, leftoverChecks)
}

// sources makes a list of inputs.
func sources(inputs ...doctor.Source) []doctor.Source { return inputs }

// codes makes a list of codes.
func codes(list ...cause.Code) []cause.Code { return list }

// problem is a cause whose code is the check's own.
func problem(code cause.Code, summary, fix string, objects ...doctor.Object) doctor.Finding {
	return doctor.Problem(cause.Cause{Code: code, Summary: summary, Fix: fix}, objects...)
}

// one makes a result of one finding.
func one(f doctor.Finding) doctor.Result { return doctor.Result{f} }
