package export

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/checks"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/record"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/export"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// doctorName is that of the CronJob and of all that belongs to it.
const doctorName = "eso-infisical-doctor"

// image is where releases put theirs.
const image = "ghcr.io/eso-infisical/kubectl-eso-infisical:latest"

// newCronJob makes the command that writes a CronJob for the doctor.
func newCronJob(f *clients.Factory) *cobra.Command {
	d := setup.Defaults()
	job := export.Doctor{Name: doctorName}
	var dir string
	var overwrite bool
	cmd := &cobra.Command{
		Use:   "doctor-cronjob",
		Short: "Write a CronJob that examines the cluster from inside, with the least role",
		Long: `Write a CronJob that runs "doctor -o json" in the cluster, a ServiceAccount for it and the least roles that the checks need. Of Secrets it may read
the one with the credentials alone. The report is in the log of the Job's pod, and a Job fails when something is wrong. A ConfigMap keeps the
verdict, and an Event about it tells of each change: "kubectl describe configmap eso-infisical-doctor" shows both. No cluster is asked.`,
		Example: `  kubectl eso-infisical export doctor-cronjob | kubectl apply -f -
  kubectl eso-infisical export doctor-cronjob --schedule '*/30 * * * *' --image registry.example.com/eso-infisical:v1 --dir doctor`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			namespace := *f.Connection.Flags.Namespace
			if len(strings.Fields(job.Schedule)) != 5 && !strings.HasPrefix(job.Schedule, "@") {
				return &setup.InputError{Problem: fmt.Sprintf("--schedule takes five fields as cron does, or a word such as @hourly, and %q is neither", job.Schedule)}
			}
			if job.ESONamespace = namespace; job.Namespace == "" {
				job.Namespace = namespace
			}
			cluster := doctor.Cluster{Namespace: namespace, Release: d.Release}
			role, roles := doctor.Roles(doctorName, checks.All(), cluster, referred(d, namespace))
			roles = append(roles, record.Role(doctorName+"-verdict", job.Namespace, doctorName))
			job.RBAC = doctor.Bound(role, roles, job.Namespace, doctorName)
			files, err := export.DoctorCronJob(job)
			if err != nil {
				return err
			}
			return write(f.Streams, files, dir, overwrite)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&job.Schedule, "schedule", "17 * * * *", "when it runs, as cron has it")
	fs.StringVar(&job.Image, "image", image, "container image with this program; name one by its digest where it counts")
	fs.StringVar(&job.Namespace, "job-namespace", "", "namespace of the CronJob (default: External Secrets Operator's)")
	fs.StringVar(&d.Release, "release", d.Release, "name of the Helm release")
	flags.Secret(fs, &d)
	flags.ConfigMap(fs, &d)
	addOutput(fs, &dir, &overwrite)
	return cmd
}

// referred are the objects that a store of the runbook refers to.
func referred(d setup.Desired, namespace string) []doctor.Referred {
	d.Namespace = namespace
	var all []doctor.Referred
	for _, r := range d.Referred() {
		all = append(all, doctor.Referred{Resource: r.Resource, Namespace: r.Namespace, Name: r.Name})
	}
	return all
}
