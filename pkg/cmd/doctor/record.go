package doctor

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"time"

	"k8s.io/client-go/kubernetes"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/record"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// checkRecord refuses what does not go with --record-event.
func (o *Options) checkRecord() error {
	if o.RecordTo == "" {
		return nil
	}
	if o.Watch || o.several() || len(o.Fix) > 0 || o.From != "" || o.PrintRBAC {
		return &setup.InputError{Problem: "--record-event goes with one look at one cluster: with none of --watch, --contexts, --all-contexts, --fix, --from and --print-rbac"}
	}
	_, _, err := namespacedName("--record-event", o.RecordTo)
	return err
}

// recorder may do nothing but what recording takes; everything else of this command only reads.
func (o *Options) recorder() (*record.Recorder, error) {
	namespace, name, err := namespacedName("--record-event", o.RecordTo)
	if err != nil {
		return nil, err
	}
	var client kubernetes.Interface
	if client, err = o.Factory.Connection.Recording(namespace, name).Typed(); err != nil {
		return nil, err
	}
	host, err := os.Hostname() // the pod's name, in a pod
	if err != nil {
		host = ""
	}
	return &record.Recorder{ConfigMaps: client.CoreV1().ConfigMaps(namespace), Events: client.EventsV1().Events(namespace),
		Namespace: namespace, Name: name, Instance: cmp.Or(host, "unknown"), Now: time.Now}, nil
}

// record keeps the verdict of one examination. What came of it is told with the report.
func (o *Options) record(ctx context.Context, e *examination) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	changed := false
	recorder, err := o.recorder()
	if err == nil {
		changed, err = recorder.Record(ctx, e.reports[0], o.FailOn)
	}
	if changed {
		e.notes = append(e.notes, fmt.Sprintf("The verdict is another than before: an Event about ConfigMap %s tells of it.", o.RecordTo))
	}
	if e.unrecorded = err; err != nil {
		e.notes = append(e.notes, "The verdict is not recorded: "+err.Error())
	}
}

// lookOnce examines and reports, and records the verdict where that is asked for.
func (o *Options) lookOnce(ctx context.Context, clusters []doctor.Cluster) error {
	e := o.examine(ctx, clusters)
	if o.RecordTo != "" && ctx.Err() == nil { // a look that was broken off is no verdict
		o.record(ctx, &e)
	}
	return o.write(e)
}
