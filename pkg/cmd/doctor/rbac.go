package doctor

import (
	"context"
	"fmt"
	"io"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/checks"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// roleName is that of the roles and of their bindings.
const roleName = "eso-infisical-doctor"

// checkRBAC refuses what does not go with --print-rbac.
func (o *Options) checkRBAC() error {
	if o.ServiceAccount != "" && !o.PrintRBAC {
		return &setup.InputError{Problem: "--service-account goes with --print-rbac"}
	}
	if o.ServiceAccount != "" {
		if _, _, err := namespacedName("--service-account", o.ServiceAccount); err != nil {
			return err
		}
	}
	if o.PrintRBAC && (o.several() || o.Watch || len(o.Fix) > 0) {
		return &setup.InputError{Problem: "--print-rbac goes with none of --contexts, --all-contexts, --watch and --fix"}
	}
	return nil
}

// namespacedName takes NAMESPACE/NAME apart.
func namespacedName(flag, text string) (namespace, name string, err error) {
	namespace, name, _ = strings.Cut(text, "/")
	if namespace == "" || name == "" || strings.Contains(name, "/") {
		return "", "", &setup.InputError{Problem: flag + ": write it as NAMESPACE/NAME"}
	}
	return namespace, name, nil
}

// printRBAC prints what the chosen checks need to be allowed. What stores refer to is looked up in the cluster, if there is one.
func (o *Options) printRBAC(ctx context.Context, cluster doctor.Cluster) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	chosen := o.choice.Of(o.checks())
	var referred []doctor.Referred
	err := cluster.Err
	if err == nil {
		referred, err = checks.Referred(ctx, doctor.NewSnapshot(ctx, cluster))
	}
	if err != nil || len(referred) == 0 {
		// The runbook's names stand for what cannot be seen.
		referred = []doctor.Referred{{Resource: "secrets", Namespace: cluster.Namespace, Name: setup.DefaultSecret},
			{Resource: "configmaps", Namespace: cluster.Namespace, Name: setup.DefaultConfigMap}}
		fmt.Fprintln(o.Factory.Streams.ErrOut, "note: the stores cannot be seen, so the rights to what they refer to are those for the usual names; print it again where the stores are")
	}
	clusterRole, roles := doctor.Roles(roleName, chosen, cluster, referred)
	return writeRoles(o.Factory.Streams.Out, clusterRole, roles, o.ServiceAccount)
}

// writeRoles writes the roles and, for a ServiceAccount, their bindings, as YAML documents.
func writeRoles(w io.Writer, clusterRole rbacv1.ClusterRole, roles []rbacv1.Role, account string) error {
	fmt.Fprint(w, "# What kubectl eso-infisical doctor needs to look everywhere that it looks. It changes nothing: \"create\" is for questions about rights\n"+
		"# and for a dry run by which ESO's webhook is asked. To do without a right, leave its check out with --skip.\n")
	namespace, name, _ := strings.Cut(account, "/")
	objects := doctor.Bound(clusterRole, roles, namespace, name)
	for _, object := range objects {
		data, err := yaml.Marshal(object)
		if err != nil {
			return fmt.Errorf("write the roles: %w", err)
		}
		if _, err := fmt.Fprintf(w, "---\n%s", data); err != nil {
			return fmt.Errorf("write the roles: %w", err)
		}
	}
	return nil
}
