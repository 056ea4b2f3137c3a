package checks

import (
	"context"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// user is how the kubeconfig makes itself known to the API server.
var user = doctor.NewInput("the kubeconfig's user", func(_ context.Context, s *doctor.Snapshot) (kube.User, error) {
	return s.Cluster.User()
}).Asking(asksNothing).Keeping(func(u kube.User) kube.User { return kube.User{CertificateEnds: u.CertificateEnds} })

// certificateSoon is how long before its end a client certificate is worth a word: those of kubeadm live for a year, others for a day.
const certificateSoon = 7 * 24 * time.Hour

// isDistrust goes by the text, since an error out of a bundle has nothing else.
func isDistrust(err error) bool { return strings.Contains(err.Error(), "x509: ") }

// pluginFailed begins what client-go says of a program that is to obtain credentials and does not.
const pluginFailed = "getting credentials: "

// whyNoVersion is why the cluster has not told its version, or nil. What is no answer at all is for EI102 to say.
func whyNoVersion(ctx context.Context, s *doctor.Snapshot) error {
	ctx, _, cancel := answerTime(ctx)
	defer cancel()
	_, err := version.Of(ctx, s)
	return err
}

func pluginLogsIn(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	err := whyNoVersion(ctx, s)
	if err == nil {
		return one(doctor.Holds(""))
	}
	_, why, failed := strings.Cut(err.Error(), pluginFailed)
	why, _, _ = strings.Cut(why, "\n") // a page of client-go's advice follows
	if !failed {
		return one(doctor.Holds(""))
	}
	return one(notToBeAsked(doctor.Untold(why), "EI108", "the program that the kubeconfig logs in with does not work",
		"install it, or put it on the PATH, and log in by it once more"))
}

func apiServerIsTrusted(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	err := whyNoVersion(ctx, s)
	if err == nil || !isDistrust(err) {
		return one(doctor.Holds(""))
	}
	_, why, _ := strings.Cut(err.Error(), "x509: ")
	return one(notToBeAsked(doctor.Untold("x509: "+why), "EI106", "this machine does not trust the certificate of the API server",
		"fetch the kubeconfig anew, since the cluster may have got new certificates; behind a proxy that opens TLS, set certificate-authority to its CA"))
}

func userIsKnown(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	err := whyNoVersion(ctx, s)
	if err == nil || !apierrors.IsUnauthorized(err) {
		return one(doctor.Holds(""))
	}
	f := notToBeAsked(doctor.Untold(err.Error()), "EI103", "the cluster does not accept the credentials of the kubeconfig", "log in to the cluster again, or fetch the kubeconfig anew")
	if u, err := user.Of(ctx, s); err == nil && !u.CertificateEnds.IsZero() && s.Now.After(u.CertificateEnds) {
		f.Cause.Summary = "the client certificate of the kubeconfig has expired on " + u.CertificateEnds.Format(time.DateOnly)
		f.Cause.Fix = "fetch the kubeconfig anew; on a control plane of kubeadm, renew it: kubeadm certs renew admin.conf"
	}
	return one(f)
}

// certificateLasts speaks before it is too late; afterwards, the API server's refusal tells.
func certificateLasts(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	u, err := user.Of(ctx, s)
	if err != nil {
		return one(doctor.Untold(err.Error()))
	}
	left := u.CertificateEnds.Sub(s.Now)
	if u.CertificateEnds.IsZero() || left > certificateSoon || left <= 0 {
		return one(doctor.Holds(""))
	}
	return one(problem("EI107", fmt.Sprintf("the client certificate of the kubeconfig expires on %s, in %d hours", u.CertificateEnds.Format(time.DateOnly), int(left.Hours())),
		"fetch the kubeconfig anew before; on a control plane of kubeadm, renew it: kubeadm certs renew admin.conf"))
}
