package cause

import "strings"

// WorkloadStuck names what keeps ESO's pods in a namespace from starting. The obstacle is one of package kube's, and object what has it, as in
// "Deployment external-secrets".
func WorkloadStuck(obstacle, object, namespace string) Cause {
	c, known := workloads[obstacle]
	if !known {
		return PodStuck(namespace)
	}
	_, name, _ := strings.Cut(object, " ")
	c.Fix = strings.NewReplacer("%NAMESPACE%", namespace, "%NAME%", name).Replace(c.Fix)
	c.Fix += "; look closer with: kubectl -n " + namespace + " describe pods"
	return c
}

const again = ", then run kubectl eso-infisical install again"

var workloads = map[string]Cause{
	"image": {"EI251", "the image of ESO cannot be had on the node",
		"see that the image exists and the node reaches its registry; a mirror is set with kubectl eso-infisical upgrade --set global.repository=HOST/PATH, " +
			"a pull secret with --set imagePullSecrets[0].name=NAME"},
	"configuration": {"EI252", "a container of ESO cannot be made as it is configured", "correct the value that the message names with kubectl eso-infisical upgrade --set"},
	"crash":         {"EI253", "a container of ESO ends again and again", "correct what its last lines name" + again},
	"scheduling":    {"EI254", "no node takes a pod of ESO", "free a node, or correct nodeSelector, tolerations or resources with kubectl eso-infisical upgrade --set" + again},
	"sandbox":       {"EI263", "the node cannot set up a pod of ESO", "mend the node's container runtime or network plugin" + again},
	"refused": {"EI264", "the cluster refuses to create a pod of ESO: a quota, a policy or an admission webhook",
		"change the quota or policy that the message names, or what it asks for with kubectl eso-infisical upgrade --set" + again},
	"replicas": {"EI202", "a Deployment of ESO is scaled to zero", "scale it up: kubectl -n %NAMESPACE% scale deployment %NAME% --replicas 1" + again},
}
