package checks

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// apiService is the address at which pods find the API server. It is read where ESO has a proxy.
var apiService = doctor.NewInput("the API server's Service", func(ctx context.Context, s *doctor.Snapshot) (string, error) {
	service, err := s.Cluster.Typed.CoreV1().Services(metav1.NamespaceDefault).Get(ctx, "kubernetes", metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	return service.Spec.ClusterIP, nil
}).Late().Asking(func(doctor.Cluster) []kube.Right {
	return []kube.Right{{Verb: "get", Resource: "services", Namespace: metav1.NamespaceDefault, Name: "kubernetes"}}
}).Keeping(whole)

var apiProxyChecks = []doctor.Check{
	{Code: "EI269", Needs: codes("EI201"), Inputs: sources(deployments, apiService), Run: proxyLeavesOutTheAPIServer},
}

// proxyLeavesOutTheAPIServer looks at each part of ESO: all talk to the API server, and each has an environment of its own.
func proxyLeavesOutTheAPIServer(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	found, err := deployments.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	var result doctor.Result
	for i := range found {
		d := &found[i]
		exempt := variable(d, "NO_PROXY")
		if variable(d, "HTTPS_PROXY") == "" {
			continue
		}
		address, err := apiService.Of(ctx, s)
		if err != nil {
			return one(doctor.Found(err))
		}
		if exempted(address, exempt) {
			continue
		}
		result = append(result, problem("EI269", "it talks to the API server ("+address+") through its proxy", "add "+address+" to NO_PROXY in the chart's values ("+
			valuesOf(d.GetLabels()["app.kubernetes.io/name"])+"extraEnv)", doctor.ObjectOf(d)).
			From(doctor.Seen(d, "spec.template.spec.containers[0].env", "HTTPS_PROXY is set, NO_PROXY is "+exempt)))
	}
	if len(result) == 0 {
		return one(doctor.Holds(""))
	}
	return result
}
