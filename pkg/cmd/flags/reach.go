package flags

import (
	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// Verify says who tries credentials out before they are written.
func Verify(fs *pflag.FlagSet, d *setup.Desired) {
	fs.Var((*modeValue)(&d.Verify), "verify", "who tries the credentials out before they are written: local (this machine), cluster (ESO, from inside) or none")
}

// VerifyTrust says who looks whether the server is trusted with a CA before that is written.
func VerifyTrust(fs *pflag.FlagSet, d *setup.Desired) {
	fs.Var((*modeValue)(&d.Verify), "verify", "who looks whether the server is trusted before anything is written: local (this machine), cluster (ESO, from inside) or none")
}

// Via says how Infisical is reached from here.
func Via(fs *pflag.FlagSet, d *setup.Desired) {
	fs.Var((*viaValue)(&d.Via), "via", "reach Infisical through a port-forward to service/NAME.NAMESPACE[:PORT] (default: for a host NAME.NAMESPACE.svc only)")
}

// modeValue makes verify.Mode a flag.
type modeValue verify.Mode

func (v *modeValue) String() string { return string(*v) }
func (v *modeValue) Type() string   { return "mode" }

// Choices are all that there are.
func (v *modeValue) Choices() []string {
	return []string{string(verify.Local), string(verify.Cluster), string(verify.None)}
}

func (v *modeValue) Set(text string) error {
	mode, err := verify.ParseMode(text)
	*v = modeValue(mode)
	return err
}

// viaValue makes kube.ServicePort a flag.
type viaValue kube.ServicePort

func (v *viaValue) Type() string { return "service" }

func (v *viaValue) String() string {
	if v.Name == "" {
		return ""
	}
	return kube.ServicePort(*v).String()
}

func (v *viaValue) Set(text string) error {
	service, err := kube.ParseServicePort(text)
	*v = viaValue(service)
	return err
}
