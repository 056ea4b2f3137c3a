package export

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Doctor is the examination that a CronJob makes regularly in the cluster itself.
type Doctor struct {
	// Namespace and Name are those of the CronJob, of its ServiceAccount, and of the ConfigMap that keeps the verdict.
	Namespace, Name string
	Image, Schedule string
	// ESONamespace is where ESO is.
	ESONamespace string
	// RBAC are the roles that the checks and the recording of the verdict need, bound to the ServiceAccount.
	RBAC []runtime.Object
}

// DoctorCronJob is one file that holds all of it. The report goes to the pod's log as JSON; a run that finds something fails, so that whatever
// watches Jobs tells of it, and an Event about the ConfigMap tells of each change of the verdict. The ConfigMap comes empty: only the doctor writes
// to it, so that applying the file again changes nothing of what it keeps.
func DoctorCronJob(d Doctor) ([]File, error) {
	labels := map[string]string{"app.kubernetes.io/name": d.Name}
	meta := metav1.ObjectMeta{Namespace: d.Namespace, Name: d.Name, Labels: labels}
	core := func(kind string) metav1.TypeMeta { return metav1.TypeMeta{APIVersion: "v1", Kind: kind} }
	objects := append([]runtime.Object{&corev1.ServiceAccount{TypeMeta: core("ServiceAccount"), ObjectMeta: meta},
		&corev1.ConfigMap{TypeMeta: core("ConfigMap"), ObjectMeta: meta}}, d.RBAC...)
	objects = append(objects, &batchv1.CronJob{TypeMeta: metav1.TypeMeta{APIVersion: "batch/v1", Kind: "CronJob"}, ObjectMeta: meta, Spec: batchv1.CronJobSpec{
		Schedule: d.Schedule, ConcurrencyPolicy: batchv1.ForbidConcurrent, SuccessfulJobsHistoryLimit: new(int32(1)), FailedJobsHistoryLimit: new(int32(3)),
		JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{BackoffLimit: new(int32(0)), ActiveDeadlineSeconds: new(int64(120)),
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: d.pod()}}}}})
	var fields []map[string]any
	for _, object := range objects {
		one, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
		if err != nil {
			return nil, err
		}
		clean(one)
		fields = append(fields, one)
	}
	file, err := document("doctor-cronjob.yaml", fields...)
	return []File{file}, err
}

// pod runs the doctor as nobody, with nothing that it could write to.
func (d Doctor) pod() corev1.PodSpec {
	return corev1.PodSpec{ServiceAccountName: d.Name, RestartPolicy: corev1.RestartPolicyNever,
		SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: new(true), RunAsUser: new(int64(65532)),
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}},
		Containers: []corev1.Container{{Name: "doctor", Image: d.Image,
			Args: []string{"doctor", "--namespace", d.ESONamespace, "-o", "json", "--record-event", d.Namespace + "/" + d.Name},
			SecurityContext: &corev1.SecurityContext{AllowPrivilegeEscalation: new(false), ReadOnlyRootFilesystem: new(true),
				Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}}}}
}

// clean removes what only the API server writes, which the types always hold.
func clean(fields map[string]any) {
	delete(fields, "status")
	for key, value := range fields {
		if key == "creationTimestamp" && value == nil {
			delete(fields, key)
		}
		if below, ok := value.(map[string]any); ok {
			clean(below)
			if key == "resources" && len(below) == 0 {
				delete(fields, key)
			}
		}
		if list, ok := value.([]any); ok {
			for _, item := range list {
				if below, ok := item.(map[string]any); ok {
					clean(below)
				}
			}
		}
	}
}
